// What an update may change of a pod's spec: images, the deadline (down), added tolerations, removed gates,
// and, while gated, narrower node selection. Everything else is refused with the list of what may change.
import { type FieldError, forbiddenField, invalid, required } from '../../../object/field-error.js';
import type { Json, JsonObject } from '../../../object/kube-object.js';
import { isJsonObject } from '../../../object/kube-object.js';
import {
  child,
  children,
  copyField,
  descend,
  optionalInteger,
  sameMeaning,
  text,
  textMap,
} from '../fields.js';
import { appArmorPrefix, mirrorAnnotation } from './annotations.js';
import { checkTolerations } from './scheduling.js';

const mutable = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
].join(',');

export function checkPodUpdate(pod: JsonObject, old: JsonObject, errors: FieldError[]): void {
  const spec = child(pod, 'spec') ?? {};
  const oldSpec = child(old, 'spec') ?? {};
  if (!sameCount(spec, oldSpec, errors)) return;
  if (!checkDeadlineUpdate(spec, oldSpec, errors)) return;
  checkTolerationsUpdate(spec, oldSpec, errors);
  checkGatesUpdate(spec, oldSpec, errors);
  if (sameMeaning(spec, oldSpec)) return;
  const rest = withoutMutable(spec, oldSpec);
  if (children(oldSpec, 'schedulingGates').length > 0) allowNarrowing(rest, oldSpec, errors);
  if (sameMeaning(rest, oldSpec)) return;
  errors.push(
    forbiddenField(
      'spec',
      `pod updates may not change fields other than ${mutable}\n${difference(oldSpec, rest)}`,
    ),
  );
}

function sameCount(spec: JsonObject, old: JsonObject, errors: FieldError[]): boolean {
  for (const list of ['containers', 'initContainers']) {
    const containers = children(spec, list);
    if (containers.length !== children(old, list).length) {
      errors.push(forbiddenField(`spec.${list}`, 'pod updates may not add or remove containers'));
      return false;
    }
    containers.forEach((container, index) => {
      const image = text(container, 'image');
      const field = `spec.${list}[${index}].image`;
      if (image === '') errors.push(required(field));
      if (image.trim() !== image)
        errors.push(invalid(field, image, 'must not have leading or trailing whitespace'));
    });
  }
  return true;
}

const deadlineMax = 2 ** 31 - 1;

function checkDeadlineUpdate(spec: JsonObject, old: JsonObject, errors: FieldError[]): boolean {
  const seconds = optionalInteger(spec, 'activeDeadlineSeconds');
  const before = optionalInteger(old, 'activeDeadlineSeconds');
  const refuse = (value: Json, detail: string): void => {
    errors.push(invalid('spec.activeDeadlineSeconds', value, detail));
  };
  if (seconds === undefined) {
    if (before !== undefined) refuse(null, 'must not update from a positive integer to nil value');
    return true;
  }
  if (seconds < 0 || seconds > deadlineMax) {
    refuse(seconds, `must be between 0 and ${deadlineMax}, inclusive`);
    return false;
  }
  if (before === undefined || seconds <= before) return true;
  refuse(seconds, 'must be less than or equal to previous value');
  return false;
}

function checkTolerationsUpdate(spec: JsonObject, old: JsonObject, errors: FieldError[]): void {
  const tolerations = children(spec, 'tolerations');
  const bare = tolerations.map(withoutSeconds);
  for (const before of children(old, 'tolerations')) {
    const expected = withoutSeconds(before);
    if (bare.some((toleration) => sameMeaning(toleration, expected))) continue;
    errors.push(
      forbiddenField(
        'spec.tolerations',
        'existing toleration can not be modified except its tolerationSeconds',
      ),
    );
    return;
  }
  checkTolerations(tolerations, 'spec.tolerations', errors);
}

function withoutSeconds(toleration: JsonObject): JsonObject {
  const rest = { ...toleration };
  Reflect.deleteProperty(rest, 'tolerationSeconds');
  return rest;
}

function checkGatesUpdate(spec: JsonObject, old: JsonObject, errors: FieldError[]): void {
  const before = new Set(children(old, 'schedulingGates').map((gate) => text(gate, 'name')));
  children(spec, 'schedulingGates').forEach((gate, index) => {
    const name = text(gate, 'name');
    if (!before.has(name))
      errors.push(
        forbiddenField(
          `spec.schedulingGates[${index}].name`,
          `only deletion is allowed, but found new scheduling gate '${name}'`,
        ),
      );
  });
}

/** The new spec with the old values wherever a change is fine. */
function withoutMutable(spec: JsonObject, old: JsonObject): JsonObject {
  const rest: JsonObject = { ...spec };
  for (const list of ['containers', 'initContainers']) {
    const before = children(old, list);
    const containers = children(spec, list);
    if (containers.length > 0)
      rest[list] = containers.map((container, index) => {
        const masked: JsonObject = { ...container };
        copyField(masked, before[index], 'image');
        return masked;
      });
  }
  for (const key of ['activeDeadlineSeconds', 'tolerations', 'schedulingGates'])
    copyField(rest, old, key);
  const grace = optionalInteger(old, 'terminationGracePeriodSeconds') ?? 0;
  if (grace < 0 && rest['terminationGracePeriodSeconds'] === 1)
    copyField(rest, old, 'terminationGracePeriodSeconds');
  return rest;
}

const needed = 'requiredDuringSchedulingIgnoredDuringExecution';

function allowNarrowing(rest: JsonObject, old: JsonObject, errors: FieldError[]): void {
  const selector = textMap(rest, 'nodeSelector');
  const removed = Object.entries(textMap(old, 'nodeSelector')).some(
    ([key, value]) => selector[key] !== value,
  );
  if (removed)
    errors.push(
      invalid(
        'spec.nodeSelector',
        { ...selector },
        'only additions to spec.nodeSelector are allowed (no mutations or deletions)',
      ),
    );
  copyField(rest, old, 'nodeSelector');
  const before = descend(old, 'affinity', 'nodeAffinity');
  const after = descend(rest, 'affinity', 'nodeAffinity');
  if (sameMeaning(before, after)) return;
  checkTermsNarrow(child(after, needed), child(before, needed), errors);
  const affinity: JsonObject = { ...child(rest, 'affinity') };
  copyField(affinity, child(old, 'affinity'), 'nodeAffinity');
  rest['affinity'] = affinity;
}

function checkTermsNarrow(
  after: JsonObject | undefined,
  before: JsonObject | undefined,
  errors: FieldError[],
): void {
  const oldTerms = children(before, 'nodeSelectorTerms');
  const newTerms = children(after, 'nodeSelectorTerms');
  const field = `spec.affinity.nodeAffinity.${needed}.nodeSelectorTerms`;
  if (oldTerms.length > 0 && oldTerms.length !== newTerms.length) {
    errors.push(
      invalid(
        field,
        [...newTerms],
        'no additions/deletions to non-empty NodeSelectorTerms list are allowed',
      ),
    );
    return;
  }
  oldTerms.forEach((oldTerm, index) => {
    const newTerm = newTerms[index] ?? {};
    const onlyAdds = ['matchExpressions', 'matchFields'].every((list) => {
      const was = children(oldTerm, list);
      return sameMeaning([...children(newTerm, list).slice(0, was.length)], [...was]);
    });
    const wasEmpty = ['matchExpressions', 'matchFields'].every(
      (list) => children(oldTerm, list).length === 0,
    );
    if (!onlyAdds || (wasEmpty && !sameMeaning(newTerm, oldTerm)))
      errors.push(
        invalid(
          `${field}[${index}]`,
          newTerm,
          'only additions are allowed (no mutations or deletions)',
        ),
      );
  });
}

export function checkAnnotationsUpdate(
  pod: JsonObject,
  old: JsonObject,
  errors: FieldError[],
): void {
  const after = textMap(child(pod, 'metadata'), 'annotations');
  const before = textMap(child(old, 'metadata'), 'annotations');
  const fixed = (key: string): string | undefined => {
    if (key.startsWith(appArmorPrefix)) return 'AppArmor annotations';
    return key === mirrorAnnotation ? 'mirror pod annotation' : undefined;
  };
  for (const [key, value] of Object.entries(before)) {
    const what = fixed(key);
    if (what !== undefined && after[key] !== value)
      errors.push(
        forbiddenField(`metadata.annotations[${key}]`, `may not remove or update ${what}`),
      );
  }
  for (const key of Object.keys(after)) {
    const what = fixed(key);
    if (what !== undefined && before[key] === undefined)
      errors.push(forbiddenField(`metadata.annotations[${key}]`, `may not add ${what}`));
  }
}

const differencesMax = 20;

/** Lines `- path: old` and `+ path: new`, for a person. */
export function difference(before: Json | undefined, after: Json | undefined): string {
  const lines: string[] = [];
  compare('', before, after, lines);
  return lines.slice(0, differencesMax).join('\n');
}

function compare(
  path: string,
  before: Json | undefined,
  after: Json | undefined,
  lines: string[],
): void {
  if (sameMeaning(before, after)) return;
  if (isJsonObject(before) && isJsonObject(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
      compare(path === '' ? key : `${path}.${key}`, before[key], after[key], lines);
    return;
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    before.forEach((item, index) => {
      compare(`${path}[${index}]`, item, after[index], lines);
    });
    return;
  }
  if (before !== undefined) lines.push(`- ${path}: ${show(before)}`);
  if (after !== undefined) lines.push(`+ ${path}: ${show(after)}`);
}

const show = (value: Json): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'bigint' ? inner.toString() : inner,
  );
