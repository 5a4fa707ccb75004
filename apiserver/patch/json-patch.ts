// JSON patch (RFC 6902) with the real server's deviations: `replace` and `copy` of a missing object member work
// as if it were null, `add` cannot replace the whole document, negative indexes count from the end.
// The target and the patch stay as they are. Where paths lead: json-pointer.ts.
import { badRequest, entityTooLarge, type ApiError } from '../object/api-error.js';
import { cloneJson, equalJson, jsonDepthMax, stringifyJson } from '../object/json.js';
import { isJsonObject, type Json, type JsonObject } from '../object/kube-object.js';
import * as pointer from './json-pointer.js';
import { getMember } from './fields/members.js';
import { unfitPatch } from './patch-errors.js';

export const operationsMax = 10_000;
/** All `copy` operations of one patch together: one more request body. */
export const copiedBytesMax = 3 * 1024 * 1024;

interface Operation {
  readonly op: string;
  readonly path: string | undefined;
  readonly from: string | undefined;
  /** Absent `value` counts as null. */
  readonly value: Json;
}

interface Run {
  document: pointer.Container;
  copiedBytes: number;
}

/** Throws 400 for a malformed patch, 413 for too many operations, 422 when an operation does not apply. */
export function applyJsonPatch(target: Json, patch: Json): Json {
  const operations = readOperations(patch);
  if (typeof target !== 'object' || target === null)
    throw unfitPatch('the document is neither an object nor an array');
  const run: Run = { document: cloneJson(target), copiedBytes: 0 };
  try {
    for (const operation of operations) applyOperation(run, operation);
  } catch (error) {
    if (error instanceof pointer.PointerError) throw unfitPatch(error.message);
    throw error;
  }
  return run.document;
}

function readOperations(patch: Json): readonly Operation[] {
  if (!Array.isArray(patch)) throw undecodable(patch, 'value of type []handlers.jsonPatchOp');
  if (patch.length > operationsMax)
    throw entityTooLarge(
      `Request entity too large: The allowed maximum operations in a JSON patch is ${operationsMax}, got ${patch.length}`,
    );
  return patch.map((item) => {
    if (!isJsonObject(item)) throw undecodable(item, 'value of type handlers.jsonPatchOp');
    return {
      op: textMember(item, 'op') ?? 'unknown',
      path: textMember(item, 'path'),
      from: textMember(item, 'from'),
      value: getMember(item, 'value') ?? null,
    };
  });
}

function textMember(item: JsonObject, key: string): string | undefined {
  const value = getMember(item, key) ?? undefined;
  if (value === undefined || typeof value === 'string') return value;
  throw undecodable(value, `struct field jsonPatchOp.${key} of type string`);
}

function undecodable(value: Json, where: string): ApiError {
  const kind = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
  return badRequest(
    `error decoding patch: json: cannot unmarshal ${kind === 'bigint' ? 'number' : kind} into Go ${where}`,
  );
}

function applyOperation(run: Run, operation: Operation): void {
  switch (operation.op) {
    case 'add':
      insert(run, operation, cloneJson(operation.value));
      return;
    case 'remove':
      pointer.remove(placeAt(run, operation));
      return;
    case 'replace':
      replace(run, operation);
      return;
    case 'move':
      move(run, operation);
      return;
    case 'copy':
      copy(run, operation);
      return;
    case 'test':
      test(run, operation);
      return;
    default:
      throw new pointer.PointerError(`Unexpected kind: ${operation.op}`);
  }
}

/** Copies into copies double the nesting each time: the limit of a parsed document holds here too. */
function insert(run: Run, operation: Operation, value: Json): void {
  const place = placeAt(run, operation);
  const depth = depthOf(value) + (operation.path ?? '').split('/').length - 1;
  if (depth > jsonDepthMax) throw new pointer.PointerError('exceeded max depth');
  pointer.insert(place, value);
}

function depthOf(value: Json): number {
  if (typeof value !== 'object' || value === null) return 0;
  let depth = 0;
  for (const member of Object.values(value))
    if (typeof member === 'object' && member !== null) depth = Math.max(depth, depthOf(member));
  return depth + 1;
}

function replace(run: Run, operation: Operation): void {
  if (operation.path !== '') {
    const place = placeAt(run, operation);
    pointer.overwrite(place, cloneJson(operation.value));
    return;
  }
  if (typeof operation.value !== 'object' || operation.value === null)
    throw new pointer.PointerError('replace operation value must be object or array');
  run.document = cloneJson(operation.value);
}

function move(run: Run, operation: Operation): void {
  const source = placeAt(run, operation, 'from');
  const value = pointer.read(source);
  pointer.remove(source);
  insert(run, operation, value ?? null);
}

function copy(run: Run, operation: Operation): void {
  const value = pointer.read(placeAt(run, operation, 'from')) ?? null;
  run.copiedBytes += Buffer.byteLength(stringifyJson(value));
  if (run.copiedBytes > copiedBytesMax)
    throw new pointer.PointerError(
      `Unable to complete the copy, the accumulated size increase of copy is ${run.copiedBytes}, exceeding the limit ${copiedBytesMax}`,
    );
  insert(run, operation, cloneJson(value));
}

function test(run: Run, operation: Operation): void {
  const actual =
    operation.path === '' ? run.document : (pointer.read(placeAt(run, operation)) ?? null);
  if (!equalJson(actual, operation.value))
    throw new pointer.PointerError(`testing value ${operation.path ?? ''} failed: test failed`);
}

function placeAt(run: Run, operation: Operation, member: 'path' | 'from' = 'path'): pointer.Place {
  const { op } = operation;
  const path = operation[member];
  if (path === undefined)
    throw new pointer.PointerError(`${op} operation failed to decode ${member}: missing value`);
  const place = pointer.findPlace(run.document, path);
  if (place === undefined)
    throw new pointer.PointerError(
      `${op} operation does not apply: doc is missing ${member === 'from' ? 'from ' : ''}path: ${path}: missing value`,
    );
  return place;
}
