// checkValue: a custom resource against its definition's schema, walked as it stands: a schema of thousands of lines
// costs nothing until a value reaches it. Order and words are kube-openapi's validator and apiextensions' field errors,
// e.g. `spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string"`.
import {
  invalid,
  required,
  showValue,
  tooLong,
  tooMany,
  type FieldError,
} from '../../object/field-error.js';
import { quote } from '../../object/api-error.js';
import { equalJson } from '../../object/json.js';
import { isJsonObject, type Json, type JsonObject } from '../../object/kube-object.js';
import type { SchemaNode } from '../../object/schema-node.js';
import { formatCheck } from './custom-formats.js';
import { goPattern } from './go-pattern.js';

/** `path` is the value's own, '' for a whole object. `metadata` of a whole object is the server's matter. */
export function checkValue(value: Json, node: SchemaNode, path = ''): FieldError[] {
  const errors: FieldError[] = [];
  check(value, node, path, errors);
  return errors;
}

function check(value: Json, node: SchemaNode, path: string, errors: FieldError[]): void {
  if (!checkType(value, node, path, errors) || value === null) return;
  checkCombinations(value, node, path, errors);
  if (typeof value === 'string') checkText(value, node, path, errors);
  else if (typeof value === 'number' || typeof value === 'bigint')
    checkNumber(value, node, path, errors);
  else if (Array.isArray(value)) checkItems(value, node, path, errors);
  checkEnum(value, node, path, errors);
  if (isJsonObject(value)) checkMembers(value, node, path, errors);
}

function checkType(value: Json, node: SchemaNode, path: string, errors: FieldError[]): boolean {
  const types = typesOf(node);
  if (types.length === 0 || (value === null && node['nullable'] === true)) return true;
  const found = typeWord(value);
  if (types.includes(found) || (found === 'integer' && types.includes('number'))) return true;
  errors.push(
    misfit(path, found, `${path} in body must be of type ${types.join(',')}: ${quote(found)}`),
  );
  return false;
}

const intOrString = ['integer', 'string'];

function typesOf(node: SchemaNode): readonly string[] {
  if (node['x-kubernetes-int-or-string'] === true) return intOrString;
  return node.type === undefined ? [] : [node.type];
}

function typeWord(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value === 'bigint' ? 'integer' : typeof value;
}

const misfit = (path: string, value: Json, detail: string): FieldError => ({
  ...wrong(path, value, detail),
  reason: 'FieldValueTypeInvalid',
});

const wrong = (path: string, value: Json, detail: string): FieldError =>
  invalid(path === '' ? '<nil>' : path, value, detail);

/** Faults of a whole combination name their place in the text only. */
const general = (detail: string): FieldError => invalid('<nil>', '', detail);

function checkCombinations(
  value: Json,
  node: SchemaNode,
  path: string,
  errors: FieldError[],
): void {
  const anyOf = branches(node, 'anyOf');
  if (anyOf.length > 0) {
    const { valid, best } = tryBranches(value, anyOf, path);
    if (valid === 0) {
      errors.push(general(`${quote(path)} must validate at least one schema (anyOf)`), ...best);
    }
  }
  const oneOf = branches(node, 'oneOf');
  if (oneOf.length > 0) {
    const { valid, best } = tryBranches(value, oneOf, path);
    const found = valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`;
    if (valid !== 1) {
      const why = `must validate one and only one schema (oneOf). ${found}`;
      errors.push(general(`${quote(path)} ${why}`), ...(valid === 0 ? best : []));
    }
  }
  const allOf = branches(node, 'allOf');
  if (allOf.length > 0) {
    const failures = allOf.map((branch) => checkValue(value, branch, path));
    const failed = failures.filter((found) => found.length > 0).length;
    const none = failed === allOf.length ? '. None validated' : '';
    errors.push(...failures.flat());
    if (failed > 0)
      errors.push(general(`${quote(path)} must validate all the schemas (allOf)${none}`));
  }
  const not = node['not'] as SchemaNode | undefined; // as: a schema by its definition's type
  if (not !== undefined && checkValue(value, not, path).length === 0)
    errors.push(general(`${quote(path)} must not validate the schema (not)`));
}

const noBranches: readonly SchemaNode[] = [];
const branches = (node: SchemaNode, keyword: 'allOf' | 'anyOf' | 'oneOf'): readonly SchemaNode[] =>
  (node[keyword] as readonly SchemaNode[] | undefined) ?? noBranches; // as above

/** How many branches fit, and the failures of the one that came closest. */
function tryBranches(
  value: Json,
  nodes: readonly SchemaNode[],
  path: string,
): { valid: number; best: readonly FieldError[] } {
  let valid = 0;
  let best: readonly FieldError[] | undefined;
  for (const node of nodes) {
    const failures = checkValue(value, node, path);
    if (failures.length === 0) valid += 1;
    else if (best === undefined || failures.length < best.length) best = failures;
  }
  return { valid, best: best ?? [] };
}

function checkText(value: string, node: SchemaNode, path: string, errors: FieldError[]): void {
  const problem = textProblem(value, node, path);
  if (problem !== undefined) errors.push(problem);
  const { format } = node;
  if (format === undefined || formatCheck(format)?.(value) !== false) return;
  errors.push(misfit(path, value, `${path} in body must be of type ${format}: ${quote(value)}`));
}

/** The first of the three that is broken. */
function textProblem(value: string, node: SchemaNode, path: string): FieldError | undefined {
  const { maxLength, minLength, pattern } = node;
  if (typeof maxLength === 'number' && value.length > maxLength && runes(value) > maxLength)
    return tooLong(path === '' ? '<nil>' : path, maxLength);
  if (typeof minLength === 'number' && runes(value) < minLength)
    return wrong(path, value, `${path} in body should be at least ${minLength} chars long`);
  if (typeof pattern === 'string' && pattern !== '' && !goPattern(pattern).test(value))
    return wrong(path, value, `${path} in body should match '${pattern}'`);
  return undefined;
}

const runes = (text: string): number => Array.from(text).length;

function checkNumber(
  value: number | bigint,
  node: SchemaNode,
  path: string,
  errors: FieldError[],
): void {
  const { maximum, minimum, multipleOf, type, format } = node;
  const say = (what: string): void => {
    errors.push(wrong(path, value, `${path} in body ${what}`));
  };
  if (type === 'integer' && !fitsFormat(value, format))
    errors.push(
      general(`Checked value must be of type integer with format ${format ?? ''} in ${path}`),
    );
  if (isNumber(multipleOf) && !isMultiple(value, multipleOf))
    say(`should be a multiple of ${multipleOf}`);
  if (isNumber(maximum)) {
    const isStrict = node['exclusiveMaximum'] === true;
    if (isStrict ? value >= maximum : value > maximum)
      say(`should be less than ${isStrict ? '' : 'or equal to '}${maximum}`);
  }
  if (isNumber(minimum)) {
    const isStrict = node['exclusiveMinimum'] === true;
    if (isStrict ? value <= minimum : value < minimum)
      say(`should be greater than ${isStrict ? '' : 'or equal to '}${minimum}`);
  }
}

const isNumber = (value: unknown): value is number | bigint =>
  typeof value === 'number' || typeof value === 'bigint';

function fitsFormat(value: number | bigint, format: string | undefined): boolean {
  if (format === 'int32') return value >= -(2 ** 31) && value < 2 ** 31;
  return value >= -(2n ** 63n) && value < 2n ** 63n;
}

function isMultiple(value: number | bigint, factor: number | bigint): boolean {
  if (Number.isInteger(Number(factor)) && Number.isInteger(Number(value)))
    return BigInt(value) % BigInt(factor) === 0n;
  return Number.isInteger(Number((Number(value) / Number(factor)).toPrecision(12)));
}

function checkItems(
  list: readonly Json[],
  node: SchemaNode,
  path: string,
  errors: FieldError[],
): void {
  const { items, minItems, maxItems } = node;
  if (items !== undefined)
    for (const [index, item] of list.entries()) check(item, items, `${path}[${index}]`, errors);
  if (typeof minItems === 'number' && list.length < minItems)
    errors.push(wrong(path, list.length, `${path} in body should have at least ${minItems} items`));
  if (typeof maxItems === 'number' && list.length > maxItems)
    errors.push(tooMany(path, list.length, maxItems));
}

function checkEnum(value: Json, node: SchemaNode, path: string, errors: FieldError[]): void {
  const allowed = node.enum as readonly Json[] | undefined; // as: JSON by its definition's type
  if (allowed === undefined || allowed.length === 0) return;
  if (allowed.some((one) => equalJson(one, value))) return;
  const shown = allowed.map((one) => (typeof one === 'string' ? one : showValue(one)));
  errors.push({
    reason: 'FieldValueNotSupported',
    field: path,
    message: `Unsupported value: ${showValue(value)}: supported values: ${shown.map(quote).join(', ')}`,
  });
}

function checkMembers(
  object: JsonObject,
  node: SchemaNode,
  path: string,
  errors: FieldError[],
): void {
  const { additionalProperties, minProperties, maxProperties, properties } = node;
  const keys = Object.keys(object);
  if (typeof minProperties === 'number' && keys.length < minProperties) {
    const what = `should have at least ${minProperties} properties`;
    errors.push(wrong(path, keys.length, `${path} in body ${what}`));
    return;
  }
  if (typeof maxProperties === 'number' && keys.length > maxProperties) {
    errors.push(tooMany(path, keys.length, maxProperties));
    return;
  }
  for (const key of keys) {
    const value = object[key];
    const isDeclared = properties !== undefined && Object.hasOwn(properties, key);
    const child = isDeclared ? properties[key] : additionalProperties;
    if (value !== undefined && typeof child === 'object')
      check(value, child, join(path, key), errors);
  }
  for (const key of node.required ?? [])
    if (!Object.hasOwn(object, key)) errors.push(required(join(path, key)));
}

const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`);
