// The rules by which webhooks and policies pick requests: operations, groups, versions and resources, in which a `*`
// makes its neighbours redundant and so wrong.
import { type FieldError, invalid, required } from '../../../object/field-error.js';
import type { JsonObject } from '../../../object/kube-object.js';
import { texts } from '../fields.js';

/** `*` stands alone in each list. */
export function checkRule(rule: JsonObject, at: string, errors: FieldError[]): void {
  const lists = [
    ['operations', 'operations'],
    ['apiGroups', 'API groups'],
    ['apiVersions', 'API versions'],
  ] as const;
  for (const [key, what] of lists) {
    const values = texts(rule, key);
    if (values.length === 0) errors.push(required(`${at}.${key}`));
    if (values.length > 1 && values.includes('*'))
      errors.push(
        invalid(`${at}.${key}`, [...values], `if '*' is present, must not specify other ${what}`),
      );
    if (key === 'apiVersions')
      values.forEach((value, index) => {
        if (value === '') errors.push(required(`${at}.${key}[${index}]`));
      });
  }
  checkRuleResources(texts(rule, 'resources'), `${at}.resources`, errors);
}

function checkRuleResources(
  resources: readonly string[],
  field: string,
  errors: FieldError[],
): void {
  if (resources.length === 0) errors.push(required(field));
  const wholeResources = new Set<string>();
  const wholeSubresources = new Set<string>();
  resources.forEach((resource, index) => {
    const at = `${field}[${index}]`;
    if (resource === '') errors.push(required(at));
    const slash = resource.indexOf('/');
    if (slash < 0) return;
    const name = resource.slice(0, slash);
    const sub = resource.slice(slash + 1);
    const present = (pattern: string): FieldError =>
      invalid(at, resource, `if '${pattern}' is present, must not specify ${resource}`);
    if (wholeResources.has(name)) errors.push(present(`${name}/*`));
    if (wholeSubresources.has(sub)) errors.push(present(`*/${sub}`));
    if (sub === '*') wholeResources.add(name);
    if (name === '*') wholeSubresources.add(sub);
  });
  if (resources.length > 1 && resources.includes('*/*'))
    errors.push(
      invalid(field, [...resources], "if '*/*' is present, must not specify other resources"),
    );
  if (resources.includes('*') && resources.some((name) => name !== '*' && !name.includes('/')))
    errors.push(
      invalid(
        field,
        [...resources],
        "if '*' is present, must not specify other resources without subresources",
      ),
    );
}
