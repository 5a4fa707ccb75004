// PodTemplateSpec, as every workload kind carries one.
import { type FieldError, forbiddenField, required } from '../../../object/field-error.js';
import type { JsonObject } from '../../../object/kube-object.js';
import { validateAnnotations } from '../../../object/metadata.js';
import { checkLabels, unsupported } from '../checks.js';
import { child, children, isSet, text, textMap } from '../fields.js';
import { checkAnnotationsMatchFields, checkPodAnnotations } from './annotations.js';
import { checkPodSpec } from './spec.js';

const anonymousTemplate = { isPod: false, name: '' };

export function checkTemplate(
  template: JsonObject | undefined,
  path: string,
  errors: FieldError[],
): void {
  if (template === undefined) {
    errors.push(required(path));
    return;
  }
  checkTemplateMeta(template, path, errors);
  const spec = child(template, 'spec') ?? {};
  const meta = child(template, 'metadata');
  checkPodSpec(spec, anonymousTemplate, `${path}.spec`, errors);
  checkAnnotationsMatchFields(meta, spec, `${path}.spec`, errors);
  if (children(spec, 'ephemeralContainers').length > 0)
    errors.push(
      forbiddenField(
        `${path}.spec.ephemeralContainers`,
        'ephemeral containers not allowed in pod template',
      ),
    );
}

export function checkTemplateMeta(template: JsonObject, path: string, errors: FieldError[]): void {
  const meta = child(template, 'metadata');
  const annotations = textMap(meta, 'annotations');
  checkLabels(textMap(meta, 'labels'), `${path}.labels`, errors);
  errors.push(...validateAnnotations(annotations, `${path}.annotations`));
  checkPodAnnotations(annotations, child(template, 'spec') ?? {}, `${path}.annotations`, errors);
}

/** Controllers whose pods run for ever. */
export function checkAlwaysRestarts(
  template: JsonObject | undefined,
  kind: string,
  path: string,
  errors: FieldError[],
): void {
  const spec = child(template, 'spec');
  const policy = text(spec, 'restartPolicy');
  if (policy !== 'Always')
    errors.push(unsupported(`${path}.spec.restartPolicy`, policy, ['Always']));
  if (isSet(spec, 'activeDeadlineSeconds'))
    errors.push(
      forbiddenField(
        `${path}.spec.activeDeadlineSeconds`,
        `activeDeadlineSeconds in ${kind} is not Supported`,
      ),
    );
}
