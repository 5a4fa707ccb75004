// What steers a pod to a node: affinity, tolerations, spread constraints, gates.
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  required,
} from '../../../object/field-error.js';
import type { JsonObject } from '../../../object/kube-object.js';
import { isLabelValue } from '../../../object/names.js';
import { checkDnsLabel, checkLabelSelector, checkQualifiedName } from '../checks.js';
import { child, children, integer, optionalInteger, text, textMap, texts } from '../fields.js';
import { checkNodeSelector, checkNodeSelectorTerm } from './node-selector.js';

const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';
const needed = 'requiredDuringSchedulingIgnoredDuringExecution';

export function checkAffinity(spec: JsonObject, path: string, errors: FieldError[]): void {
  const affinity = child(spec, 'affinity');
  if (affinity === undefined) return;
  const at = `${path}.affinity`;
  const node = child(affinity, 'nodeAffinity');
  const selector = child(node, needed);
  if (selector !== undefined) checkNodeSelector(selector, `${at}.nodeAffinity.${needed}`, errors);
  children(node, preferred).forEach((term, index) => {
    const field = `${at}.nodeAffinity.${preferred}[${index}]`;
    checkWeight(term, field, errors);
    const preference = child(term, 'preference') ?? {};
    checkNodeSelectorTerm(preference, `${field}.preference`, errors, 'any-value');
  });
  for (const kind of ['podAffinity', 'podAntiAffinity']) {
    const rules = child(affinity, kind);
    children(rules, needed).forEach((term, index) => {
      checkPodTerm(term, `${at}.${kind}.${needed}[${index}]`, errors);
    });
    children(rules, preferred).forEach((term, index) => {
      const field = `${at}.${kind}.${preferred}[${index}]`;
      checkWeight(term, field, errors);
      checkPodTerm(child(term, 'podAffinityTerm') ?? {}, `${field}.podAffinityTerm`, errors);
    });
  }
}

function checkWeight(term: JsonObject, path: string, errors: FieldError[]): void {
  const weight = integer(term, 'weight');
  if (weight <= 0 || weight > 100)
    errors.push(invalid(`${path}.weight`, weight, 'must be in the range 1-100'));
}

function checkPodTerm(term: JsonObject, path: string, errors: FieldError[]): void {
  const selector = child(term, 'labelSelector');
  checkLabelSelector(selector, `${path}.labelSelector`, errors);
  checkLabelSelector(child(term, 'namespaceSelector'), `${path}.namespaceSelector`, errors);
  for (const namespace of texts(term, 'namespaces'))
    checkDnsLabel(namespace, `${path}.namespace`, errors);
  const match = texts(term, 'matchLabelKeys');
  const mismatch = texts(term, 'mismatchLabelKeys');
  checkLabelKeys(match, selector, `${path}.matchLabelKeys`, errors);
  checkLabelKeys(mismatch, selector, `${path}.mismatchLabelKeys`, errors);
  match.forEach((key, index) => {
    if (mismatch.includes(key))
      errors.push(
        invalid(
          `${path}.matchLabelKeys[${index}]`,
          key,
          'exists in both matchLabelKeys and mismatchLabelKeys',
        ),
      );
  });
  checkKeyOnce(match, selector, path, errors);
  if (text(term, 'topologyKey') === '')
    errors.push(required(`${path}.topologyKey`, 'can not be empty'));
  checkQualifiedName(text(term, 'topologyKey'), `${path}.topologyKey`, errors);
}

function checkLabelKeys(
  keys: readonly string[],
  selector: JsonObject | undefined,
  path: string,
  errors: FieldError[],
): void {
  if (keys.length === 0) return;
  if (selector === undefined) {
    errors.push(forbiddenField(path, 'must not be specified when labelSelector is not set'));
    return;
  }
  keys.forEach((key, index) => {
    checkQualifiedName(key, `${path}[${index}]`, errors);
  });
}

/** A matchLabelKey was merged into the selector by `mergeLabelKeys`; a second mention is the user's. */
function checkKeyOnce(
  keys: readonly string[],
  selector: JsonObject | undefined,
  path: string,
  errors: FieldError[],
): void {
  const seen = new Set(Object.keys(textMap(selector, 'matchLabels')));
  for (const expression of children(selector, 'matchExpressions')) {
    const key = text(expression, 'key');
    if (keys.includes(key) && seen.has(key))
      errors.push(
        invalid(
          `${path}[${keys.indexOf(key)}]`,
          key,
          'exists in both matchLabelKeys and labelSelector',
        ),
      );
    seen.add(key);
  }
}

export function checkTolerations(
  tolerations: readonly JsonObject[],
  path: string,
  errors: FieldError[],
): void {
  tolerations.forEach((toleration, index) => {
    const at = `${path}[${index}]`;
    const key = text(toleration, 'key');
    const operator = text(toleration, 'operator');
    const effect = text(toleration, 'effect');
    const value = text(toleration, 'value');
    if (key !== '') checkQualifiedName(key, `${at}.key`, errors);
    else if (operator !== 'Exists')
      errors.push(
        invalid(
          `${at}.operator`,
          operator,
          'operator must be Exists when `key` is empty, which means "match all values and all keys"',
        ),
      );
    if (optionalInteger(toleration, 'tolerationSeconds') !== undefined && effect !== 'NoExecute')
      errors.push(
        invalid(
          `${at}.effect`,
          effect,
          "effect must be 'NoExecute' when `tolerationSeconds` is set",
        ),
      );
    if (operator === 'Equal' || operator === '') {
      const problems = isLabelValue(value);
      if (problems.length > 0) errors.push(invalid(`${at}.operator`, value, problems.join(';')));
    } else if (operator === 'Exists' && value !== '') {
      errors.push(
        invalid(`${at}.operator`, value, "value must be empty when `operator` is 'Exists'"),
      );
    }
  });
}

export function checkSpread(spec: JsonObject, path: string, errors: FieldError[]): void {
  const constraints = children(spec, 'topologySpreadConstraints');
  constraints.forEach((constraint, index) => {
    const at = `${path}.topologySpreadConstraints[${index}]`;
    const positive = 'must be greater than zero';
    const action = text(constraint, 'whenUnsatisfiable');
    const key = text(constraint, 'topologyKey');
    if (integer(constraint, 'maxSkew') <= 0)
      errors.push(invalid(`${at}.maxSkew`, integer(constraint, 'maxSkew'), positive));
    if (key === '') errors.push(required(`${at}.topologyKey`, 'can not be empty'));
    const repeats = constraints
      .slice(index + 1)
      .some(
        (other) =>
          text(other, 'topologyKey') === key && text(other, 'whenUnsatisfiable') === action,
      );
    if (repeats)
      errors.push(duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, `{${key}, ${action}}`));
    const domains = optionalInteger(constraint, 'minDomains');
    if (domains !== undefined && domains <= 0)
      errors.push(invalid(`${at}.minDomains`, domains, positive));
    if (domains !== undefined && action !== 'DoNotSchedule')
      errors.push(
        invalid(
          `${at}.minDomains`,
          domains,
          `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${action}`,
        ),
      );
    const selector = child(constraint, 'labelSelector');
    const keys = texts(constraint, 'matchLabelKeys');
    checkLabelKeys(keys, selector, `${at}.matchLabelKeys`, errors);
    checkKeyOnce(keys, selector, `${at}.matchLabelKeys`, errors);
    checkLabelSelector(selector, `${at}.labelSelector`, errors);
  });
}

export function checkGates(spec: JsonObject, path: string, errors: FieldError[]): void {
  const seen = new Set<string>();
  children(spec, 'schedulingGates').forEach((gate, index) => {
    const at = `${path}.schedulingGates[${index}]`;
    const name = text(gate, 'name');
    checkQualifiedName(name, at, errors);
    if (seen.has(name)) errors.push(duplicate(at, name));
    seen.add(name);
  });
  children(spec, 'readinessGates').forEach((gate, index) => {
    const field = `${path}.readinessGates[${index}].conditionType`;
    checkQualifiedName(text(gate, 'conditionType'), field, errors);
  });
}
