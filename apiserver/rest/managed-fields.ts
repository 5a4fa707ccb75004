// managedFields of writes that are not apply: who changed what, by the kind's schema. `status` is not the main
// endpoint's to set, so nobody becomes its owner there.
import type { KubeObject } from '../object/kube-object.js';
import { recordUpdate, type UpdateInput } from '../patch/fields/apply.js';
import type { WriteCall } from './rest-deps.js';

export function recordWrite(
  write: WriteCall,
  live: KubeObject | undefined,
  updated: KubeObject,
): void {
  const { rest, resource, manager, now } = write;
  recordUpdate({
    live,
    updated,
    schema: rest.types.get(resource.schema),
    resolve: rest.types.resolve,
    manager,
    now,
    ...ownableFields(write),
  });
}

/** What this endpoint may own. */
export function ownableFields({
  rest,
  call: { subresource },
  resource,
}: WriteCall): Pick<UpdateInput, 'subresource' | 'ignoreFields' | 'onlyFields'> {
  if (subresource === undefined) {
    return resource.subresources['status'] === undefined ? {} : { ignoreFields: ['status'] };
  }
  const isCustom = !rest.types.isBuiltIn(resource.schema);
  if (subresource === 'status' && isCustom) return { subresource, onlyFields: ['status'] };
  return { subresource };
}
