// JSON merge patch (RFC 7386): null removes, objects merge, everything else replaces. Neither argument is
// changed; the result shares with the target what the patch does not touch.
import { badRequest } from '../object/api-error.js';
import { cloneJson } from '../object/json.js';
import { isJsonObject, type Json, type JsonObject } from '../object/kube-object.js';
import { deleteMember, getMember, setMember } from './fields/members.js';

/** Throws 400 when the patch is neither an object nor an array (what a Kubernetes object could become of it). */
export function applyMergePatch(target: Json, patch: Json): Json {
  if (typeof patch !== 'object' || patch === null) throw badRequest('Invalid JSON Patch');
  return mergeValue(target, patch);
}

/** RFC 7386 §2 for any value. */
export function mergeValue(target: Json | undefined, patch: Json): Json {
  if (!isJsonObject(patch)) return cloneJson(patch);
  const result: JsonObject = isJsonObject(target) ? { ...target } : {};
  for (const key of Object.keys(patch)) {
    const change = patch[key];
    if (change === undefined) continue;
    if (change === null) deleteMember(result, key);
    else setMember(result, key, mergeValue(getMember(result, key), change));
  }
  return result;
}
