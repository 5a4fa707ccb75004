// ReplicationController and PodTemplate.
import { type FieldError, required } from '../../../object/field-error.js';
import type { KubeObject } from '../../../object/kube-object.js';
import { labelSelectorFrom } from '../../../object/selectors.js';
import type { Strategy } from '../../resource.js';
import { checkReplicaStatus } from '../apps/deployment.js';
import { checkMatches } from '../apps/selector.js';
import { checkNotNegative } from '../checks.js';
import { child, descend, ensure, fill, textMap } from '../fields.js';
import { applyTemplateDefaults } from '../pod/defaults.js';
import { checkAlwaysRestarts, checkTemplate } from '../pod/template.js';
import { templateWarnings } from '../pod/warnings.js';
import { withStatus } from '../status.js';

function applyDefaults(controller: KubeObject): void {
  const spec = ensure(controller, 'spec');
  const labels = textMap(descend(spec, 'template', 'metadata'), 'labels');
  if (Object.keys(labels).length > 0) {
    if (Object.keys(textMap(spec, 'selector')).length === 0) spec['selector'] = { ...labels };
    if (Object.keys(controller.metadata.labels ?? {}).length === 0)
      controller.metadata.labels = { ...labels };
  }
  fill(spec, 'replicas', 1);
  applyTemplateDefaults(spec);
}

function validate(controller: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const spec = child(controller, 'spec') ?? {};
  checkNotNegative(spec, ['minReadySeconds', 'replicas'], 'spec', errors);
  const selector = textMap(spec, 'selector');
  if (Object.keys(selector).length === 0) errors.push(required('spec.selector'));
  const template = child(spec, 'template');
  if (template !== undefined && !labelSelectorFrom({ matchLabels: selector }).empty)
    checkMatches({ ...spec, selector: { matchLabels: selector } }, 'spec', errors);
  checkTemplate(template, 'spec.template', errors);
  if (template !== undefined)
    checkAlwaysRestarts(template, 'ReplicationController', 'spec.template', errors);
  return errors;
}

export const replicationControllerStrategy: Strategy = {
  applyDefaults,
  ...withStatus({ replicas: 0 }),
  validate,
  validateStatusUpdate: checkReplicaStatus,
  warnings: (controller) =>
    templateWarnings(descend(controller, 'spec', 'template'), 'spec.template'),
};

export const podTemplateStrategy: Strategy = {
  applyDefaults: (object) => {
    applyTemplateDefaults(object);
  },
  validate: (object) => {
    const errors: FieldError[] = [];
    checkTemplate(child(object, 'template'), 'template', errors);
    return errors;
  },
};
