// Namespace cleaner: empties a terminating namespace, pods first (KEP-5080), then takes its finalizer `kubernetes`
// away, which removes it. Runs again whenever something in such a namespace changes.
import { ApiError } from '../object/api-error.js';
import { isJsonObject, type JsonObject, type KubeObject } from '../object/kube-object.js';
import { formatTime } from '../object/time.js';
import type { Resource } from '../resources/resource.js';
import { cacheOf, type RestDeps } from '../rest/rest-deps.js';
import { namespaceFinalizers } from '../rest/update-flow.js';
import type { StoredEntry } from '../storage/cache/entry.js';
import { endWith } from './leadership.js';
import {
  contentOf,
  deletionConditions,
  namespacedKinds,
  type Content,
} from './namespace-content.js';
import { changeObject, controllerUser, deleteAs } from './system-call.js';
import { WorkQueue } from './work-queue.js';

const finalizer = 'kubernetes';
const user = controllerUser('namespace-controller');

export async function startNamespaceCleaner(rest: RestDeps, signal: AbortSignal): Promise<void> {
  const cleaner = new NamespaceCleaner(rest, signal);
  await cleaner.start();
}

class NamespaceCleaner {
  private readonly rest: RestDeps;
  private readonly signal: AbortSignal;
  private readonly queue: WorkQueue<string>;
  private readonly terminating = new Set<string>();
  private readonly namespaces: Resource;

  constructor(rest: RestDeps, signal: AbortSignal) {
    this.rest = rest;
    this.signal = signal;
    this.queue = new WorkQueue((name) => this.clean(name), rest.clock, signal);
    const namespaces = rest.catalog.find('', 'v1', 'namespaces');
    if (namespaces === undefined) throw new Error('namespaces are not served');
    this.namespaces = namespaces;
  }

  async start(): Promise<void> {
    const unobserve = this.rest.caches.observe((_kind, path) => {
      if (this.terminating.size === 0) return;
      const slash = path.indexOf('/');
      const namespace = path.slice(0, slash);
      if (slash > 0 && this.terminating.has(namespace)) this.queue.add(namespace, namespace);
    });
    this.signal.addEventListener('abort', unobserve, { once: true });
    await this.follow();
  }

  private async follow(): Promise<void> {
    if (this.signal.aborted) return;
    const { entries, stop } = await cacheOf(this.rest, this.namespaces).follow({
      changed: ({ path, after }) => {
        if (after === undefined) this.terminating.delete(path);
        else this.look(after);
      },
      lost: () => void this.follow().catch(() => undefined),
    });
    endWith(this.signal, stop);
    for (const entry of entries) this.look(entry);
  }

  private look(entry: StoredEntry): void {
    if (entry.parse().metadata.deletionTimestamp === undefined) return;
    this.terminating.add(entry.name);
    this.queue.add(entry.name, entry.name);
  }

  private async clean(name: string): Promise<void> {
    const { rest } = this;
    const namespace = cacheOf(rest, this.namespaces).at(name)?.parse();
    if (namespace?.metadata.deletionTimestamp === undefined) return;
    if (!namespaceFinalizers(namespace).includes(finalizer)) return;
    const left = await this.empty(name);
    await this.report(name, left);
    if (left.length === 0) await this.release(name);
  }

  /** Deletes everything; returns what still stands in the way. While there are pods, nothing else is touched. */
  private async empty(namespace: string): Promise<Content[]> {
    const { rest } = this;
    const kinds = namespacedKinds(rest.catalog, (row) => rest.layout.path(row));
    const isPods = (row: Resource): boolean => row.group === '' && row.plural === 'pods';
    const pods = await this.deleteAll(kinds.filter(isPods), namespace);
    if (pods.length > 0) return pods;
    return this.deleteAll(
      kinds.filter((row) => !isPods(row)),
      namespace,
    );
  }

  private async deleteAll(kinds: readonly Resource[], namespace: string): Promise<Content[]> {
    const left: Content[] = [];
    for (const resource of kinds) {
      for (const content of await contentOf(this.rest, resource, namespace)) {
        if (!content.isDeleting) await this.deleteOne(content);
      }
      left.push(...(await contentOf(this.rest, resource, namespace)));
    }
    return left;
  }

  private async deleteOne(content: Content): Promise<void> {
    try {
      await deleteAs(this.rest, user, content, { uid: content.uid });
    } catch (error) {
      // Gone, or replaced, meanwhile: the look afterwards tells.
      if (!(error instanceof ApiError && (error.code === 404 || error.code === 409))) throw error;
    }
  }

  private async report(name: string, left: readonly Content[]): Promise<void> {
    const ref = { resource: this.namespaces, namespace: undefined, name };
    await changeObject(this.rest, ref, (object) => {
      const status = isJsonObject(object['status']) ? object['status'] : {};
      const old = Array.isArray(status['conditions'])
        ? status['conditions'].filter(isJsonObject)
        : [];
      // Nothing to explain when all went at once.
      if (left.length === 0 && old.length === 0) return false;
      const conditions = deletionConditions(left, formatTime(this.rest.clock.now()));
      const merged = mergeConditions(old, conditions);
      if (merged === undefined) return false;
      object['status'] = { ...status, conditions: merged };
      return true;
    });
  }

  private async release(name: string): Promise<void> {
    const ref = { resource: this.namespaces, namespace: undefined, name };
    await changeObject(this.rest, ref, (object: KubeObject) => {
      const spec = isJsonObject(object['spec']) ? object['spec'] : {};
      const kept = namespaceFinalizers(object).filter((other) => other !== finalizer);
      object['spec'] = { ...spec, finalizers: kept as string[] }; // as: schema-checked when stored
      return true;
    });
  }
}

/** New ones replace those of their type; one that says the same keeps its time. Undefined: nothing changed. */
function mergeConditions(
  old: readonly JsonObject[],
  fresh: readonly JsonObject[],
): JsonObject[] | undefined {
  let isChanged = false;
  const merged = [...old];
  for (const condition of fresh) {
    const at = merged.findIndex((other) => other['type'] === condition['type']);
    const before = merged[at];
    const isSame =
      before?.['status'] === condition['status'] && before?.['message'] === condition['message'];
    if (isSame) continue;
    isChanged = true;
    if (at < 0) merged.push(condition);
    else merged[at] = condition;
  }
  return isChanged ? merged : undefined;
}
