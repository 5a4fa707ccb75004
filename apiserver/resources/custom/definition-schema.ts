// Checks of one schema of a definition: structural, keywords that may stand, defaults that fit, and CEL rules that
// can be read. Later checks rely on what earlier ones found in order.
import { forbiddenField, invalid, type FieldError } from '../../object/field-error.js';
import type { Json, JsonObject } from '../../object/kube-object.js';
import type { SchemaNode } from '../../object/schema-node.js';
import { defaultErrors } from '../../schema/custom/structural-defaults.js';
import { keywordErrors } from '../../schema/custom/structural-keywords.js';
import { structuralErrors } from '../../schema/custom/structural.js';

/** What may stand at the root when status is a subresource, in the names upstream's message has. */
const rootKeywords: Readonly<Record<string, string>> = {
  description: 'Description',
  type: 'Type',
  format: 'Format',
  title: 'Title',
  maximum: 'Maximum',
  exclusiveMaximum: 'ExclusiveMaximum',
  minimum: 'Minimum',
  exclusiveMinimum: 'ExclusiveMinimum',
  maxLength: 'MaxLength',
  minLength: 'MinLength',
  pattern: 'Pattern',
  maxItems: 'MaxItems',
  minItems: 'MinItems',
  uniqueItems: 'UniqueItems',
  multipleOf: 'MultipleOf',
  required: 'Required',
  items: 'Items',
  properties: 'Properties',
  externalDocs: 'ExternalDocs',
  example: 'Example',
  'x-kubernetes-preserve-unknown-fields': 'XPreserveUnknownFields',
  'x-kubernetes-validations': 'XValidations',
};

export function checkSchema(
  value: JsonObject | undefined,
  path: string,
  isStatusApart: boolean,
  errors: FieldError[],
): void {
  if (value === undefined) return;
  const schema = value as Json as SchemaNode; // as: JSON by the shape of JSONSchemaProps
  if (isStatusApart) checkRoot(schema, path, errors);
  if (schema['nullable'] === true)
    errors.push(forbiddenField(`${path}.nullable`, 'nullable cannot be true at the root'));
  const structural = Array.isArray(schema.items) ? [] : structuralErrors(schema, path);
  const keywords = keywordErrors(schema, path);
  errors.push(...structural);
  if (structural.length === 0 && keywords.length === 0) errors.push(...defaultErrors(schema, path));
  errors.push(...keywords);
}

function checkRoot(schema: SchemaNode, path: string, errors: FieldError[]): void {
  if (schema.type !== undefined && schema.type !== 'object')
    errors.push(
      invalid(
        `${path}.type`,
        schema.type,
        'only "object" is allowed as the type at the root of the schema if the status subresource is enabled',
      ),
    );
  const isAllowed = (keyword: string): boolean =>
    Object.hasOwn(rootKeywords, keyword) || schema[keyword] === undefined;
  if (Object.keys(schema).every(isAllowed)) return;
  const allowed = Object.values(rootKeywords).join(' ');
  errors.push(
    invalid(
      path,
      schema as Json, // as: it came as JSON
      `only [${allowed}] fields are allowed at the root of the schema if the status subresource is enabled`,
    ),
  );
}
