// NodeSelector: terms of label and field requirements, for pods and for persistent volumes.
import { type FieldError, forbiddenField, invalid, required } from '../../../object/field-error.js';
import type { JsonObject } from '../../../object/kube-object.js';
import { isLabelValue } from '../../../object/names.js';
import { checkFormat, checkQualifiedName, checkSubdomain } from '../checks.js';
import { children, text, texts } from '../fields.js';

/** A preferred term may hold values no label can have: it just never matches. */
type ValueRule = 'label-value' | 'any-value';

export function checkNodeSelector(selector: JsonObject, path: string, errors: FieldError[]): void {
  const terms = children(selector, 'nodeSelectorTerms');
  if (terms.length === 0)
    errors.push(required(`${path}.nodeSelectorTerms`, 'must have at least one node selector term'));
  terms.forEach((term, index) => {
    checkNodeSelectorTerm(term, `${path}.nodeSelectorTerms[${index}]`, errors);
  });
}

export function checkNodeSelectorTerm(
  term: JsonObject,
  path: string,
  errors: FieldError[],
  values: ValueRule = 'label-value',
): void {
  children(term, 'matchExpressions').forEach((requirement, index) => {
    checkLabelRequirement(requirement, values, `${path}.matchExpressions[${index}]`, errors);
  });
  children(term, 'matchFields').forEach((requirement, index) => {
    checkFieldRequirement(requirement, `${path}.matchFields[${index}]`, errors);
  });
}

function checkLabelRequirement(
  requirement: JsonObject,
  rule: ValueRule,
  path: string,
  errors: FieldError[],
): void {
  const values = texts(requirement, 'values');
  const operator = text(requirement, 'operator');
  const field = `${path}.values`;
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0)
        errors.push(required(field, "must be specified when `operator` is 'In' or 'NotIn'"));
      break;
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0)
        errors.push(
          forbiddenField(
            field,
            "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
          ),
        );
      break;
    case 'Gt':
    case 'Lt':
      if (values.length !== 1)
        errors.push(
          required(field, "must be specified single value when `operator` is 'Lt' or 'Gt'"),
        );
      break;
    default:
      errors.push(invalid(`${path}.operator`, operator, 'not a valid selector operator'));
  }
  checkQualifiedName(text(requirement, 'key'), `${path}.key`, errors);
  if (rule === 'label-value')
    values.forEach((value, index) => {
      checkFormat(isLabelValue, value, `${field}[${index}]`, errors);
    });
}

function checkFieldRequirement(requirement: JsonObject, path: string, errors: FieldError[]): void {
  const values = texts(requirement, 'values');
  const operator = text(requirement, 'operator');
  const key = text(requirement, 'key');
  if (operator !== 'In' && operator !== 'NotIn')
    errors.push(invalid(`${path}.operator`, operator, 'not a valid selector operator'));
  else if (values.length !== 1)
    errors.push(
      required(
        `${path}.values`,
        "must be only one value when `operator` is 'In' or 'NotIn' for node field selector",
      ),
    );
  if (key !== 'metadata.name')
    errors.push(invalid(`${path}.key`, key, 'not a valid field selector key'));
  else
    values.forEach((value, index) => {
      checkSubdomain(value, `${path}.values[${index}]`, errors);
    });
}
