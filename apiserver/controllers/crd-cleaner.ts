// CrdCleaner: a definition that is being deleted goes after its instances. Deletes them all, waits for those that
// finalizers hold, then takes the definition's own finalizer away. Source: apiextensions' crd_finalizer.
import { ApiError } from '../object/api-error.js';
import type { KubeObject } from '../object/kube-object.js';
import { formatTime } from '../object/time.js';
import { setCondition, type Condition } from '../resources/custom/conditions.js';
import { cleanupFinalizer } from '../resources/custom/definition-strategy.js';
import { isConditionTrue, readDefinition } from '../resources/custom/definition.js';
import { customResources } from '../resources/custom/rows.js';
import type { Resource } from '../resources/resource.js';
import { cacheOf, type RestDeps } from '../rest/rest-deps.js';
import { guarded } from '../storage/store-failure.js';
import { decodeKey, encodeKey } from '../storage/store-keys.js';
import { codecFor } from '../storage/cache/watch-cache.js';
import { prefixEnd } from '../../store/index.js';
import { changeObject, controllerUser, deleteAs } from './system-call.js';
import { WorkQueue } from './work-queue.js';

const user = controllerUser('crd-finalizer');
/** Instances a read; the rest follow in the next round. */
const pageSize = 500;

export class CrdCleaner {
  readonly #rest: RestDeps;
  readonly #definitions: Resource;
  readonly #queue: WorkQueue<string>;
  /** Storage path of the instances -> the definition that waits for them to go. */
  readonly #waiting = new Map<string, string>();

  constructor(rest: RestDeps, definitions: Resource, signal: AbortSignal) {
    this.#rest = rest;
    this.#definitions = definitions;
    this.#queue = new WorkQueue((name) => this.#clean(name), rest.clock, signal);
    const stop = rest.caches.observe((path) => {
      const name = this.#waiting.get(path);
      if (name !== undefined) this.#queue.add(name, name);
    });
    signal.addEventListener('abort', stop, { once: true });
  }

  look(name: string, { metadata }: KubeObject): void {
    const isDue =
      metadata.deletionTimestamp !== undefined &&
      metadata.finalizers?.includes(cleanupFinalizer) === true;
    if (isDue) this.#queue.add(name, name);
  }

  async #clean(name: string): Promise<void> {
    const { layout } = this.#rest;
    const object = cacheOf(this.#rest, this.#definitions).at(name)?.parse();
    if (object === undefined || object.metadata.finalizers?.includes(cleanupFinalizer) !== true)
      return;
    const stored = this.#storedRow(object);
    if (!isConditionTrue(object, 'Established') || stored === undefined) {
      await this.#release(name, neverEstablished);
      return;
    }
    const path = layout.path(stored);
    this.#waiting.set(path, name);
    await this.#say(name, inProgress);
    const left = await this.#deleteAll(stored);
    // Whoever removes the last finalizer wakes this up again.
    if (left > 0) return;
    this.#waiting.delete(path);
    await this.#release(name, completed);
  }

  /** The row that serves the stored version, so that its watchers see their objects go; else one made for the purpose. */
  #storedRow(object: KubeObject): Resource | undefined {
    const { catalog, caches, types } = this.#rest;
    const { stored } = customResources(readDefinition(object), {
      types,
      isTerminating: () => true,
    });
    if (stored === undefined) return undefined;
    const served = catalog.find(stored.group, stored.version, stored.plural);
    // Nobody is to find this one in the place of a row that is served.
    if (served === undefined) caches.remove(stored);
    return served ?? stored;
  }

  /** How many are still there afterwards. */
  async #deleteAll(resource: Resource): Promise<number> {
    const prefix = this.#rest.layout.prefix(resource);
    const codec = codecFor(resource);
    const end = prefixEnd(encodeKey(prefix));
    let left = 0;
    for (let key = encodeKey(prefix); ;) {
      const { kvs, more } = await guarded(this.#rest.store.range({ key, end, limit: pageSize }));
      for (const kv of kvs) {
        const path = decodeKey(kv.key).slice(prefix.length);
        // Asked again, one that waits for its finalizers would only wake this up again.
        const { metadata } = codec.decode(kv.value, kv.modRevision);
        const isGoing = metadata.deletionTimestamp !== undefined;
        if (isGoing || !(await this.#deleteOne(resource, path))) left += 1;
      }
      const last = kvs.at(-1);
      if (!more || last === undefined) return left;
      key = encodeKey(`${decodeKey(last.key)}\0`);
    }
  }

  /** Whether it is gone. */
  async #deleteOne(resource: Resource, path: string): Promise<boolean> {
    const slash = resource.scope === 'Namespaced' ? path.indexOf('/') : -1;
    const namespace = slash < 0 ? undefined : path.slice(0, slash);
    const name = path.slice(slash + 1);
    try {
      await deleteAs(this.#rest, user, { resource, namespace, name }, {});
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return true;
      throw error;
    }
    const key = encodeKey(this.#rest.layout.key(resource, namespace, name));
    const { count } = await guarded(this.#rest.store.range({ key, countOnly: true }));
    return count === 0;
  }

  async #say(name: string, condition: Condition): Promise<void> {
    const now = formatTime(this.#rest.clock.now());
    const ref = { resource: this.#definitions, namespace: undefined, name };
    await changeObject(this.#rest, ref, (object) => setCondition(object, now, condition));
  }

  async #release(name: string, condition: Condition): Promise<void> {
    const now = formatTime(this.#rest.clock.now());
    const ref = { resource: this.#definitions, namespace: undefined, name };
    await changeObject(this.#rest, ref, (object) => {
      setCondition(object, now, condition);
      const kept = (object.metadata.finalizers ?? []).filter((other) => other !== cleanupFinalizer);
      if (kept.length > 0) object.metadata.finalizers = kept;
      else delete object.metadata.finalizers;
      return true;
    });
  }
}

const inProgress: Condition = {
  type: 'Terminating',
  status: 'True',
  reason: 'InstanceDeletionInProgress',
  message: 'CustomResource deletion is in progress',
};

const completed: Condition = {
  type: 'Terminating',
  status: 'False',
  reason: 'InstanceDeletionCompleted',
  message: 'removed all instances',
};

const neverEstablished: Condition = {
  type: 'Terminating',
  status: 'False',
  reason: 'NeverEstablished',
  message: 'resource was never established',
};
