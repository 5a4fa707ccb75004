// Keywords of a definition's schema: which are refused, which fit which type, what lists with keys and sets ask for,
// where defaults may stand. Rules and words are apiextensions' ValidateCustomResourceDefinitionOpenAPISchema.
import {
  forbiddenField,
  invalid,
  notSupported,
  required,
  type FieldError,
} from '../../object/field-error.js';
import type { SchemaNode } from '../../object/schema-node.js';
import { branchesOf, propertyPath } from './structural.js';
import { checkRules } from './structural-rules.js';

interface Place {
  /** Undefined: defaults are fine. */
  readonly noDefaults?: string;
  readonly isRoot?: boolean;
  readonly isInMetadata?: boolean;
}

export function keywordErrors(schema: SchemaNode, path: string): FieldError[] {
  const errors: FieldError[] = [];
  walk(schema, path, { isRoot: true }, errors);
  return errors;
}

const metadataMembers: ReadonlySet<string> = new Set(['metadata', 'kind', 'apiVersion']);

function walk(node: SchemaNode, path: string, place: Place, errors: FieldError[]): void {
  const { isRoot, ...inherited } = place;
  checkNode(node, path, place, errors);
  const { additionalProperties, properties = {}, items } = node;
  if (additionalProperties !== undefined) {
    if (Object.keys(properties).length > 0 && additionalProperties !== true)
      errors.push(
        forbiddenField(
          `${path}.additionalProperties`,
          'additionalProperties and properties are mutual exclusive',
        ),
      );
    if (typeof additionalProperties === 'object') {
      const reason = 'inside additionalProperties applying to object metadata';
      const below = place.isInMetadata === true ? { ...inherited, noDefaults: reason } : inherited;
      walk(additionalProperties, `${path}.additionalProperties`, below, errors);
    }
  }
  const holdsResource = isRoot === true || node['x-kubernetes-embedded-resource'] === true;
  for (const [name, child] of Object.entries(properties)) {
    const isMeta = holdsResource && metadataMembers.has(name);
    const below = {
      ...inherited,
      ...(isMeta ? { isInMetadata: true } : {}),
      ...(isMeta && isRoot === true ? { noDefaults: `in top-level ${name}` } : {}),
    };
    walk(child, propertyPath(path, name), below, errors);
  }
  const not = node['not'] as SchemaNode | undefined; // as: a schema by JSONSchemaProps
  if (not !== undefined) walk(not, `${path}.not`, inherited, errors);
  for (const keyword of ['allOf', 'oneOf', 'anyOf'] as const)
    for (const [index, branch] of branchesOf(node, keyword).entries())
      walk(branch, `${path}.${keyword}[${index}]`, inherited, errors);
  if (items !== undefined && !Array.isArray(items)) walk(items, `${path}.items`, inherited, errors);
  checkLists(node, path, errors);
  checkRules(node, path, errors);
}

const types = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
const unsupported = [
  'id',
  'additionalItems',
  'patternProperties',
  'definitions',
  'dependencies',
  '$ref',
] as const;

function checkNode(node: SchemaNode, path: string, place: Place, errors: FieldError[]): void {
  const type: string | undefined = node.type;
  if (type !== undefined && type !== '' && !types.includes(type)) {
    errors.push(notSupported(`${path}.type`, type, types));
    if (type === 'null')
      errors.push(
        forbiddenField(
          `${path}.type`,
          'type cannot be set to null, use nullable as an alternative',
        ),
      );
  }
  if (node.default !== undefined && place.noDefaults !== undefined)
    errors.push(forbiddenField(`${path}.default`, `must not be set ${place.noDefaults}`));
  for (const keyword of unsupported)
    if (isPresent(node[keyword]))
      errors.push(forbiddenField(`${path}.${keyword}`, `${keyword} is not supported`));
  if (Array.isArray(node.items))
    errors.push(forbiddenField(`${path}.items`, 'items must be a schema object and not an array'));
  if (place.isInMetadata === true && node['x-kubernetes-embedded-resource'] === true)
    errors.push(
      forbiddenField(
        `${path}.x-kubernetes-embedded-resource`,
        'must not be used inside of resource meta',
      ),
    );
  if (node['uniqueItems'] === true)
    errors.push(
      forbiddenField(
        `${path}.uniqueItems`,
        'uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
      ),
    );
  if (node['x-kubernetes-preserve-unknown-fields'] === false)
    errors.push(
      invalid(`${path}.x-kubernetes-preserve-unknown-fields`, false, 'must be true or undefined'),
    );
}

function isPresent(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}

function checkLists(node: SchemaNode, path: string, errors: FieldError[]): void {
  const mapType: string | undefined = node['x-kubernetes-map-type'];
  const listType: string | undefined = node['x-kubernetes-list-type'];
  const keys = node['x-kubernetes-list-map-keys'] ?? [];
  if (mapType !== undefined) {
    checkType(node, 'object', 'must be object if x-kubernetes-map-type is specified', path, errors);
    const known = ['atomic', 'granular'];
    if (!known.includes(mapType))
      errors.push(notSupported(`${path}.x-kubernetes-map-type`, mapType, known));
  }
  if (listType !== undefined) {
    checkType(node, 'array', 'must be array if x-kubernetes-list-type is specified', path, errors);
    const known = ['atomic', 'set', 'map'];
    if (!known.includes(listType))
      errors.push({
        ...notSupported(`${path}.x-kubernetes-list-type`, listType, known),
        message: `Unsupported value: ${JSON.stringify(listType)}: supported values: "atomic", "set", "map"`,
      });
  }
  if (keys.length > 0 && listType !== 'map') {
    const field = `${path}.x-kubernetes-list-type`;
    const why = 'must be map if x-kubernetes-list-map-keys is non-empty';
    errors.push(listType === undefined ? required(field, why) : invalid(field, listType, why));
  }
  if (listType === 'set') checkSetItems(node, path, errors);
  if (listType === 'map') checkMapItems(node, keys, path, errors);
}

function checkType(
  node: SchemaNode,
  wanted: string,
  why: string,
  path: string,
  errors: FieldError[],
): void {
  const { type = '' } = node;
  if (type === wanted) return;
  errors.push(type === '' ? required(`${path}.type`, why) : invalid(`${path}.type`, type, why));
}

/** Items of a set are compared as a whole, so nobody may own a part of one. */
function checkSetItems({ items }: SchemaNode, path: string, errors: FieldError[]): void {
  if (items === undefined) return;
  const why = 'must be atomic as item of a list with x-kubernetes-list-type=set';
  const listType = items['x-kubernetes-list-type'];
  if (items.type === 'array' && listType !== undefined && listType !== 'atomic')
    errors.push(invalid(`${path}.items.x-kubernetes-list-type`, listType, why));
  if (items.type === 'object' && items['x-kubernetes-map-type'] !== 'atomic')
    errors.push(invalid(`${path}.items.x-kubernetes-map-type`, null, why));
  if (items['nullable'] === true)
    errors.push(
      forbiddenField(
        `${path}.items.nullable`,
        'cannot be nullable when x-kubernetes-list-type is set',
      ),
    );
}

function checkMapItems(
  { items }: SchemaNode,
  keys: readonly string[],
  path: string,
  errors: FieldError[],
): void {
  const keysField = `${path}.x-kubernetes-list-map-keys`;
  if (keys.length === 0)
    errors.push(required(keysField, 'must not be empty if x-kubernetes-list-type is map'));
  if (items === undefined) {
    errors.push(required(`${path}.items`, 'must have a schema if x-kubernetes-list-type is map'));
    return;
  }
  if (items.type !== 'object') {
    const why = "must be object if parent array's x-kubernetes-list-type is map";
    errors.push(invalid(`${path}.items.type`, items.type ?? '', why));
    return;
  }
  const names = [...keys];
  for (const [index, key] of keys.entries()) {
    const child = Object.hasOwn(items.properties ?? {}, key) ? items.properties?.[key] : undefined;
    if (child === undefined)
      errors.push(invalid(keysField, names, 'entries must all be names of item properties'));
    else
      checkKey(
        child,
        items.required?.includes(key) === true,
        propertyPath(`${path}.items`, key),
        errors,
      );
    if (keys.indexOf(key) !== index)
      errors.push(invalid(keysField, names, 'must not contain duplicate entries'));
  }
  if (items['nullable'] === true)
    errors.push(
      forbiddenField(
        `${path}.items.nullable`,
        'cannot be nullable when x-kubernetes-list-type is map',
      ),
    );
}

function checkKey(key: SchemaNode, isRequired: boolean, path: string, errors: FieldError[]): void {
  if (key.type === 'array' || key.type === 'object') {
    const why = "must be a scalar type if parent array's x-kubernetes-list-type is map";
    errors.push(invalid(`${path}.type`, key.type, why));
  }
  const what = 'this property is in x-kubernetes-list-map-keys, so it';
  if (!isRequired && key.default === undefined)
    errors.push(
      required(`${path}.default`, `${what} must have a default or be a required property`),
    );
  if (key['nullable'] === true)
    errors.push(forbiddenField(`${path}.nullable`, `${what} cannot be nullable`));
}
