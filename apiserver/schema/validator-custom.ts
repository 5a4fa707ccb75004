// Custom resources' schemas, compiled by ajv on first use, and its errors told as the real server's CRD validation
// tells them: `spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string"`.
import { createRequire } from 'node:module';
import type { Ajv as AjvType, ErrorObject, Options, ValidateFunction } from 'ajv';
import {
  duplicate,
  invalid,
  notSupported,
  required,
  showValue,
  type FieldError,
} from '../object/field-error.js';
import { equalJson } from '../object/json.js';
import { isJsonObject, type Json, type JsonObject } from '../object/kube-object.js';
import { parseQuantity } from '../object/quantity.js';
import type { SchemaNode } from '../object/schema-node.js';
import { parseTime } from '../object/time.js';

export type CustomCheck = (object: JsonObject) => FieldError[];

/** Compiled validators may be large: one per stored schema, dropped with it. */
export class CustomChecks {
  #ajv: AjvType | undefined;

  compile(schema: SchemaNode): CustomCheck {
    this.#ajv ??= createAjv();
    const validate = this.#ajv.compile(plainSchema(schema));
    // The instance would remember every schema it ever saw.
    this.#ajv.removeSchema();
    return (object) => [...fieldErrors(validate, object), ...repeats(object, schema, '')];
  }
}

const integerFormats = ['int32', 'int64'];

/** Loaded with the first custom resource: built-in kinds do without, and loading costs 30 ms. */
function createAjv(): AjvType {
  // Typed by the package's own declarations.
  const { Ajv } = createRequire(import.meta.url)('ajv') as {
    Ajv: new (options: Options) => AjvType;
  };
  return new Ajv({
    allErrors: true,
    verbose: true,
    strict: false,
    validateSchema: false,
    inlineRefs: false,
    // RE2 allows escapes that the unicode mode refuses.
    unicodeRegExp: false,
    logger: false,
    formats: {
      ...Object.fromEntries(integerFormats.map((name) => [name, true])),
      'date-time': (text: string) => parseTime(text) !== undefined,
      date: (text: string) =>
        /^\d{4}-\d\d-\d\d$/.test(text) && parseTime(`${text}T00:00:00Z`) !== undefined,
      byte: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
      quantity: (text: string) => parseQuantity(text) !== undefined,
      uuid: /^[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}$/,
    },
  });
}

const extended = new Set(['not']);

/** The schema in JSON Schema's own words: `nullable` and int-or-string become types, extensions go. */
function plainSchema(node: SchemaNode): Record<string, unknown> {
  const plain: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(node)) {
    if (keyword.startsWith('x-') || keyword === 'default' || keyword === 'nullable') continue;
    plain[keyword] = plainKeyword(keyword, value);
  }
  if (node['x-kubernetes-int-or-string'] === true) plain['type'] = ['integer', 'string'];
  if (node['nullable'] === true && plain['type'] !== undefined)
    plain['type'] = [plain['type'], 'null'].flat();
  return plain;
}

/** Sub-schemas sit under known keywords; everything else is copied. */
function plainKeyword(keyword: string, value: unknown): unknown {
  // A CRD's schema was validated when it was stored.
  if (keyword === 'properties' || keyword === 'definitions' || keyword === 'patternProperties') {
    const entries = Object.entries(value as Record<string, SchemaNode>);
    return Object.fromEntries(entries.map(([key, child]) => [key, plainSchema(child)]));
  }
  const holdsSchema =
    keyword === 'items' || keyword === 'additionalProperties' || extended.has(keyword);
  if (holdsSchema && typeof value === 'object' && value !== null)
    return plainSchema(value as SchemaNode); // as above
  if (['allOf', 'anyOf', 'oneOf'].includes(keyword) && Array.isArray(value))
    return value.map((child: SchemaNode) => plainSchema(child));
  return value;
}

function fieldErrors(validate: ValidateFunction, object: JsonObject): FieldError[] {
  if (validate(object)) return [];
  const errors: FieldError[] = [];
  for (const error of validate.errors ?? []) {
    const told = tell(error, object);
    if (told !== undefined) errors.push(told);
  }
  return errors;
}

/** One ajv error in Kubernetes' words; undefined for what is none (a bigint is an integer, too). */
function tell(error: ErrorObject, object: JsonObject): FieldError | undefined {
  const field = fieldPath(error.instancePath, object);
  // Verbose errors carry the value they are about, which is JSON.
  const value = error.data as Json;
  const params = error.params as Readonly<Record<string, unknown>>;
  const body = `${field} in body`;
  switch (error.keyword) {
    case 'required':
      return required(join(field, String(params['missingProperty'])));
    case 'enum':
      return notSupported(field, value, (params['allowedValues'] as Json[]).map(plainText)); // ajv's own shape
    case 'type': {
      const types = [params['type']]
        .flat()
        .map(String)
        .filter((type) => type !== 'null');
      if (
        typeof value === 'bigint' &&
        types.some((type) => type === 'integer' || type === 'number')
      )
        return undefined;
      const shown = typeWord(value);
      return typeInvalid(
        field,
        showValue(shown),
        `${body} must be of type ${types.join(',')}: ${showValue(shown)}`,
      );
    }
    default:
      return invalid(field, value, `${body} ${phrase(error.keyword, params, value)}`);
  }
}

const typeInvalid = (field: string, shown: string, detail: string): FieldError => ({
  reason: 'FieldValueTypeInvalid',
  field,
  message: `Invalid value: ${shown}: ${detail}`,
});

const plainText = (value: Json): string => (typeof value === 'string' ? value : showValue(value));

function typeWord(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value === 'bigint' ? 'integer' : typeof value;
}

/** What follows `spec.x in body`. */
function phrase(keyword: string, params: Readonly<Record<string, unknown>>, value: Json): string {
  const limit = String(params['limit']);
  switch (keyword) {
    case 'pattern':
      return `should match '${String(params['pattern'])}'`;
    case 'format':
      return `must be of type ${String(params['format'])}: ${showValue(value)}`;
    case 'minimum':
      return `should be greater than or equal to ${limit}`;
    case 'maximum':
      return `should be less than or equal to ${limit}`;
    case 'exclusiveMinimum':
      return `should be greater than ${limit}`;
    case 'exclusiveMaximum':
      return `should be less than ${limit}`;
    case 'multipleOf':
      return `should be a multiple of ${String(params['multipleOf'])}`;
    case 'minLength':
      return `should be at least ${limit} chars long`;
    case 'maxLength':
      return `should be at most ${limit} chars long`;
    case 'minItems':
      return `should have at least ${limit} items`;
    case 'maxItems':
      return `should have at most ${limit} items`;
    case 'minProperties':
      return `should have at least ${limit} properties`;
    case 'maxProperties':
      return `should have at most ${limit} properties`;
    case 'uniqueItems':
      return `shouldn't contain duplicates`;
    case 'not':
      return 'must not validate the schema (not)';
    case 'oneOf':
      return 'must validate one and only one schema (oneOf)';
    case 'anyOf':
      return 'must validate at least one schema (anyOf)';
    case 'allOf':
      return 'must validate all the schemas (allOf)';
    default:
      return `is invalid (${keyword})`;
  }
}

/** `/spec/list/0/a~1b` -> `spec.list[0].a/b`. */
function fieldPath(pointer: string, object: JsonObject): string {
  let path = '';
  let at: Json | undefined = object;
  for (const raw of pointer.split('/').slice(1)) {
    const part = raw.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(at)) {
      path += `[${part}]`;
      at = at[Number(part)];
    } else {
      path = join(path, part);
      at = isJsonObject(at) ? at[part] : undefined;
    }
  }
  return path === '' ? '<nil>' : path;
}

const join = (path: string, key: string): string =>
  path === '' || path === '<nil>' ? key : `${path}.${key}`;

/** Items of set and map lists that occur twice, which JSON Schema cannot say. */
function repeats(value: Json | undefined, node: SchemaNode, path: string): FieldError[] {
  const { additionalProperties, items, properties } = node;
  if (Array.isArray(value) && items !== undefined) {
    const inner = value.flatMap((item, index) => repeats(item, items, `${path}[${index}]`));
    return [...repeatedItems(value, node, path), ...inner];
  }
  if (!isJsonObject(value)) return [];
  const errors: FieldError[] = [];
  for (const [key, member] of Object.entries(value)) {
    const child =
      properties !== undefined && Object.hasOwn(properties, key)
        ? properties[key]
        : additionalProperties;
    if (typeof child === 'object') errors.push(...repeats(member, child, join(path, key)));
  }
  return errors;
}

function repeatedItems(list: readonly Json[], node: SchemaNode, path: string): FieldError[] {
  const type = node['x-kubernetes-list-type'];
  if (type !== 'set' && type !== 'map') return [];
  const keys = node['x-kubernetes-list-map-keys'] ?? [];
  const seen = new Map<string, Json[]>();
  const errors: FieldError[] = [];
  for (const [index, item] of list.entries()) {
    const identity = type === 'map' && isJsonObject(item) ? pick(item, keys) : item;
    const bucket = showValue(identity);
    const known = seen.get(bucket) ?? [];
    if (known.some((other) => equalJson(other, identity)))
      errors.push(duplicate(`${path}[${index}]`, identity));
    seen.set(bucket, [...known, identity]);
  }
  return errors;
}

function pick(object: JsonObject, keys: readonly string[]): JsonObject {
  const picked: JsonObject = {};
  for (const key of keys) if (object[key] !== undefined) picked[key] = object[key];
  return picked;
}
