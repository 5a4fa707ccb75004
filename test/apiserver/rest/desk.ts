// Desk: the whole API server below HTTP, over an in-memory store, with a clock that stands still until moved.
import { AdmissionChain } from '../../../apiserver/admission/chain.js';
import { namespaceLifecycle } from '../../../apiserver/admission/namespace-lifecycle.js';
import { AlwaysAllowAuthenticated } from '../../../apiserver/auth/authorizer.js';
import { ApiError } from '../../../apiserver/object/api-error.js';
import type { JsonObject, KubeObject } from '../../../apiserver/object/kube-object.js';
import { builtInResources } from '../../../apiserver/resources/built-in.js';
import { Catalog } from '../../../apiserver/resources/catalog.js';
import type { Resource, Strategy, Verb } from '../../../apiserver/resources/resource.js';
import { createStrategies } from '../../../apiserver/resources/strategies/strategies.js';
import type { RestCall, RestReply } from '../../../apiserver/rest/rest-call.js';
import { RestHandler, type RestDeps } from '../../../apiserver/rest/rest-handler.js';
import { loadBuiltInTypes } from '../../../apiserver/schema/openapi.js';
import { Validator } from '../../../apiserver/schema/validator.js';
import { KeyLayout } from '../../../apiserver/storage/keys.js';
import { ObjectStore } from '../../../apiserver/storage/object-store.js';
import { WatchCaches } from '../../../apiserver/storage/cache/watch-cache.js';
import type { WatchFrameEvent } from '../../../apiserver/storage/cache/watch-cache-types.js';
import { openInMemoryStore, type KeyValueStore } from '../../../store/index.js';
import { SteppedClock } from '../../support/stepped-clock.js';

/** What a test asks for; the rest has sensible values. */
export interface Ask {
  readonly resource: string;
  readonly group?: string;
  readonly version?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
  readonly query?: string;
  readonly body?: unknown;
  readonly contentType?: string;
}

export interface Answer {
  readonly code: number;
  readonly object: KubeObject & JsonObject;
}

const noBody = new Uint8Array();
const admin = { name: 'admin', uid: '', groups: ['system:masters'], extra: {} };

export class Desk {
  readonly clock = new SteppedClock(Date.UTC(2026, 0, 1));
  readonly store: KeyValueStore;
  readonly deps: RestDeps;
  readonly rest: RestHandler;
  readonly warnings: string[] = [];
  private readonly aborter = new AbortController();

  constructor(strategies: Readonly<Record<string, Strategy>> = realStrategies()) {
    this.store = openInMemoryStore(this.clock);
    const layout = new KeyLayout();
    const caches = new WatchCaches(this.store, layout, this.clock);
    const types = loadBuiltInTypes();
    const catalog = new Catalog(builtInResources(strategies));
    const namespaces = catalog.find('', 'v1', 'namespaces')!;
    let uid = 0;
    let seed = 1;
    this.deps = {
      store: this.store,
      objects: new ObjectStore(this.store),
      caches,
      layout,
      catalog,
      types,
      validator: new Validator(types),
      admission: new AdmissionChain([namespaceLifecycle(() => caches.for(namespaces))]),
      authorizer: new AlwaysAllowAuthenticated(),
      userOfToken: (token) => Promise.resolve(token === 'good' ? admin : undefined),
      clock: this.clock,
      random: () => (seed = (seed * 16807) % 2147483647) / 2147483647,
      newUid: () => `00000000-0000-4000-8000-${String(++uid).padStart(12, '0')}`,
    };
    this.rest = new RestHandler(this.deps);
  }

  get signal(): AbortSignal {
    return this.aborter.signal;
  }

  /** With the namespace `default`. */
  async open(): Promise<this> {
    await this.deps.caches.start(this.aborter.signal);
    await this.create({ resource: 'namespaces', body: { metadata: { name: 'default' } } });
    return this;
  }

  async close(): Promise<void> {
    this.aborter.abort();
    await this.store.close();
  }

  resource(ask: Ask): Resource {
    const found = this.deps.catalog.find(ask.group ?? '', ask.version ?? 'v1', ask.resource);
    if (found === undefined) throw new Error(`no resource ${ask.resource}`);
    return found;
  }

  call(verb: Verb, ask: Ask): RestCall {
    const resource = this.resource(ask);
    const { body } = ask;
    return {
      verb,
      resource,
      subresource: ask.subresource,
      namespace: ask.namespace ?? (resource.scope === 'Namespaced' ? 'default' : undefined),
      name: ask.name,
      query: new URLSearchParams(ask.query ?? ''),
      user: admin,
      userAgent: 'test',
      contentType: ask.contentType ?? 'application/json',
      body:
        body === undefined
          ? noBody
          : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
      signal: this.aborter.signal,
      warn: (text) => this.warnings.push(text),
    };
  }

  handle(verb: Verb, ask: Ask): Promise<RestReply> {
    return this.rest.handle(this.call(verb, ask));
  }

  async ask(verb: Verb, ask: Ask): Promise<Answer> {
    const reply = await this.handle(verb, ask);
    if (reply.type === 'object') {
      return { code: reply.code, object: parse(reply.entry.bytes) };
    }
    if (reply.type === 'status') {
      return { code: reply.code, object: reply.status as unknown as Answer['object'] };
    }
    throw new Error(`a ${reply.type} is no single object`);
  }

  async create(ask: Ask): Promise<Answer['object']> {
    return (await this.ask('create', ask)).object;
  }

  async get(ask: Ask): Promise<Answer['object']> {
    return (await this.ask('get', ask)).object;
  }

  async list(
    ask: Ask,
  ): Promise<{ names: string[]; items: Answer['object'][]; page: ListReply['page'] }> {
    const reply = (await this.handle('list', ask)) as ListReply;
    const items = reply.page.entries.map((entry) => parse(entry.bytes));
    return { names: items.map((item) => item.metadata.name ?? ''), items, page: reply.page };
  }

  /** The ApiError of a refused request; fails when it is not refused. */
  async refusal(verb: Verb, ask: Ask): Promise<ApiError> {
    try {
      await this.handle(verb, ask);
    } catch (error) {
      if (error instanceof ApiError) return error;
      throw error;
    }
    throw new Error(`${verb} ${ask.resource} was not refused`);
  }

  async watch(ask: Ask): Promise<WatchLog> {
    const reply = (await this.handle('watch', ask)) as Extract<RestReply, { type: 'watch' }>;
    const log = new WatchLog();
    log.stop = reply.start(log);
    return log;
  }

  /** Resolves once every watcher has been offered what is written so far. */
  async settle(): Promise<void> {
    const { caches } = this.deps;
    await caches.reached(await caches.freshness.revision());
  }
}

const realStrategies = (): Record<string, Strategy> =>
  createStrategies({ serviceIpRanges: ['10.0.0.0/24'], nodePortRange: [30000, 32767] });

type ListReply = Extract<RestReply, { type: 'list' }>;

export const parse = (bytes: Uint8Array): Answer['object'] =>
  JSON.parse(Buffer.from(bytes).toString()) as Answer['object'];

export class WatchLog {
  readonly events: { type: string; object: Answer['object'] }[] = [];
  readonly frames: WatchFrameEvent[] = [];
  isEnded = false;
  stop: () => void = () => undefined;

  send(events: readonly WatchFrameEvent[]): boolean {
    for (const event of events) {
      this.frames.push(event);
      this.events.push({ type: event.type, object: parse(event.object.bytes) });
    }
    return true;
  }

  end(): void {
    this.isEnded = true;
  }

  /** `ADDED a`, `MODIFIED a`, ... */
  get lines(): string[] {
    return this.events.map(({ type, object }) =>
      `${type} ${object.metadata.name ?? (type === 'ERROR' ? (object['message'] as string) : '')}`.trim(),
    );
  }
}
