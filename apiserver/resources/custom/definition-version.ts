// Checks of what a version offers beside its schema: subresources, printer columns, selectable fields.
import {
  duplicate,
  invalid,
  required,
  tooMany,
  type FieldError,
} from '../../object/field-error.js';
import type { JsonObject } from '../../object/kube-object.js';
import type { SchemaNode } from '../../object/schema-node.js';
import { child, children, descend, text } from '../strategies/fields.js';

export function checkSubresources(
  subresources: JsonObject,
  path: string,
  errors: FieldError[],
): void {
  const scale = child(subresources, 'scale');
  if (scale === undefined) return;
  checkScalePath(
    text(scale, 'specReplicasPath'),
    `${path}.scale.specReplicasPath`,
    '.spec',
    errors,
  );
  const statusPath = text(scale, 'statusReplicasPath');
  checkScalePath(statusPath, `${path}.scale.statusReplicasPath`, '.status', errors);
  const selector = text(scale, 'labelSelectorPath');
  const field = `${path}.scale.labelSelectorPath`;
  if (selector === '' || !isSimplePath(selector, field, errors)) return;
  if (!selector.startsWith('.spec.') && !selector.startsWith('.status.'))
    errors.push(invalid(field, selector, 'should be a json path under either .spec or .status'));
}

function checkScalePath(value: string, field: string, root: string, errors: FieldError[]): void {
  if (value === '') errors.push(required(field));
  else if (isSimplePath(value, field, errors) && !value.startsWith(`${root}.`))
    errors.push(invalid(field, value, `should be a json path under ${root}`));
}

function isSimplePath(value: string, field: string, errors: FieldError[]): boolean {
  if (value.startsWith('.')) return true;
  errors.push(invalid(field, value, 'must be a simple json path starting with .'));
  return false;
}

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string'];
const columnFormats = [
  'byte',
  'date',
  'date-time',
  'double',
  'float',
  'int32',
  'int64',
  'password',
];

export function checkColumn(column: JsonObject, path: string, errors: FieldError[]): void {
  if (text(column, 'name') === '') errors.push(required(`${path}.name`));
  const type = text(column, 'type');
  const types = `must be one of ${columnTypes.join(',')}`;
  if (type === '') errors.push(required(`${path}.type`, types));
  else if (!columnTypes.includes(type)) errors.push(invalid(`${path}.type`, type, types));
  const format = text(column, 'format');
  if (format !== '' && !columnFormats.includes(format))
    errors.push(invalid(`${path}.format`, format, `must be one of ${columnFormats.join(',')}`));
  const jsonPath = text(column, 'jsonPath');
  if (jsonPath === '') errors.push(required(`${path}.JSONPath`));
  else isSimplePath(jsonPath, `${path}.JSONPath`, errors);
}

const selectableFieldsMax = 8;

export function checkSelectableFields(
  version: JsonObject,
  path: string,
  errors: FieldError[],
): void {
  const fields = children(version, 'selectableFields').map((field) => text(field, 'jsonPath'));
  if (fields.length === 0) return;
  // as: JSON by the shape of JSONSchemaProps
  const schema = descend(version, 'schema', 'openAPIV3Schema') as SchemaNode | undefined;
  if (schema === undefined) return;
  for (const [index, jsonPath] of fields.entries()) {
    const field = `${path}[${index}].jsonPath`;
    if (jsonPath === '') {
      errors.push(required(field));
      continue;
    }
    const found = resolvePath(schema, jsonPath);
    if (typeof found === 'string') {
      errors.push(invalid(field, jsonPath, `is an invalid path: ${found}`));
      continue;
    }
    if (/^\.metadata(\.|$)/.test(jsonPath))
      errors.push(invalid(field, jsonPath, 'must not point to fields in metadata'));
    if (!selectableTypes.includes(found.type ?? ''))
      errors.push(
        invalid(
          field,
          jsonPath,
          'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.',
        ),
      );
    if (fields.indexOf(jsonPath) !== index) errors.push(duplicate(field, jsonPath));
  }
  const count = new Set(fields).size;
  if (count > selectableFieldsMax) errors.push(tooMany(path, count, selectableFieldsMax));
}

const selectableTypes = ['string', 'boolean', 'integer'];

/** The schema at a simple path, or what is wrong with the path. */
function resolvePath(schema: SchemaNode, jsonPath: string): SchemaNode | string {
  if (!jsonPath.startsWith('.')) return `expected [ or . but got: ${jsonPath.slice(0, 1)}`;
  if (jsonPath.includes('[')) return 'cannot use array notation';
  let node = schema;
  for (const name of jsonPath.slice(1).split('.')) {
    const next = Object.hasOwn(node.properties ?? {}, name) ? node.properties?.[name] : undefined;
    if (next === undefined) return `does not refer to a valid field`;
    node = next;
  }
  return node;
}
