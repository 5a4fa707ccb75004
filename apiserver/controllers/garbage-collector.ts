// Garbage collector: deletes what has lost all its owners, and carries out the two finalizers a delete may ask
// for: `orphan` (dependents are let go first) and `foregroundDeletion` (blocking dependents go first). Follows
// every kind's watch cache; each object is looked at afresh, so a lost race only means another look.
import { ApiError } from '../object/api-error.js';
import type { KubeObject, OwnerReference } from '../object/kube-object.js';
import { parseApiVersion } from '../object/kube-object.js';
import type { Resource } from '../resources/resource.js';
import type { Propagation } from '../rest/delete-options.js';
import { cacheOf, pathOf, placeOf, type RestDeps } from '../rest/rest-deps.js';
import type { StoredEntry } from '../storage/cache/entry.js';
import type { Change } from '../storage/cache/history.js';
import { endWith } from './leadership.js';
import { OwnerGraph, type Dependent } from './owner-graph.js';
import { changeObject, controllerUser, deleteAs } from './system-call.js';
import { WorkQueue } from './work-queue.js';

const orphan = 'orphan';
const foreground = 'foregroundDeletion';
/** Objects looked at in one turn when a large kind is loaded. */
const chunkMax = 500;
const user = controllerUser('generic-garbage-collector');
const marks = ['"ownerReferences"', `"${orphan}"`, `"${foreground}"`].map((text) =>
  Buffer.from(text),
);

export async function startGarbageCollector(rest: RestDeps, signal: AbortSignal): Promise<void> {
  await new GarbageCollector(rest, signal).start();
}

class GarbageCollector {
  private readonly rest: RestDeps;
  private readonly signal: AbortSignal;
  private readonly graph = new OwnerGraph();
  private readonly queue: WorkQueue<Dependent>;
  /** Storage paths; the versions of a kind share one. */
  private readonly followed = new Set<string>();
  /** The catalog's, when its rows were last gone through. */
  private generation = 0;

  constructor(rest: RestDeps, signal: AbortSignal) {
    this.rest = rest;
    this.signal = signal;
    this.queue = new WorkQueue((item) => this.look(item), rest.clock, signal);
  }

  async start(): Promise<void> {
    await this.followNew();
  }

  /** Kinds come at run time, too. */
  private async followNew(): Promise<void> {
    const { catalog, layout } = this.rest;
    this.generation = catalog.generation;
    for (const resource of catalog.all()) {
      const path = layout.path(resource);
      if (resource.virtual || !resource.verbs.includes('delete')) continue;
      if (this.followed.has(path)) continue;
      if (this.signal.aborted) return;
      this.followed.add(path);
      await this.follow(resource);
    }
  }

  /** The row may have been replaced, or have gone with its kind. */
  private followAgain({ group, version, plural }: Resource, path: string): void {
    const row = this.rest.catalog.find(group, version, plural);
    if (row === undefined) this.followed.delete(path);
    else void this.follow(row).catch(() => this.followed.delete(path));
  }

  private async follow(resource: Resource): Promise<void> {
    if (this.signal.aborted) return;
    const { entries, stop } = await cacheOf(this.rest, resource).follow({
      changed: (change) => {
        this.changed(resource, change);
      },
      lost: () => {
        this.followAgain(resource, this.rest.layout.path(resource));
      },
    });
    endWith(this.signal, stop);
    const cache = cacheOf(this.rest, resource);
    for (const [index, { path }] of entries.entries()) {
      if (index % chunkMax === chunkMax - 1) await new Promise((resolve) => setImmediate(resolve));
      // It may have changed while others were served.
      const entry = cache.at(path);
      if (entry !== undefined) this.seen(resource, entry);
    }
  }

  private changed(resource: Resource, { before, after }: Change): void {
    if (this.rest.catalog.generation !== this.generation)
      void this.followNew().catch(() => undefined);
    if (after !== undefined) {
      this.seen(resource, after, before);
      return;
    }
    if (before === undefined) return;
    const { metadata } = before.parse();
    this.graph.set(this.itemOf(resource, before), []);
    this.lookAtDependents(metadata.uid ?? '');
    // An owner that waits for its blocking dependents may have waited for this one.
    for (const reference of metadata.ownerReferences ?? []) {
      const owner = this.itemOfOwner(reference, metadata.namespace);
      if (owner !== undefined) this.queue.add(owner.id, owner);
    }
  }

  /** Parses only objects that mention something of ours. */
  private seen(resource: Resource, entry: StoredEntry, before?: StoredEntry): void {
    const concerns = isMarked(entry) || (before !== undefined && isMarked(before));
    if (!concerns) return;
    const { metadata } = entry.parse();
    const item = this.itemOf(resource, entry);
    this.graph.set(
      item,
      (metadata.ownerReferences ?? []).map((reference) => reference.uid),
    );
    this.queue.add(item.id, item);
  }

  private lookAtDependents(ownerUid: string): void {
    for (const dependent of this.graph.dependentsOf(ownerUid)) {
      this.queue.add(dependent.id, dependent);
    }
  }

  /** One object, as it is now. */
  private async look(item: Dependent): Promise<void> {
    const place = placeOf(this.rest, item.resource, item.namespace, item.name);
    const object = (await this.rest.objects.read(place))?.object;
    if (object === undefined) return;
    const { deletionTimestamp, finalizers = [], ownerReferences = [] } = object.metadata;
    if (deletionTimestamp !== undefined) {
      if (finalizers.includes(orphan)) await this.orphanDependents(item, object);
      else if (finalizers.includes(foreground)) await this.deleteDependents(item, object);
      return;
    }
    if (ownerReferences.length > 0) await this.judge(item, object, ownerReferences);
  }

  /** By its owners: solid ones keep it, absent ones do not, waiting ones take it along. */
  private async judge(
    item: Dependent,
    object: KubeObject,
    references: readonly OwnerReference[],
  ): Promise<void> {
    const { uid, namespace } = object.metadata;
    const gone: OwnerReference[] = [];
    const waiting: OwnerReference[] = [];
    let isHeld = false;
    for (const reference of references) {
      const owner = await this.readOwner(reference, namespace);
      if (owner === 'unknown') isHeld = true;
      else if (owner === undefined) gone.push(reference);
      else if (isWaiting(owner)) waiting.push(reference);
      else isHeld = true;
    }
    if (gone.length === 0 && waiting.length === 0) return;
    if (isHeld) {
      await this.dropReferences(item, [...gone, ...waiting]);
      return;
    }
    const hasDependents = this.graph.dependentsOf(uid ?? '').length > 0;
    const propagation = waiting.length > 0 && hasDependents ? 'Foreground' : policyOf(object);
    await this.delete(item, uid, propagation);
  }

  /** 'unknown': a kind this server does not serve (now); nothing is deleted on such ground. */
  private async readOwner(
    reference: OwnerReference,
    namespace: string | undefined,
  ): Promise<KubeObject | undefined | 'unknown'> {
    const owner = this.itemOfOwner(reference, namespace);
    if (owner === undefined) return 'unknown';
    const { resource, name } = owner;
    const place = placeOf(this.rest, resource, owner.namespace, name);
    const object = (await this.rest.objects.read(place))?.object;
    return object?.metadata.uid === reference.uid ? object : undefined;
  }

  private async orphanDependents(item: Dependent, owner: KubeObject): Promise<void> {
    const { uid = '' } = owner.metadata;
    for (const dependent of this.graph.dependentsOf(uid)) {
      await changeObject(this.rest, dependent, (object) => removeReferences(object, [uid]));
    }
    await this.removeFinalizer(item, orphan);
  }

  private async deleteDependents(item: Dependent, owner: KubeObject): Promise<void> {
    const { uid = '' } = owner.metadata;
    let isBlocked = false;
    for (const dependent of this.graph.dependentsOf(uid)) {
      const place = placeOf(this.rest, dependent.resource, dependent.namespace, dependent.name);
      const object = (await this.rest.objects.read(place))?.object;
      const reference = object?.metadata.ownerReferences?.find((own) => own.uid === uid);
      if (object === undefined || reference === undefined) continue;
      // Circles end here: a dependent that itself waits for us does not block us.
      if (reference.blockOwnerDeletion === true && !isWaiting(object)) isBlocked = true;
      if (object.metadata.deletionTimestamp === undefined) {
        this.queue.add(dependent.id, dependent);
      } else if (isWaiting(object) && !this.isInCircle(object, uid)) isBlocked = true;
    }
    if (!isBlocked) await this.removeFinalizer(item, foreground);
  }

  /** Does the owner (transitively) depend on this object? */
  private isInCircle(object: KubeObject, ownerUid: string): boolean {
    const seen = new Set<string>();
    const pending = [object.metadata.uid ?? ''];
    for (let uid = pending.pop(); uid !== undefined; uid = pending.pop()) {
      if (seen.has(uid)) continue;
      seen.add(uid);
      for (const dependent of this.graph.dependentsOf(uid)) {
        const entry = this.cached(dependent);
        const dependentUid = entry?.parse().metadata.uid ?? '';
        if (dependentUid === ownerUid) return true;
        pending.push(dependentUid);
      }
    }
    return false;
  }

  private async delete(
    item: Dependent,
    uid: string | undefined,
    propagation: Propagation,
  ): Promise<void> {
    try {
      await deleteAs(this.rest, user, item, { uid, propagation });
    } catch (error) {
      // Gone, or another object by now.
      if (!(error instanceof ApiError && (error.code === 404 || error.code === 409))) throw error;
    }
  }

  private dropReferences(item: Dependent, references: readonly OwnerReference[]): Promise<void> {
    const uids = references.map((reference) => reference.uid);
    return changeObject(this.rest, item, (object) => removeReferences(object, uids));
  }

  private removeFinalizer(item: Dependent, name: string): Promise<void> {
    return changeObject(this.rest, item, ({ metadata }) => {
      const { finalizers = [] } = metadata;
      if (!finalizers.includes(name)) return false;
      metadata.finalizers = finalizers.filter((other) => other !== name);
      if (metadata.finalizers.length === 0) delete metadata.finalizers;
      return true;
    });
  }

  private cached({ resource, namespace, name }: Dependent): StoredEntry | undefined {
    return cacheOf(this.rest, resource).at(pathOf(resource, namespace, name));
  }

  private itemOf(resource: Resource, entry: StoredEntry): Dependent {
    const { namespace, name, path } = entry;
    return { id: `${this.rest.layout.path(resource)}/${path}`, resource, namespace, name };
  }

  /** The owner of a namespaced object lies in its namespace, or in none. */
  private itemOfOwner(
    { apiVersion, kind, name }: OwnerReference,
    namespace: string | undefined,
  ): Dependent | undefined {
    const { group, version } = parseApiVersion(apiVersion);
    const resource = this.rest.catalog.findKind(group, version, kind);
    if (resource === undefined) return undefined;
    const isNamespaced = resource.scope === 'Namespaced';
    if (isNamespaced && namespace === undefined) return undefined;
    const place = isNamespaced ? namespace : undefined;
    const path = pathOf(resource, place, name);
    return { id: `${this.rest.layout.path(resource)}/${path}`, resource, namespace: place, name };
  }
}

/** Looks at the finished bytes: made here, once, they are ready when somebody lists. */
const isMarked = (entry: StoredEntry): boolean => {
  const { bytes } = entry;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return marks.some((mark) => text.includes(mark));
};

const isWaiting = ({ metadata }: KubeObject): boolean =>
  metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).includes(foreground);

function policyOf({ metadata }: KubeObject): Propagation {
  const { finalizers = [] } = metadata;
  if (finalizers.includes(orphan)) return 'Orphan';
  return finalizers.includes(foreground) ? 'Foreground' : 'Background';
}

function removeReferences({ metadata }: KubeObject, uids: readonly string[]): boolean {
  const { ownerReferences = [] } = metadata;
  const kept = ownerReferences.filter((reference) => !uids.includes(reference.uid));
  if (kept.length === ownerReferences.length) return false;
  if (kept.length === 0) delete metadata.ownerReferences;
  else metadata.ownerReferences = kept;
  return true;
}
