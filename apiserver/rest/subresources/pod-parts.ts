// pods/ephemeralcontainers and pods/resize: each changes one part of a pod's spec that a plain update may not.
import { forbiddenField, type FieldError } from '../../object/field-error.js';
import { equalJson } from '../../object/json.js';
import type { JsonObject, KubeObject } from '../../object/kube-object.js';
import type { UpdateRules } from '../update-flow.js';
import { keepAllBut } from './status.js';

// as (both): schema-checked before any rule runs
const specOf = (pod: KubeObject): JsonObject => (pod['spec'] ?? {}) as JsonObject;
const listOf = (spec: JsonObject, name: string): readonly JsonObject[] =>
  (spec[name] ?? []) as JsonObject[];

export const ephemeralContainersRules: UpdateRules = {
  isolate: (next, old) => {
    const asked = specOf(next)['ephemeralContainers'];
    keepAllBut(next, old, []);
    next['spec'] = {
      ...specOf(old),
      ...(asked === undefined ? {} : { ephemeralContainers: asked }),
    };
    if (asked === undefined) delete specOf(next)['ephemeralContainers'];
  },
  validate: ({ resource }, next, old) => [
    ...(resource.strategy.validate?.(next) ?? []),
    ...keepsExisting(next, old),
  ],
  isMain: false,
  ownership: 'record',
};

/** They can be added, never changed or taken away. */
function keepsExisting(next: KubeObject, old: KubeObject): FieldError[] {
  const field = 'spec.ephemeralContainers';
  const now = new Map(
    listOf(specOf(next), 'ephemeralContainers').map((container) => [container['name'], container]),
  );
  return listOf(specOf(old), 'ephemeralContainers').flatMap((container) => {
    const name = JSON.stringify(container['name']);
    const kept = now.get(container['name']);
    if (kept === undefined) {
      return [forbiddenField(field, `existing ephemeral containers ${name} may not be removed\n`)];
    }
    return equalJson(kept, container)
      ? []
      : [forbiddenField(field, `existing ephemeral containers ${name} may not be changed\n`)];
  });
}

export const resizeRules: UpdateRules = {
  isolate: (next, old) => {
    const spec = specOf(next);
    const asked = (list: string): Map<unknown, JsonObject> =>
      new Map(listOf(spec, list).map((container) => [container['name'], container]));
    const resized: JsonObject = { ...specOf(old) };
    for (const list of ['containers', 'initContainers']) {
      if (resized[list] === undefined) continue;
      const wanted = asked(list);
      resized[list] = listOf(resized, list).map((container) => {
        const resources = wanted.get(container['name'])?.['resources'];
        return resources === undefined ? container : { ...container, resources };
      });
    }
    keepAllBut(next, old, []);
    next['spec'] = resized;
  },
  validate: ({ resource }, next) => resource.strategy.validate?.(next) ?? [],
  isMain: false,
  ownership: 'record',
};
