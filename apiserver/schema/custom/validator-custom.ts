// What a custom resource must satisfy beyond its shape: its schema's values (custom-values.ts), lists without repeats,
// proper metadata in the resources it embeds.
import { duplicate, invalid, required, type FieldError } from '../../object/field-error.js';
import {
  isJsonObject,
  type Json,
  type JsonObject,
  type ObjectMeta,
} from '../../object/kube-object.js';
import { validateObjectMeta } from '../../object/metadata.js';
import { isDns1035Label } from '../../object/names.js';
import type { SchemaNode } from '../../object/schema-node.js';
import { checkValue } from './custom-values.js';
import { identityOf } from '../distinct.js';

/** All violations. `path` is '' for a whole object. */
export function checkCustom(value: Json, schema: SchemaNode, path = ''): FieldError[] {
  return [
    ...checkValue(value, schema, path),
    ...repeats(value, schema, path),
    ...embeddedErrors(value, schema, path),
  ];
}

const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`);

type Visit = (value: Json, node: SchemaNode, path: string) => FieldError[];

/** Calls `visit` for every value below that the schema describes. */
function below(value: Json, node: SchemaNode, path: string, visit: Visit): FieldError[] {
  const { additionalProperties, items, properties } = node;
  if (Array.isArray(value)) {
    if (items === undefined) return [];
    return value.flatMap((item, index) => visit(item, items, `${path}[${index}]`));
  }
  if (!isJsonObject(value)) return [];
  const errors: FieldError[] = [];
  for (const [key, member] of Object.entries(value)) {
    const isDeclared = properties !== undefined && Object.hasOwn(properties, key);
    const child = isDeclared ? properties[key] : additionalProperties;
    if (member !== undefined && typeof child === 'object')
      for (const error of visit(member, child, join(path, key))) errors.push(error);
  }
  return errors;
}

/** Items of set and map lists that occur twice. */
const repeats: Visit = (value, node, path) => [
  ...(Array.isArray(value) ? repeatedItems(value, node, path) : []),
  ...below(value, node, path, repeats),
];

function repeatedItems(list: readonly Json[], node: SchemaNode, path: string): FieldError[] {
  const type = node['x-kubernetes-list-type'];
  if (type !== 'set' && type !== 'map') return [];
  const keys = node['x-kubernetes-list-map-keys'] ?? [];
  const seen = new Set<string>();
  const errors: FieldError[] = [];
  for (const [index, item] of list.entries()) {
    const compared = type === 'map' && isJsonObject(item) ? pick(item, keys) : item;
    const identity = identityOf(compared);
    if (seen.has(identity)) errors.push(duplicate(`${path}[${index}]`, compared));
    seen.add(identity);
  }
  return errors;
}

function pick(object: JsonObject, keys: readonly string[]): JsonObject {
  const picked: JsonObject = {};
  for (const key of keys) if (object[key] !== undefined) picked[key] = object[key];
  return picked;
}

/** An embedded resource says what it is, and its metadata is as any object's. */
const embeddedErrors: Visit = (value, node, path) => [
  ...(node['x-kubernetes-embedded-resource'] === true && isJsonObject(value)
    ? embeddedResource(value, path)
    : []),
  ...below(value, node, path, embeddedErrors),
];

/** The metadata of every resource embedded below, as it came. */
export function embeddedMetadata(value: Json, node: SchemaNode): Json[] {
  const found: Json[] = [];
  const visit: Visit = (inner, at, path) => {
    const metadata = isJsonObject(inner) ? (inner['metadata'] ?? null) : null;
    if (at['x-kubernetes-embedded-resource'] === true && metadata !== null) found.push(metadata);
    return below(inner, at, path, visit);
  };
  visit(value, node, '');
  return found;
}

function embeddedResource(value: JsonObject, path: string): FieldError[] {
  const { apiVersion, kind, metadata } = value;
  const errors = [...typeErrors(apiVersion, join(path, 'apiVersion'))];
  errors.push(...typeErrors(kind, join(path, 'kind')));
  if (typeof apiVersion === 'string' && apiVersion.split('/').length > 2)
    errors.push(
      invalid(
        join(path, 'apiVersion'),
        apiVersion,
        `unexpected GroupVersion string: ${apiVersion}`,
      ),
    );
  if (typeof kind === 'string' && kind !== '') {
    const problems = isDns1035Label(kind.toLowerCase());
    if (problems.length > 0) {
      const what = `may have mixed case, but should otherwise match: ${problems.join(',')}`;
      errors.push(invalid(join(path, 'kind'), kind, what));
    }
  }
  if (isJsonObject(metadata)) errors.push(...metadataErrors(metadata, join(path, 'metadata')));
  return errors;
}

function typeErrors(value: Json | undefined, field: string): FieldError[] {
  if (value === undefined || value === '') return [required(field)];
  return typeof value === 'string' ? [] : [invalid(field, value, 'must be a string')];
}

function metadataErrors(metadata: JsonObject, field: string): FieldError[] {
  const { name, namespace } = metadata;
  // A name is not asked for here; any will do.
  const named = { ...metadata, name: name ?? 'fakename' } as ObjectMeta; // as: types are checked when the object is read
  return validateObjectMeta(named, {
    namespaced: typeof namespace === 'string' && namespace !== '',
    nameKind: 'path-segment',
    field,
    anyFinalizer: true,
  });
}
