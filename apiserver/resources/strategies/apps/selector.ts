// The selector of a workload: not empty, and it selects the pods its own template makes.
import { type FieldError, invalid, required } from '../../../object/field-error.js';
import type { JsonObject } from '../../../object/kube-object.js';
import { labelSelectorFrom } from '../../../object/selectors.js';
import { checkLabelSelector } from '../checks.js';
import { child, isEmpty, textMap } from '../fields.js';

export const selectsNothing = '`selector` does not match template `labels`';

export function checkSelector(
  spec: JsonObject,
  kind: string,
  path: string,
  errors: FieldError[],
): void {
  const selector = child(spec, 'selector');
  const field = `${path}.selector`;
  if (selector === undefined) {
    errors.push(required(field));
    return;
  }
  const before = errors.length;
  checkLabelSelector(selector, field, errors);
  if (isEmpty(selector['matchLabels']) && isEmpty(selector['matchExpressions']))
    errors.push(invalid(field, selector, `empty selector is invalid for ${kind}`));
  else if (errors.length === before) checkMatches(spec, path, errors);
}

export function checkMatches(spec: JsonObject, path: string, errors: FieldError[]): void {
  const labels = textMap(child(child(spec, 'template'), 'metadata'), 'labels');
  if (!labelSelectorFrom(child(spec, 'selector')).matches(labels))
    errors.push(
      invalid(
        `${path}.template.metadata.labels`,
        Object.keys(labels).length === 0 ? null : { ...labels },
        selectsNothing,
      ),
    );
}
