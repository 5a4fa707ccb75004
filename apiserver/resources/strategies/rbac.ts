// Roles and bindings of both scopes.
import { type FieldError, invalid, required } from '../../object/field-error.js';
import type { JsonObject, KubeObject } from '../../object/kube-object.js';
import type { Strategy } from '../resource.js';
import {
  checkLabelSelector,
  checkPathSegment,
  checkRequired,
  checkSubdomain,
  unsupported,
} from './checks.js';
import { child, children, ensure, fillZero, sameMeaning, text, texts } from './fields.js';

const group = 'rbac.authorization.k8s.io';

function checkRule(
  rule: JsonObject,
  isNamespaced: boolean,
  at: string,
  errors: FieldError[],
): void {
  if (texts(rule, 'verbs').length === 0)
    errors.push(required(`${at}.verbs`, 'verbs must contain at least one value'));
  const urls = texts(rule, 'nonResourceURLs');
  const groups = texts(rule, 'apiGroups');
  const resources = texts(rule, 'resources');
  const names = texts(rule, 'resourceNames');
  if (urls.length > 0) {
    const field = `${at}.nonResourceURLs`;
    if (isNamespaced)
      errors.push(invalid(field, [...urls], 'namespaced rules cannot apply to non-resource URLs'));
    if (groups.length > 0 || resources.length > 0 || names.length > 0)
      errors.push(
        invalid(
          field,
          [...urls],
          'rules cannot apply to both regular resources and non-resource URLs',
        ),
      );
    return;
  }
  if (groups.length === 0)
    errors.push(required(`${at}.apiGroups`, 'resource rules must supply at least one api group'));
  if (resources.length === 0)
    errors.push(required(`${at}.resources`, 'resource rules must supply at least one resource'));
}

const validateRole =
  (isNamespaced: boolean) =>
  (role: KubeObject): FieldError[] => {
    const errors: FieldError[] = [];
    children(role, 'rules').forEach((rule, index) => {
      checkRule(rule, isNamespaced, `rules[${index}]`, errors);
    });
    const selectors = child(role, 'aggregationRule');
    if (selectors === undefined) return errors;
    const field = 'aggregationRule.clusterRoleSelectors';
    const list = children(selectors, 'clusterRoleSelectors');
    if (list.length === 0)
      errors.push(
        required(field, 'at least one clusterRoleSelector required if aggregationRule is non-nil'),
      );
    list.forEach((selector, index) => {
      checkLabelSelector(selector, `${field}[${index}]`, errors);
    });
    return errors;
  };

/** Go writes an empty list as null, and clients want a list. */
const emptyRules = (role: KubeObject): void => {
  if (role['rules'] === undefined && role['aggregationRule'] === undefined) role['rules'] = [];
};

const roleStrategyOf = (isNamespaced: boolean): Strategy => ({
  name: 'path-segment',
  applyDefaults: emptyRules,
  validate: validateRole(isNamespaced),
  allowCreateOnUpdate: true,
});

export const roleStrategy = roleStrategyOf(true);
export const clusterRoleStrategy = roleStrategyOf(false);

function applyBindingDefaults(binding: KubeObject): void {
  fillZero(ensure(binding, 'roleRef'), 'apiGroup', group);
  for (const subject of children(binding, 'subjects')) {
    const kind = text(subject, 'kind');
    if (kind === 'User' || kind === 'Group') fillZero(subject, 'apiGroup', group);
  }
}

const validateBinding =
  (isNamespaced: boolean) =>
  (binding: KubeObject): FieldError[] => {
    const errors: FieldError[] = [];
    const reference = child(binding, 'roleRef');
    const kinds = isNamespaced ? ['Role', 'ClusterRole'] : ['ClusterRole'];
    const kind = text(reference, 'kind');
    if (text(reference, 'apiGroup') !== group)
      errors.push(unsupported('roleRef.apiGroup', text(reference, 'apiGroup'), [group]));
    if (!kinds.includes(kind)) errors.push(unsupported('roleRef.kind', kind, kinds));
    if (checkRequired(reference, 'name', 'roleRef', errors))
      checkPathSegment(text(reference, 'name'), 'roleRef.name', errors);
    children(binding, 'subjects').forEach((subject, index) => {
      checkSubject(subject, isNamespaced, `subjects[${index}]`, errors);
    });
    return errors;
  };

function checkSubject(
  subject: JsonObject,
  isNamespaced: boolean,
  at: string,
  errors: FieldError[],
): void {
  const name = text(subject, 'name');
  const apiGroup = text(subject, 'apiGroup');
  if (name === '') errors.push(required(`${at}.name`));
  const kind = text(subject, 'kind');
  switch (kind) {
    case 'ServiceAccount':
      if (name !== '') checkSubdomain(name, `${at}.name`, errors);
      if (apiGroup !== '') errors.push(unsupported(`${at}.apiGroup`, apiGroup, ['']));
      if (!isNamespaced && text(subject, 'namespace') === '')
        errors.push(required(`${at}.namespace`));
      return;
    case 'User':
    case 'Group':
      if (name === '')
        errors.push(invalid(`${at}.name`, '', `${kind.toLowerCase()} name cannot be empty`));
      if (apiGroup !== group) errors.push(unsupported(`${at}.apiGroup`, apiGroup, [group]));
      return;
    default:
      errors.push(unsupported(`${at}.kind`, kind, ['ServiceAccount', 'User', 'Group']));
  }
}

/** Whoever may edit a binding must not be able to point it at another role. */
function validateBindingUpdate(binding: KubeObject, old: KubeObject): FieldError[] {
  return sameMeaning(binding['roleRef'], old['roleRef'])
    ? []
    : [invalid('roleRef', binding['roleRef'], 'cannot change roleRef')];
}

const bindingStrategyOf = (isNamespaced: boolean): Strategy => ({
  name: 'path-segment',
  applyDefaults: applyBindingDefaults,
  validate: validateBinding(isNamespaced),
  validateUpdate: validateBindingUpdate,
  allowCreateOnUpdate: true,
});

export const roleBindingStrategy = bindingStrategyOf(true);
export const clusterRoleBindingStrategy = bindingStrategyOf(false);
