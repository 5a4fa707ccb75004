// What makes a definition's schema structural: every field has one type outside of allOf, anyOf, oneOf and not, and
// those only narrow values. Rules and words are apiextensions' structural schema validation.
import { forbiddenField, invalid, required, type FieldError } from '../../object/field-error.js';
import { equalJson } from '../../object/json.js';
import type { Json } from '../../object/kube-object.js';
import type { SchemaNode } from '../../object/schema-node.js';
import { goPattern, PatternError } from './go-pattern.js';

/** `path` is the schema's own, as `spec.versions[0].schema.openAPIV3Schema`. Sorted, as upstream. */
export function structuralErrors(schema: SchemaNode, path: string): FieldError[] {
  const errors: FieldError[] = [];
  invariants(schema, 'root', path, errors);
  completeness(schema, schema, { at: path, seenAt: path }, errors);
  const text = ({ field, message }: FieldError): string => `${field}: ${message}`;
  return errors.sort((a, b) => (text(a) < text(b) ? -1 : 1));
}

type Level = 'root' | 'item' | 'field';

const missingType: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
};

const isOn = (node: SchemaNode, keyword: string): boolean => node[keyword] === true;
const preserves = (node: SchemaNode): boolean => isOn(node, 'x-kubernetes-preserve-unknown-fields');
const embeds = (node: SchemaNode): boolean => isOn(node, 'x-kubernetes-embedded-resource');
const isIntOrString = (node: SchemaNode): boolean => isOn(node, 'x-kubernetes-int-or-string');

export const propertyPath = (path: string, name: string): string => `${path}.properties[${name}]`;

function invariants(node: SchemaNode, level: Level, path: string, errors: FieldError[]): void {
  const { additionalProperties, items, properties = {}, type = '' } = node;
  if (type === 'array' && items === undefined)
    errors.push(required(`${path}.items`, 'must be specified'));
  if (items !== undefined) invariants(items, 'item', `${path}.items`, errors);
  for (const [name, child] of Object.entries(properties))
    invariants(child, 'field', propertyPath(path, name), errors);
  if (additionalProperties !== undefined && level === 'root')
    errors.push(forbiddenField(`${path}.additionalProperties`, 'must not be used at the root'));
  if (typeof additionalProperties === 'object')
    invariants(additionalProperties, 'field', `${path}.additionalProperties`, errors);
  checkExtensions(node, path, errors);
  nestedBranches(node, path, errors, isIntOrStringChoice(node));
  checkOwnType(node, level, path, errors);
  if (level === 'root' || embeds(node)) checkHeader(node, level, path, errors);
}

function checkExtensions(node: SchemaNode, path: string, errors: FieldError[]): void {
  if (!isIntOrString(node)) return;
  const why = 'must be false if x-kubernetes-int-or-string is true';
  for (const keyword of ['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource'])
    if (isOn(node, keyword)) errors.push(invalid(`${path}.${keyword}`, true, why));
}

function checkOwnType(node: SchemaNode, level: Level, path: string, errors: FieldError[]): void {
  const { additionalProperties, properties = {}, type = '' } = node;
  if (embeds(node) && type !== 'object') {
    const why = 'must be object if x-kubernetes-embedded-resource is true';
    errors.push(type === '' ? required(`${path}.type`, why) : invalid(`${path}.type`, type, why));
  } else if (type === '' && !isIntOrString(node) && !preserves(node)) {
    errors.push(required(`${path}.type`, missingType[level]));
  }
  if (embeds(node) && additionalProperties !== undefined) {
    const why = 'must not be used if x-kubernetes-embedded-resource is set';
    errors.push(forbiddenField(`${path}.additionalProperties`, why));
  }
  if (level === 'root' && type !== '' && type !== 'object')
    errors.push(invalid(`${path}.type`, type, 'must be object at the root'));
  if (embeds(node) && !preserves(node) && Object.keys(properties).length === 0) {
    const why =
      'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields';
    errors.push(required(`${path}.properties`, why));
  }
}

/** apiVersion, kind and metadata are the server's: a schema may only repeat their types and narrow names. */
function checkHeader(node: SchemaNode, level: Level, path: string, errors: FieldError[]): void {
  const properties = node.properties ?? {};
  for (const [name, type] of [
    ['kind', 'string'],
    ['apiVersion', 'string'],
    ['metadata', 'object'],
  ] as const) {
    const child = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (child !== undefined && child.type !== type)
      errors.push(invalid(`${propertyPath(path, name)}.type`, child.type ?? '', `must be ${type}`));
  }
  const { metadata } = properties;
  if (level !== 'root' || metadata === undefined) return;
  const names = Object.keys(metadata.properties ?? {});
  const narrowsNames = names.every((name) => name === 'name' || name === 'generateName');
  const others = Object.keys(metadata).filter(
    (keyword) => !metadataMayHave.has(keyword) && metadata[keyword] !== undefined,
  );
  if (narrowsNames && others.length === 0) return;
  errors.push(
    forbiddenField(
      propertyPath(path, 'metadata'),
      'must not specify anything other than name and generateName, but metadata is implicitly specified',
    ),
  );
}

const metadataMayHave: ReadonlySet<string> = new Set(['type', 'properties', 'default']);

const intOrString: Json = [{ type: 'integer' }, { type: 'string' }];

/** `anyOf: [{type: integer}, {type: string}]`, alone or first in an allOf: the one use of types in branches. */
const isChoice = (value: unknown): boolean => equalJson((value ?? null) as Json, intOrString); // as: schemas are JSON
const isIntOrStringChoice = (node: SchemaNode): boolean =>
  isChoice(node['anyOf']) || isChoice(branchesOf(node, 'allOf')[0]?.['anyOf']);

const branchKeywords = ['anyOf', 'allOf', 'oneOf'] as const;

export const branchesOf = (
  node: SchemaNode,
  keyword: (typeof branchKeywords)[number],
): readonly SchemaNode[] => (node[keyword] as readonly SchemaNode[] | undefined) ?? []; // as: schemas by JSONSchemaProps

/** Every schema below a logical keyword, with its path. */
function* logicalBranches(node: SchemaNode, path: string): Generator<[SchemaNode, string]> {
  for (const keyword of branchKeywords)
    for (const [index, branch] of branchesOf(node, keyword).entries())
      yield [branch, `${path}.${keyword}[${index}]`];
  const not = node['not'] as SchemaNode | undefined; // as: the same
  if (not !== undefined) yield [not, `${path}.not`];
}

function nestedBranches(
  node: SchemaNode,
  path: string,
  errors: FieldError[],
  isUnion: boolean,
): void {
  for (const [branch, at] of logicalBranches(node, path)) {
    const isTypeChoice = isUnion && at.startsWith(`${path}.anyOf[`) && isChoice(node['anyOf']);
    const holdsChoice = isUnion && at === `${path}.allOf[0]` && isChoice(branch['anyOf']);
    if (!isTypeChoice) nested(holdsChoice ? { ...branch, anyOf: [] } : branch, at, errors);
  }
  const { pattern } = node;
  if (typeof pattern === 'string') checkPattern(pattern, path, errors);
}

function checkPattern(pattern: string, path: string, errors: FieldError[]): void {
  try {
    goPattern(pattern);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    const why = `must be a valid regular expression, but isn't: ${error.message}`;
    errors.push(invalid(`${path}.pattern`, pattern, why));
  }
}

const notInBranches: readonly (readonly [keyword: string, detail: string])[] = [
  ['type', 'must be empty to be structural'],
  ['default', 'must be undefined to be structural'],
  ['title', 'must be empty to be structural'],
  ['description', 'must be empty to be structural'],
  ['nullable', 'must be false to be structural'],
  ['x-kubernetes-preserve-unknown-fields', 'must be false to be structural'],
  ['x-kubernetes-embedded-resource', 'must be false to be structural'],
  ['x-kubernetes-int-or-string', 'must be false to be structural'],
  ['x-kubernetes-list-map-keys', 'must be empty to be structural'],
  ['x-kubernetes-list-type', 'must be undefined to be structural'],
  ['x-kubernetes-map-type', 'must be undefined to be structural'],
];

/** A schema below a logical keyword: values only. */
function nested(node: SchemaNode, path: string, errors: FieldError[]): void {
  nestedBranches(node, path, errors, false);
  if (node.items !== undefined) nested(node.items, `${path}.items`, errors);
  if (typeof node.additionalProperties === 'object')
    nested(node.additionalProperties, `${path}.additionalProperties`, errors);
  for (const [name, child] of Object.entries(node.properties ?? {}))
    nested(child, propertyPath(path, name), errors);
  for (const [keyword, detail] of notInBranches) {
    const value = node[keyword];
    if (value !== undefined && value !== '' && value !== false)
      errors.push(forbiddenField(`${path}.${keyword}`, detail));
  }
  if (node.properties?.['metadata'] !== undefined)
    errors.push(
      forbiddenField(propertyPath(path, 'metadata'), 'must not be specified in a nested context'),
    );
}

interface Place {
  /** Where the skeleton should have it. */
  readonly at: string;
  /** Where a branch speaks of it. */
  readonly seenAt: string;
}

/** Whatever a branch at the root speaks of must be declared outside of it, too. */
function completeness(
  node: SchemaNode,
  skeleton: SchemaNode,
  { at, seenAt }: Place,
  errors: FieldError[],
): void {
  for (const [branch, path] of logicalBranches(node, seenAt))
    branchCompleteness(branch, skeleton, { at, seenAt: path }, errors);
}

function branchCompleteness(
  branch: SchemaNode,
  skeleton: SchemaNode | undefined,
  { at, seenAt }: Place,
  errors: FieldError[],
): void {
  if (skeleton === undefined) {
    errors.push(required(at, `because it is defined in ${seenAt}`));
    return;
  }
  completeness(branch, skeleton, { at, seenAt }, errors);
  if (branch.items !== undefined) {
    const place = { at: `${at}.items`, seenAt: `${seenAt}.items` };
    branchCompleteness(branch.items, skeleton.items, place, errors);
  }
  const others =
    typeof skeleton.additionalProperties === 'object' ? skeleton.additionalProperties : undefined;
  for (const [name, child] of Object.entries(branch.properties ?? {})) {
    const place = { at: propertyPath(at, name), seenAt: propertyPath(seenAt, name) };
    branchCompleteness(child, skeleton.properties?.[name] ?? others, place, errors);
  }
}
