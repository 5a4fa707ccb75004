// /status: what controllers report. Of the object it changes status only; built-in kinds also take labels and
// annotations here (as upstream's do), custom ones nothing else.
import type { KubeObject } from '../../object/kube-object.js';
import type { Resource } from '../../resources/resource.js';
import type { RestDeps } from '../rest-deps.js';
import type { UpdateRules } from '../update-flow.js';

export function statusRules(rest: RestDeps, resource: Resource): UpdateRules {
  const takesMetadata = rest.types.isBuiltIn(resource.schema);
  return {
    isolate: (next, old) => {
      keepAllBut(next, old, ['status']);
      const { managedFields, labels, annotations, finalizers } = next.metadata;
      next.metadata = { ...old.metadata };
      delete next.metadata.resourceVersion;
      settle(next, 'managedFields', managedFields);
      if (!takesMetadata) return;
      settle(next, 'labels', labels);
      settle(next, 'annotations', annotations);
      settle(next, 'finalizers', finalizers);
    },
    prepare: ({ context }, next, old) =>
      resource.strategy.prepareForStatusUpdate?.(next, old, context),
    validate: (_write, next, old) => resource.strategy.validateStatusUpdate?.(next, old) ?? [],
    isMain: false,
    ownership: 'record',
  };
}

/** Everything but metadata and `members` goes back to what it was. */
export function keepAllBut(next: KubeObject, old: KubeObject, members: readonly string[]): void {
  for (const name of new Set([...Object.keys(next), ...Object.keys(old)])) {
    if (name === 'metadata' || members.includes(name)) continue;
    if (old[name] === undefined) Reflect.deleteProperty(next, name);
    else next[name] = old[name];
  }
}

function settle(
  { metadata }: KubeObject,
  name: keyof KubeObject['metadata'] & string,
  value: KubeObject['metadata'][string],
): void {
  if (value === undefined) Reflect.deleteProperty(metadata, name);
  else metadata[name] = value;
}
