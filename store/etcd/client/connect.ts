// connectEtcd: the client of a real etcd. Read next: etcd-store.ts.
import { systemClock, type Clock } from '../../clock.js';
import { StoreError } from '../../errors.js';
import type { KeyValueStore } from '../../kv.js';
import { Caller } from './caller.js';
import { Endpoint, type EtcdClientTls } from './endpoint.js';
import { Endpoints } from './endpoints.js';
import { EtcdStore } from './etcd-store.js';
import { Token, type EtcdUser } from './token.js';

export type { EtcdClientTls } from './endpoint.js';
export type { EtcdUser } from './token.js';

export interface EtcdClientOptions {
  /** `http://host:port`, `https://…`, `host:port` or `unix://path`: servers of one cluster. */
  readonly endpoints: readonly string[];
  readonly tls?: EtcdClientTls;
  readonly user?: EtcdUser;
  readonly clock?: Clock;
  /** Ends the wait for the first answer. */
  readonly signal?: AbortSignal;
  /** How long to wait for the first answer. Default 10 s. */
  readonly connectMaxMs?: number;
  /** The longest a request takes. Default 10 s: an etcd gives up after 7. */
  readonly requestMaxMs?: number;
  /** How long a request looks for a server that can be reached. Default 2.5 s. */
  readonly unreachableMaxMs?: number;
}

const retryMs = 200;
/** What an etcd that is still starting says, or nobody says. */
const passingCodes: readonly string[] = ['stopped', 'timeout', 'no-leader', 'leader-changed'];

/** Resolves when a server has answered. Rejects with TypeError (an endpoint is no URL) or StoreError ('stopped', …). */
export async function connectEtcd(options: EtcdClientOptions): Promise<KeyValueStore> {
  const clock = options.clock ?? systemClock;
  const endpoints = new Endpoints(
    options.endpoints.map((url) => new Endpoint(url, options.tls, clock)),
  );
  const closed = new AbortController();
  const token = options.user && new Token(endpoints, options.user, clock, closed.signal);
  const limits = {
    requestMaxMs: options.requestMaxMs ?? 10_000,
    unreachableMaxMs: options.unreachableMaxMs ?? 2_500,
  };
  const caller = new Caller(endpoints, token, clock, limits, closed);
  const store = new EtcdStore(caller, clock);
  const start = clock.monotonic();
  for (;;) {
    try {
      await store.status();
      return store;
    } catch (error) {
      const isLate = clock.monotonic() - start >= (options.connectMaxMs ?? 10_000);
      const isFinal = error instanceof StoreError && !passingCodes.includes(error.code);
      if (isLate || isFinal || options.signal?.aborted === true) {
        await store.close();
        throw error;
      }
    }
    await caller.pause(retryMs);
  }
}
