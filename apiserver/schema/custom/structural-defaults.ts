// Defaults of a definition's schema: each must be a value its own schema takes, without members the schema lacks.
// Not asked of defaults below additionalProperties, where none may stand in metadata and others apply as they are.
import { invalid, type FieldError } from '../../object/field-error.js';
import { isJsonObject, type Json } from '../../object/kube-object.js';
import type { SchemaNode } from '../../object/schema-node.js';
import { propertyPath } from './structural.js';
import { checkCustom } from './validator-custom.js';

export function defaultErrors(node: SchemaNode, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const value = node.default as Json | undefined; // as: a schema is JSON
  if (value !== undefined && value !== null) {
    const field = `${path}.default`;
    if (hasUnknown(value, node, false))
      errors.push(invalid(field, value, 'must not have unknown fields'));
    errors.push(...checkCustom(value, node).map((error) => below(error, field)));
  }
  if (node.items !== undefined) errors.push(...defaultErrors(node.items, `${path}.items`));
  for (const [name, child] of Object.entries(node.properties ?? {}))
    errors.push(...defaultErrors(child, propertyPath(path, name)));
  return errors;
}

/** The value's own errors are said of the place where the default stands. */
function below({ reason, field, message }: FieldError, at: string): FieldError {
  const inner = field === '<nil>' || field === '' ? '' : `.${field}`;
  return { reason, field: at + inner, message };
}

function hasUnknown(value: Json, node: SchemaNode, isResource: boolean): boolean {
  if (Array.isArray(value)) {
    const { items } = node;
    return items !== undefined && value.some((item) => hasUnknown(item, items, false));
  }
  if (!isJsonObject(value)) return false;
  const { additionalProperties, properties = {} } = node;
  const keeps = node['x-kubernetes-preserve-unknown-fields'] === true;
  const embeds = isResource || node['x-kubernetes-embedded-resource'] === true;
  return Object.entries(value).some(([key, member]) => {
    if (embeds && header.has(key)) return false;
    const child = Object.hasOwn(properties, key) ? properties[key] : additionalProperties;
    if (member === undefined || child === true) return false;
    if (typeof child !== 'object') return !keeps;
    return hasUnknown(member, child, false);
  });
}

const header: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);
