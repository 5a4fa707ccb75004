// ValidatingAdmissionPolicies and their bindings: defaults, constraints that match something, and something to check
// or to do. Expressions are compiled where they are run. Read next: match-rules.ts.
import { type FieldError, invalid, required } from '../../../object/field-error.js';
import type { JsonObject, KubeObject } from '../../../object/kube-object.js';
import type { Strategy } from '../../resource.js';
import { checkLabelSelector, checkRequired } from '../checks.js';
import { child, children, ensure, fill, optionalText, text, texts } from '../fields.js';
import { clearStatus, keepStatus } from '../status.js';
import { checkConditions } from './match-conditions.js';
import { checkRule } from './match-rules.js';

function applyMatchDefaults(parent: JsonObject | undefined, key: string): void {
  const match = child(parent, key);
  if (match === undefined) return;
  fill(match, 'matchPolicy', 'Equivalent');
  fill(match, 'namespaceSelector', {});
  fill(match, 'objectSelector', {});
  for (const list of ['resourceRules', 'excludeResourceRules'])
    for (const rule of children(match, list)) fill(rule, 'scope', '*');
}

function checkMatch(match: JsonObject | undefined, at: string, errors: FieldError[]): void {
  for (const key of ['namespaceSelector', 'objectSelector'])
    checkLabelSelector(child(match, key), `${at}.${key}`, errors);
  for (const list of ['resourceRules', 'excludeResourceRules'])
    children(match, list).forEach((rule, index) => {
      checkRule(rule, `${at}.${list}[${index}]`, errors);
    });
}

function validatePolicy(policy: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const spec = child(policy, 'spec');
  const match = child(spec, 'matchConstraints');
  if (match === undefined) errors.push(required('spec.matchConstraints'));
  else {
    checkMatch(match, 'spec.matchConstraints', errors);
    if (children(match, 'resourceRules').length === 0)
      errors.push(required('spec.matchConstraints.resourceRules'));
  }
  checkConditions(spec ?? {}, 'spec.matchConditions', errors);
  const validations = children(spec, 'validations');
  const audits = children(spec, 'auditAnnotations');
  if (validations.length === 0 && audits.length === 0) {
    const either = 'validations or auditAnnotations must contain at least one item';
    errors.push(required('spec.validations', either), required('spec.auditAnnotations', either));
  }
  validations.forEach((validation, index) => {
    const at = `spec.validations[${index}]`;
    if (text(validation, 'expression').trim() === '')
      errors.push(required(`${at}.expression`, 'expression is not specified'));
    const message = optionalText(validation, 'message');
    if (message?.trim() === '')
      errors.push(invalid(`${at}.message`, message, 'message must be non-empty if specified'));
    else if (message?.trim().includes('\n') === true)
      errors.push(invalid(`${at}.message`, message, 'message must not contain line breaks'));
  });
  return errors;
}

export const validatingPolicyStrategy: Strategy = {
  applyDefaults: (policy) => {
    const spec = ensure(policy, 'spec');
    fill(spec, 'failurePolicy', 'Fail');
    applyMatchDefaults(spec, 'matchConstraints');
  },
  prepareForCreate: clearStatus(),
  prepareForUpdate: keepStatus,
  validate: validatePolicy,
};

export const validatingPolicyBindingStrategy: Strategy = {
  applyDefaults: (binding) => {
    applyMatchDefaults(child(binding, 'spec'), 'matchResources');
  },
  validate: (binding) => {
    const errors: FieldError[] = [];
    const spec = child(binding, 'spec');
    checkRequired(spec, 'policyName', 'spec', errors);
    checkMatch(child(spec, 'matchResources'), 'spec.matchResources', errors);
    const actions = texts(spec, 'validationActions');
    if (actions.length === 0) errors.push(required('spec.validationActions'));
    if (actions.includes('Deny') && actions.includes('Warn'))
      errors.push(
        invalid(
          'spec.validationActions',
          [...actions],
          'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
        ),
      );
    return errors;
  },
};
