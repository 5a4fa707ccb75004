// Calls that controllers make: the same verbs as everybody's, as a user of their own, without a socket.
import type { UserInfo } from '../auth/user-info.js';
import type { KubeObject } from '../object/kube-object.js';
import { cloneJson } from '../object/json.js';
import type { Resource } from '../resources/resource.js';
import type { DeleteOptions, Propagation } from '../rest/delete-options.js';
import { removeObject } from '../rest/verbs/delete.js';
import type { RestCall } from '../rest/rest-call.js';
import { placeOf, type RestDeps } from '../rest/rest-deps.js';
import { isFinished } from '../rest/update-flow.js';

/** One object, as controllers name it. */
export interface ObjectRef {
  readonly resource: Resource;
  readonly namespace: string | undefined;
  readonly name: string;
}

export const controllerUser = (name: string): UserInfo => ({
  name: `system:serviceaccount:kube-system:${name}`,
  uid: '',
  groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'],
  extra: {},
});

export interface Deletion {
  /** Only this very object, not a new one of the same name. */
  readonly uid?: string | undefined;
  readonly propagation?: Propagation;
}

export async function deleteAs(
  rest: RestDeps,
  user: UserInfo,
  { resource, namespace, name }: ObjectRef,
  { uid, propagation = 'Background' }: Deletion,
): Promise<void> {
  const call: RestCall = {
    verb: 'delete',
    resource,
    subresource: undefined,
    namespace,
    name,
    query: new URLSearchParams(),
    user,
    userAgent: user.name,
    contentType: '',
    body: new Uint8Array(),
    signal: new AbortController().signal,
    warn: () => undefined,
  };
  const options: DeleteOptions = {
    isDryRun: false,
    gracePeriodSeconds: undefined,
    propagation,
    orphanDependents: undefined,
    uid,
    resourceVersion: undefined,
  };
  await removeObject(rest, call, { namespace, name, options });
}

/** Changes a copy of the object; `change` returns false to leave it. A missing object is left alone, too. */
export async function changeObject(
  rest: RestDeps,
  { resource, namespace, name }: ObjectRef,
  change: (object: KubeObject) => boolean,
): Promise<void> {
  const place = placeOf(rest, resource, namespace, name);
  if ((await rest.objects.read(place)) === undefined) return;
  await rest.objects.update(
    place,
    (current) => {
      if (current === undefined) return { type: 'unchanged', object: unseen(resource, name) };
      const object = cloneJson(current.object);
      if (!change(object)) return { type: 'unchanged' };
      return isFinished(object) ? { type: 'delete', object } : { type: 'put', object };
    },
    { dryRun: false },
  );
}

/** What an update of nothing shows; nobody looks. */
const unseen = ({ kind }: Resource, name: string): KubeObject => ({
  kind,
  apiVersion: 'v1',
  metadata: { name },
});
