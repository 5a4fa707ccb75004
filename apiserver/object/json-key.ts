// Keys of JSON objects: written as own properties whatever they are called, and told with the way to them.
import type { Json, JsonObject } from './kube-object.js';

/** Writes an own property whatever its name: plain assignment of `__proto__` would change the prototype. */
export function setKey(target: JsonObject, key: string, value: Json): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  } else {
    target[key] = value;
  }
}

/** `spec.containers[0].image`: keys joined by dots whatever they are, as the real strict decoder prints them. */
export function keyPath(parts: readonly (string | number)[]): string {
  let path = '';
  for (const part of parts) {
    if (typeof part === 'number') path += `[${part}]`;
    else path += path === '' ? part : `.${part}`;
  }
  return path;
}
