// PATCH: four ways to say what changes, one way to do it: patch the current object, then go the way of an update.
// A lost race patches the newer object; only a patch that names a resourceVersion can conflict.
import { ApiError, badRequest, notFound, unsupportedMediaType } from '../../object/api-error.js';
import { cloneJson, JsonSyntaxError, parseJson } from '../../object/json.js';
import {
  apiVersionOf,
  isJsonObject,
  type Json,
  type JsonObject,
  type KubeObject,
} from '../../object/kube-object.js';
import { applyConfiguration } from '../../patch/fields/apply.js';
import { applyJsonPatch } from '../../patch/json-patch.js';
import { applyMergePatch } from '../../patch/merge-patch.js';
import { applyStrategicMergePatch } from '../../patch/strategic-merge.js';
import { decodeBody } from '../../schema/decode.js';
import type { StoredObject } from '../../storage/object-store.js';
import { createObject } from './create.js';
import { ownableFields } from '../managed-fields.js';
import { writeParameters } from '../query-options.js';
import { checkName, ownKind, settleNamespace, typed } from '../read-body.js';
import type { RestCall, RestReply } from '../rest-call.js';
import { placeOf, writeCall, type RestDeps, type WriteCall } from '../rest-deps.js';
import { mainRules, updateObject, type UpdateRules } from '../update-flow.js';

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

const mediaTypes: Readonly<Record<PatchType, string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

export function patchType({ contentType }: RestCall, isBuiltIn: boolean): PatchType {
  const types: PatchType[] = isBuiltIn
    ? ['json', 'merge', 'strategic', 'apply']
    : ['json', 'merge', 'apply'];
  const type = types.find((candidate) => mediaTypes[candidate] === contentType);
  if (type === undefined) throw unsupportedMediaType(types.map((name) => mediaTypes[name]));
  return type;
}

export interface ReadPatch {
  readonly type: PatchType;
  readonly value: Json;
  readonly duplicates: readonly string[];
}

export function readPatch(call: RestCall, type: PatchType): ReadPatch {
  if (type === 'apply') {
    const decoded = decodeBody(call.body, 'application/yaml', call.resource.kind);
    return { type, ...decoded };
  }
  const seen = new Set<string>();
  try {
    const text = new TextDecoder().decode(call.body);
    const value = parseJson(text, { onDuplicate: (path) => seen.add(path) });
    return {
      type,
      value,
      duplicates: [...seen].map((path) => `duplicate field ${JSON.stringify(path)}`),
    };
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw badRequest(error.message);
    throw error;
  }
}

export async function patch(
  rest: RestDeps,
  call: RestCall,
  rules: UpdateRules = mainRules,
): Promise<RestReply> {
  const { resource, namespace, name = '' } = call;
  const type = patchType(call, rest.types.isBuiltIn(resource.schema));
  const parameters = writeParameters(call.query, 'PatchOptions', type === 'apply');
  const patching = readPatch(call, type);
  const write = writeCall(rest, call, parameters);
  const place = placeOf(rest, resource, namespace, name);
  const isApply = type === 'apply';
  if (isApply) {
    checkApplied(call, patching.value);
    if (rules.isMain && (await rest.objects.read(place)) === undefined) {
      const created = await createByApply(write, patching);
      if (created !== undefined) return created;
    }
  }
  const written = await rest.objects.update(
    place,
    async (current) => {
      if (current === undefined) throw notFound(resource, name);
      const next = isApply
        ? applied(write, current.object, patching)
        : patched(write, current, patching);
      settleNamespace(call, next);
      checkName(call, next);
      return updateObject(write, current, next, {
        ...rules,
        ownership: isApply ? 'applied' : 'record',
      });
    },
    { dryRun: parameters.isDryRun },
  );
  return { type: 'object', code: 200, entry: { bytes: written.bytes } };
}

function patched(
  write: WriteCall,
  current: StoredObject,
  { type, value, duplicates }: ReadPatch,
): KubeObject {
  const { rest, call, resource, parameters } = write;
  const result = callersFault(() => patchJson(write, current.object, type, value));
  if (!isJsonObject(result)) throw badRequest('the patched object is no JSON object');
  // The patch functions share what they did not change, and what follows changes its object. Ownership that
  // the patch left alone need not be copied nor read again.
  const owners = current.object.metadata.managedFields;
  const { metadata } = result;
  const keepsOwners =
    owners !== undefined && isJsonObject(metadata) && metadata['managedFields'] === owners;
  const copied = keepsOwners
    ? { ...result, metadata: { ...metadata, managedFields: undefined } }
    : result;
  const next = typed(rest, call, ownKind(resource), {
    value: cloneJson<JsonObject>(copied),
    duplicates,
    fieldValidation: parameters.fieldValidation,
  });
  if (keepsOwners) next.metadata.managedFields = owners;
  return next;
}

/**
 * The real server does not classify some misfits of a patch and lets them out as 500 without a reason. What a
 * caller sends is never our failure: the same words, as a 400.
 */
export function callersFault<T>(patching: () => T): T {
  try {
    return patching();
  } catch (error) {
    const isUnclassified = error instanceof ApiError && error.code === 500 && error.reason === '';
    throw isUnclassified ? badRequest(error.message) : error;
  }
}

export function patchJson(
  { rest, resource }: WriteCall,
  target: JsonObject,
  type: PatchType,
  value: Json,
): Json {
  if (type === 'json') return applyJsonPatch(target, value);
  if (!isJsonObject(value)) throw badRequest('the patch must be a JSON object');
  if (type === 'merge') return applyMergePatch(target, value);
  const schema = rest.types.get(resource.schema);
  return applyStrategicMergePatch(target, value, schema, rest.types.resolve);
}

/** An apply patch is a whole (partial) object: it must say what it is and agree with the URL. */
function checkApplied(call: RestCall, value: Json): void {
  if (!isJsonObject(value)) throw badRequest('an apply patch must be an object');
  const { resource } = call;
  const metadata = isJsonObject(value['metadata']) ? value['metadata'] : undefined;
  if (metadata?.['managedFields'] !== undefined && metadata['managedFields'] !== null) {
    throw badRequest('metadata.managedFields must be nil');
  }
  const name = metadata?.['name'];
  if (typeof name === 'string' && name !== '' && name !== call.name) {
    throw badRequest(
      `the name of the object (${name}) does not match the name on the URL (${call.name ?? ''})`,
    );
  }
  const { apiVersion = '', kind = '' } = value;
  const expected = apiVersionOf(resource.group, resource.version);
  if (apiVersion !== expected) {
    const found = typeof apiVersion === 'string' ? apiVersion : '';
    throw badRequest(
      `Incorrect version specified in apply patch. Specified patch version: ${found}, expected: ${expected}`,
    );
  }
  if (kind === '') throw badRequest("Object 'Kind' is missing in the apply patch");
  if (kind !== resource.kind) {
    throw badRequest(
      `${typeof kind === 'string' ? kind : typeof kind} cannot be applied to ${resource.plural}: the path is that of a ${resource.kind}`,
    );
  }
}

function applied(write: WriteCall, live: KubeObject | undefined, patching: ReadPatch): KubeObject {
  const { rest, call, resource, parameters, manager, now } = write;
  const configuration = cloneJson(patching.value) as JsonObject as KubeObject; // as: checkApplied saw an object
  const metadata = isJsonObject(configuration['metadata']) ? configuration.metadata : {};
  configuration.metadata = metadata;
  metadata.name ??= call.name ?? '';
  if (call.namespace !== undefined) metadata.namespace ??= call.namespace;
  reportDuplicates(write, patching.duplicates);
  const merged = callersFault(() =>
    applyConfiguration({
      live,
      applied: configuration,
      schema: rest.types.get(resource.schema),
      resolve: rest.types.resolve,
      manager,
      force: parameters.force,
      now,
      ...ownableFields(write),
    }),
  );
  const value = cloneJson(merged);
  return typed(rest, call, ownKind(resource), {
    value,
    duplicates: [],
    fieldValidation: parameters.fieldValidation,
  });
}

function reportDuplicates(
  { call, parameters, resource }: WriteCall,
  duplicates: readonly string[],
): void {
  if (duplicates.length === 0 || parameters.fieldValidation === 'Ignore') return;
  if (parameters.fieldValidation === 'Warn') {
    for (const text of duplicates) call.warn(text);
    return;
  }
  throw badRequest(
    `${resource.kind} in version ${JSON.stringify(resource.version)} cannot be handled as a ${resource.kind}: strict decoding error: ${duplicates.join(', ')}`,
  );
}

/** Undefined: somebody else created it in between, so there is something to patch after all. */
async function createByApply(
  write: WriteCall,
  patching: ReadPatch,
): Promise<RestReply | undefined> {
  const object = applied(write, undefined, patching);
  settleNamespace(write.call, object);
  checkName(write.call, object);
  if ((object.metadata.uid ?? '') !== '') {
    throw new ApiError(
      409,
      'Conflict',
      `Operation cannot be fulfilled on ${write.resource.plural} ${JSON.stringify(object.metadata.name ?? '')}: uid mismatch: the provided object specified uid ${object.metadata.uid ?? ''}, and no existing object was found`,
    );
  }
  try {
    const created = await createObject(write, object, 'applied');
    return { type: 'object', code: 201, entry: { bytes: created.bytes } };
  } catch (error) {
    if (error instanceof ApiError && error.reason === 'AlreadyExists') return undefined;
    throw error;
  }
}
