// readObject: from decoded JSON to a KubeObject of the expected kind, in the order of the real server: group,
// version and kind, types, unknown and repeated members (dropped, warned of or refused), defaults.
import { badRequest } from '../object/api-error.js';
import {
  apiVersionOf,
  isJsonObject,
  parseApiVersion,
  type GroupVersionKind,
  type JsonObject,
  type KubeObject,
} from '../object/kube-object.js';
import { stringifyJson } from '../object/json.js';
import { applySchemaDefaults } from './defaults.js';
import type { SchemaName, TypeRegistry } from './openapi.js';
import { pruneUnknown } from './prune.js';
import type { Validator } from './validator.js';

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

export interface ReadOptions {
  readonly gvk: GroupVersionKind;
  readonly schemaName: SchemaName;
  readonly fieldValidation: FieldValidation;
  /** Becomes a Warning header. */
  readonly warn: (text: string) => void;
  readonly types: TypeRegistry;
  readonly validator: Validator;
}

/**
 * Changes `value` and returns it as an object of `options.gvk`. `duplicates` are decodeBody's. Throws ApiError (400).
 * Constraints (required, enums, ...) are checked later, by Validator.validate, after admission.
 */
export function readObject(
  value: JsonObject,
  duplicates: readonly string[],
  options: ReadOptions,
): KubeObject {
  const { schemaName, types, validator, gvk } = options;
  const node = types.get(schemaName);
  // DeleteOptions and its like belong to every group version.
  const isShared = (node['x-kubernetes-group-version-kind'] ?? []).length > 1;
  if (!isShared) setKind(value, gvk, types.isBuiltIn(schemaName));
  const misfit = validator.decodeError(value, schemaName, gvk.kind);
  if (misfit !== undefined) throw misfit;
  // A typed decoder meets repeated and unknown members in one go; YAML's, and those of a custom resource, are found
  // before any member is looked up in a type.
  const isTyped = types.isBuiltIn(schemaName) && !duplicates.some(isOfYaml);
  if (isTyped) {
    const repeated = duplicates.length === 0 ? undefined : new Set(duplicates);
    reportProblems(pruneUnknown(value, schemaName, types, repeated), [], options);
  } else {
    reportProblems(pruneUnknown(value, schemaName, types), duplicates, options);
  }
  applySchemaDefaults(value, schemaName, types);
  const hasMetadata = node.properties?.['metadata'] !== undefined || !types.isBuiltIn(schemaName);
  if (hasMetadata && !isJsonObject(value['metadata'])) value['metadata'] = {};
  // setKind and decodeError have made sure of apiVersion, kind and metadata.
  return value as KubeObject;
}

/** Fills in what a typed client may leave out; refuses another kind. */
function setKind(value: JsonObject, gvk: GroupVersionKind, mayBeAbsent: boolean): void {
  const expected = apiVersionOf(gvk.group, gvk.version);
  const { apiVersion, kind } = value;
  for (const [member, found] of [
    ['apiVersion', apiVersion],
    ['kind', kind],
  ] as const) {
    if (found !== undefined && found !== null && typeof found !== 'string') {
      throw badRequest(
        `the object provided is unrecognized (must be of type ${gvk.kind}): couldn't get version/kind; json parse error: json: cannot unmarshal ${goWord(found)} into Go struct field .${member} of type string`,
      );
    }
  }
  const givenVersion = typeof apiVersion === 'string' ? apiVersion : '';
  const givenKind = typeof kind === 'string' ? kind : '';
  if (!mayBeAbsent) requirePresent(value, givenVersion, givenKind);
  const shownVersion = parseApiVersion(givenVersion === '' ? expected : givenVersion).version;
  if (givenKind !== '' && givenKind !== gvk.kind) {
    throw badRequest(
      `${givenKind} in version ${JSON.stringify(shownVersion)} cannot be handled as a ${gvk.kind}: converting (${shownVersion}.${givenKind}) to (${internalPackage(gvk.group)}.${gvk.kind}): unknown conversion`,
    );
  }
  if (givenVersion !== '' && givenVersion !== expected) {
    throw badRequest(
      `the API version in the data (${givenVersion}) does not match the expected API version (${expected})`,
    );
  }
  value['apiVersion'] = expected;
  value['kind'] = gvk.kind;
}

/** The Go package of a group's internal types. */
const internalPackage = (group: string): string =>
  group === '' ? 'core' : group.replace(/\..*/, '');

function requirePresent(value: JsonObject, apiVersion: string, kind: string): void {
  const missing = kind === '' ? 'Kind' : apiVersion === '' ? 'apiVersion' : undefined;
  if (missing === undefined) return;
  const shown = stringifyJson(value).slice(0, 200);
  throw badRequest(`Object '${missing}' is missing in '${shown}'`);
}

function goWord(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'object' ? 'object' : 'number';
}

const isOfYaml = (text: string): boolean => text.startsWith('line ');

/** `first` were found before `problems`. */
function reportProblems(
  problems: readonly string[],
  first: readonly string[],
  { fieldValidation, gvk, warn }: ReadOptions,
): void {
  if (fieldValidation === 'Ignore' || (problems.length === 0 && first.length === 0)) return;
  if (fieldValidation === 'Warn') {
    for (const problem of [...first, ...problems]) warn(problem);
    return;
  }
  const shown = first.some(isOfYaml)
    ? [`yaml: unmarshal errors:\n  ${first.join('\n  ')}`, ...problems]
    : [...first, ...problems];
  throw badRequest(
    `${gvk.kind} in version ${JSON.stringify(gvk.version)} cannot be handled as a ${gvk.kind}: strict decoding error: ${shown.join(', ')}`,
  );
}
