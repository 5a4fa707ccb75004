// Reading and writing members of objects whose keys come from clients: `constructor` or `__proto__` as a label
// name must be an ordinary key. Every dynamic access in this folder goes through here.
import { setKey } from '../../object/json.js';
import type { Json, JsonObject } from '../../object/kube-object.js';

export function getMember(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

export const setMember = setKey;

export function deleteMember(object: JsonObject, key: string): void {
  Reflect.deleteProperty(object, key);
}
