// JSON merge patch (RFC 7386): null removes, objects merge, everything else replaces. Neither argument is
// changed, the result shares nothing with them.
import { badRequest } from '../object/api-error.js';
import { cloneJson } from '../object/json.js';
import { isJsonObject, type Json, type JsonObject } from '../object/kube-object.js';
import { deleteMember, getMember, setMember } from './members.js';

/** Throws 400 when the patch is neither an object nor an array (what a Kubernetes object could become of it). */
export function applyMergePatch(target: Json, patch: Json): Json {
  if (typeof patch !== 'object' || patch === null) throw badRequest('Invalid JSON Patch');
  return mergeValue(target, patch);
}

/** RFC 7386 §2 for any value. */
export function mergeValue(target: Json | undefined, patch: Json): Json {
  if (!isJsonObject(patch)) return cloneJson(patch);
  const result: JsonObject = isJsonObject(target) ? cloneJson(target) : {};
  mergeInto(result, patch);
  return result;
}

function mergeInto(result: JsonObject, patch: JsonObject): void {
  for (const key of Object.keys(patch)) {
    const change = patch[key];
    if (change === undefined) continue;
    if (change === null) {
      deleteMember(result, key);
      continue;
    }
    const current = getMember(result, key);
    if (isJsonObject(change) && isJsonObject(current)) mergeInto(current, change);
    else setMember(result, key, mergeValue(undefined, change));
  }
}
