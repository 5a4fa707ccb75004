// DELETE: at once, or marked and left to whoever has to let go first: finalizers (also those that a propagation
// policy asks for), a kubelet within the grace period, the namespace cleaner.
import { conflict, notFound, type Status } from '../../object/api-error.js';
import { cloneJson, equalJson } from '../../object/json.js';
import { isJsonObject, type KubeObject, type ObjectMeta } from '../../object/kube-object.js';
import { formatTime, parseTime } from '../../object/time.js';
import type { Resource } from '../../resources/resource.js';
import type { Outcome, StoredObject, Written } from '../../storage/object-store.js';
import { deleteOptions, type DeleteOptions } from '../delete-options.js';
import type { RestCall, RestReply } from '../rest-call.js';
import { placeOf, type RestDeps } from '../rest-deps.js';
import { isFinished, uidMismatch } from '../update-flow.js';

/** Kinds whose DELETE answers with the object itself; all others answer with a Status. */
const returnsObject = new Set([
  'pods',
  'podtemplates',
  'persistentvolumes',
  'persistentvolumeclaims',
  'resourcequotas',
  'services',
  'serviceaccounts',
  'csidrivers.storage.k8s.io',
  'csinodes.storage.k8s.io',
  'storageclasses.storage.k8s.io',
  'volumeattachments.storage.k8s.io',
  'volumeattributesclasses.storage.k8s.io',
  'deviceclasses.resource.k8s.io',
  'resourceclaims.resource.k8s.io',
  'resourceclaimtemplates.resource.k8s.io',
  'resourceslices.resource.k8s.io',
]);

export async function remove(rest: RestDeps, call: RestCall): Promise<RestReply> {
  const { resource, namespace, name = '' } = call;
  const options = deleteOptions(call);
  const written = await removeObject(rest, call, { namespace, name, options });
  const isGone = written.type === 'deleted';
  const id = resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
  if (isGone && !returnsObject.has(id)) {
    return { type: 'status', code: 200, status: success(resource, name, written.object) };
  }
  // Upstream says "accepted" only to those who use the deprecated option.
  const code = !isGone && options.orphanDependents === false ? 202 : 200;
  return { type: 'object', code, entry: { bytes: written.bytes } };
}

export interface Removal {
  readonly namespace: string | undefined;
  readonly name: string;
  readonly options: DeleteOptions;
}

export async function removeObject(
  rest: RestDeps,
  call: RestCall,
  { namespace, name, options }: Removal,
): Promise<Written> {
  const { resource } = call;
  const place = placeOf(rest, resource, namespace, name);
  return rest.objects.update(
    place,
    async (current) => {
      if (current === undefined) throw notFound(resource, name);
      const admitted = {
        operation: 'DELETE' as const,
        resource,
        subresource: undefined,
        namespace,
        name,
        object: undefined,
        oldObject: current.object,
        user: call.user,
        isDryRun: options.isDryRun,
      };
      await rest.admission.mutate(admitted);
      await rest.admission.validate(admitted);
      return decideRemoval(resource, current, options, rest.clock.now());
    },
    { dryRun: options.isDryRun },
  );
}

export function decideRemoval(
  resource: Resource,
  { object: old }: StoredObject,
  options: DeleteOptions,
  nowMs: number,
): Outcome {
  checkPreconditions(resource, old, options);
  const object = cloneJson(old);
  const wasMarked = object.metadata.deletionTimestamp !== undefined;
  const isDone = wasMarked
    ? shortenGrace(object.metadata, options)
    : markForDeletion(resource, object, options, nowMs);
  if (isDone === 'pending') return { type: 'unchanged' };
  if (!wasMarked) resource.strategy.prepareForDelete?.(object, formatTime(nowMs));
  const finalizers = propagationFinalizers(object.metadata.finalizers ?? [], options, resource);
  if (finalizers.length > 0) object.metadata.finalizers = finalizers;
  else delete object.metadata.finalizers;
  if (isNamespace(resource)) markTerminating(object);
  if (isFinished(object)) return { type: 'delete', object: wasMarked ? object : old };
  // A second delete that changes nothing writes nothing: controllers repeat theirs.
  return wasMarked && equalJson(object, old) ? { type: 'unchanged' } : { type: 'put', object };
}

/** Sets deletionTimestamp and grace. A kind without grace gets 0: it waits for finalizers only. */
function markForDeletion(
  resource: Resource,
  object: KubeObject,
  options: DeleteOptions,
  nowMs: number,
): 'marked' {
  const { metadata } = object;
  const grace = resource.strategy.graceSeconds?.(object, options.gracePeriodSeconds) ?? 0;
  metadata.deletionTimestamp = formatTime(nowMs + grace * 1000);
  metadata.deletionGracePeriodSeconds = grace;
  if (metadata.generation !== undefined && metadata.generation > 0) metadata.generation += 1;
  return 'marked';
}

/** A second delete may only shorten what is left; 'pending' changes nothing. */
function shortenGrace(metadata: ObjectMeta, options: DeleteOptions): 'marked' | 'pending' {
  const left = metadata.deletionGracePeriodSeconds ?? 0;
  if (left === 0) return 'marked';
  const asked = options.gracePeriodSeconds;
  if (asked === undefined || asked >= left) return 'pending';
  const deadlineMs = parseTime(metadata.deletionTimestamp ?? '') ?? 0;
  metadata.deletionTimestamp = formatTime(deadlineMs - (left - asked) * 1000);
  metadata.deletionGracePeriodSeconds = asked;
  return 'marked';
}

const orphan = 'orphan';
const foreground = 'foregroundDeletion';

/** The garbage collector's finalizers: exactly the one the policy asks for; without a policy, what is there stays. */
function propagationFinalizers(
  current: readonly string[],
  { propagation, orphanDependents }: DeleteOptions,
  resource: Resource,
): string[] {
  const policy =
    propagation ??
    (orphanDependents === undefined ? undefined : orphanDependents ? 'Orphan' : 'Background');
  if (policy === undefined || isNamespace(resource)) return [...current];
  const others = current.filter((name) => name !== orphan && name !== foreground);
  if (policy === 'Background') return others;
  return [...others, policy === 'Orphan' ? orphan : foreground];
}

const isNamespace = ({ group, plural }: Resource): boolean =>
  group === '' && plural === 'namespaces';

function markTerminating(object: KubeObject): void {
  const status = object['status'];
  object['status'] = { ...(isJsonObject(status) ? status : {}), phase: 'Terminating' };
  delete object.metadata.deletionGracePeriodSeconds;
}

function checkPreconditions(resource: Resource, old: KubeObject, options: DeleteOptions): void {
  const { name = '', uid = '', resourceVersion = '' } = old.metadata;
  if (options.uid !== undefined && options.uid !== uid) {
    throw conflict(resource, name, uidMismatch(options.uid, uid));
  }
  if (options.resourceVersion !== undefined && options.resourceVersion !== resourceVersion) {
    throw conflict(
      resource,
      name,
      `Precondition failed: ResourceVersion in precondition: ${options.resourceVersion}, ResourceVersion in object meta: ${resourceVersion}`,
    );
  }
}

function success({ group, plural }: Resource, name: string, object: KubeObject): Status {
  const { uid } = object.metadata;
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name,
      ...(group === '' ? {} : { group }),
      kind: plural,
      ...(uid === undefined ? {} : { uid }),
    },
  };
}
