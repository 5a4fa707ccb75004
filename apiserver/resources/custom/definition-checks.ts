// Checks of a CustomResourceDefinition's spec. Upstream first moves what all versions share to the top of the spec
// (validation, subresources, additionalPrinterColumns), and error paths tell: a lone version's schema is found at
// `spec.validation.openAPIV3Schema`. Rules and words are apiextensions' validation.
import { invalid, required, tooMany, type FieldError } from '../../object/field-error.js';
import { equalJson } from '../../object/json.js';
import type { Json, JsonObject, KubeObject } from '../../object/kube-object.js';
import { isDns1035Label, isDns1123Subdomain } from '../../object/names.js';
import type { SchemaNode } from '../../object/schema-node.js';
import { formatCheck } from '../../schema/custom/custom-formats.js';
import { checkFormat, unsupported } from '../strategies/checks.js';
import { child, children, descend, flag, optionalText, text, texts } from '../strategies/fields.js';
import { checkConversion } from './definition-conversion.js';
import { checkSchema } from './definition-schema.js';
import { checkColumn, checkSelectableFields, checkSubresources } from './definition-version.js';

export function checkSpec(object: KubeObject): FieldError[] {
  const spec = child(object, 'spec');
  if (spec === undefined) return [];
  const errors: FieldError[] = [];
  checkGroup(text(spec, 'group'), errors);
  checkScope(text(spec, 'scope'), errors);
  checkVersions(children(spec, 'versions'), errors);
  const names = child(spec, 'names');
  for (const key of ['plural', 'singular', 'kind', 'listKind'])
    if (text(names, key) === '') errors.push(required(`spec.names.${key}`));
  errors.push(...checkNames(names, 'spec.names'));
  checkConversion(child(spec, 'conversion'), 'spec.conversion', errors);
  return errors;
}

function checkGroup(group: string, errors: FieldError[]): void {
  const field = 'spec.group';
  const problems = isDns1123Subdomain(group);
  if (group === '') errors.push(required(field));
  else if (problems.length > 0) errors.push(invalid(field, group, problems.join(',')));
  else if (!group.includes('.'))
    errors.push(invalid(field, group, 'should be a domain with at least one dot'));
}

const scopes = ['Cluster', 'Namespaced'];

function checkScope(scope: string, errors: FieldError[]): void {
  if (scope === '') errors.push(required('spec.scope'));
  else if (!scopes.includes(scope)) errors.push(unsupported('spec.scope', scope, scopes));
}

/** Names as asked for or as accepted; empty ones are somebody else's complaint. */
export function checkNames(names: JsonObject | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const check = (value: string, field: string, lead = ''): void => {
    const problems = isDns1035Label(lead === '' ? value : value.toLowerCase());
    if (value !== '' && problems.length > 0)
      errors.push(invalid(field, value, lead + problems.join(',')));
  };
  const mixed = 'may have mixed case, but should otherwise match: ';
  check(text(names, 'plural'), `${path}.plural`);
  check(text(names, 'singular'), `${path}.singular`);
  check(text(names, 'kind'), `${path}.kind`, mixed);
  check(text(names, 'listKind'), `${path}.listKind`, mixed);
  for (const [index, name] of texts(names, 'shortNames').entries())
    checkFormat(isDns1035Label, name, `${path}.shortNames[${index}]`, errors);
  const kind = text(names, 'kind');
  if (kind !== '' && kind === text(names, 'listKind'))
    errors.push(invalid(`${path}.listKind`, kind, 'kind and listKind may not be the same'));
  for (const [index, name] of texts(names, 'categories').entries())
    checkFormat(isDns1035Label, name, `${path}.categories[${index}]`, errors);
  return errors;
}

function checkVersions(versions: readonly JsonObject[], errors: FieldError[]): void {
  const shared = (key: string): boolean => isShared(versions, key);
  const isSchemaShared = shared('schema');
  for (const [index, version] of versions.entries()) {
    const path = `spec.versions[${index}]`;
    if (descend(version, 'schema', 'openAPIV3Schema') === undefined)
      errors.push(required(`${path}.schema.openAPIV3Schema`, 'schemas are required'));
    const problems = isDns1035Label(text(version, 'name'));
    if (problems.length > 0)
      errors.push(invalid(`${path}.name`, text(version, 'name'), problems.join(',')));
    checkDeprecation(version, path, errors);
  }
  const isStatusOn = versions.map((version) => hasStatus(version));
  eachPart(versions, isSchemaShared, 'schema', 'validation', (part, path, index) => {
    const status = isSchemaShared ? isStatusOn.includes(true) : isStatusOn[index];
    checkSchema(child(part, 'openAPIV3Schema'), `${path}.openAPIV3Schema`, status === true, errors);
  });
  eachPart(versions, shared('subresources'), 'subresources', 'subresources', (part, path) => {
    checkSubresources(part, path, errors);
  });
  const columns = 'additionalPrinterColumns';
  const columnOwners = shared(columns) ? versions.slice(0, 1) : versions;
  for (const [index, version] of columnOwners.entries()) {
    const path = shared(columns) ? `spec.${columns}` : `spec.versions[${index}].${columns}`;
    for (const [at, column] of children(version, columns).entries())
      checkColumn(column, `${path}[${at}]`, errors);
  }
  const fields = 'selectableFields';
  const fieldOwners = shared(fields) ? versions.slice(0, 1) : versions;
  for (const [index, version] of fieldOwners.entries()) {
    const path = shared(fields) ? `spec.${fields}` : `spec.versions[${index}].${fields}`;
    checkSelectableFields(version, path, errors);
  }
  checkSet(versions, errors);
}

/** One version's part, or the one that all have alike. */
function eachPart(
  versions: readonly JsonObject[],
  isSharedPart: boolean,
  key: string,
  sharedKey: string,
  visit: (part: JsonObject, path: string, index: number) => void,
): void {
  for (const [index, version] of versions.entries()) {
    const part = child(version, key);
    if (part === undefined || (isSharedPart && index > 0)) continue;
    visit(part, isSharedPart ? `spec.${sharedKey}` : `spec.versions[${index}].${key}`, index);
  }
}

const isShared = (versions: readonly JsonObject[], key: string): boolean =>
  versions.every((version) => {
    const part = version[key];
    const first = versions[0]?.[key];
    return part !== undefined && first !== undefined && equalJson(part, first);
  });

const hasStatus = (version: JsonObject): boolean =>
  descend(version, 'subresources', 'status') !== undefined;

function checkDeprecation(version: JsonObject, path: string, errors: FieldError[]): void {
  const warning = optionalText(version, 'deprecationWarning');
  if (warning === undefined) return;
  const field = `${path}.deprecationWarning`;
  const say = (what: string): void => {
    errors.push(invalid(field, warning, what));
  };
  if (!flag(version, 'deprecated')) {
    say('can only be set for deprecated versions');
    return;
  }
  if (Buffer.byteLength(warning) > 256) say('must be <= 256 characters long');
  if (warning === '') say('must not be an empty string');
  const at = Array.from(warning).findIndex(
    (character) => !/^[ \p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(character),
  );
  if (at >= 0)
    say(
      `must only contain printable UTF-8 characters; non-printable character found at index ${at}`,
    );
}

function checkSet(versions: readonly JsonObject[], errors: FieldError[]): void {
  const names = versions.map((version) => text(version, 'name'));
  const field = 'spec.versions';
  // as: what is printed in the error, JSON like any part of the object
  const value = versions as readonly Json[] as Json[];
  if (new Set(names).size !== names.length)
    errors.push(invalid(field, value, 'must contain unique version names'));
  if (versions.filter((version) => flag(version, 'storage')).length !== 1)
    errors.push(invalid(field, value, 'must have exactly one version marked as storage version'));
  if (versions.length > versionsMax) errors.push(tooMany(field, versions.length, versionsMax));
}

/** Each served version costs a cache, a document and a row. */
const versionsMax = 100;

/** Formats nobody checks are legal; upstream warns of them. */
export function schemaWarnings(object: KubeObject): string[] {
  const found = new Set<string>();
  for (const version of children(child(object, 'spec'), 'versions')) {
    // as: JSON by the shape of JSONSchemaProps
    const schema = descend(version, 'schema', 'openAPIV3Schema') as SchemaNode | undefined;
    if (schema !== undefined) collectFormats(schema, found);
  }
  return [...found].map((format) => `unrecognized format ${JSON.stringify(format)}`);
}

const numberFormats = new Set(['int32', 'int64', 'float', 'double']);

function collectFormats(node: SchemaNode, found: Set<string>): void {
  const { additionalProperties, format, items, properties } = node;
  if (
    typeof format === 'string' &&
    format !== '' &&
    formatCheck(format) === undefined &&
    !numberFormats.has(format)
  )
    found.add(format);
  for (const inner of Object.values(properties ?? {})) collectFormats(inner, found);
  if (items !== undefined && !Array.isArray(items)) collectFormats(items, found);
  if (typeof additionalProperties === 'object') collectFormats(additionalProperties, found);
}
