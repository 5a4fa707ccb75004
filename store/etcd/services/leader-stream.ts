// Election.Observe: who leads now, then every proclamation of each leader after the other. Leaders that came and went
// between two looks may be skipped, as by etcd.
import { StoreError } from '../../errors.js';
import type { KeyValue, Revision, WatchEvent, WatchQuery } from '../../kv.js';
import type { NodeStore, StoreNode } from '../../node.js';
import type { Call, Incoming, Outgoing } from '../call.js';
import type { LeaderRequest, LeaderResponse } from '../messages.js';
import { headerOf } from './headers.js';
import { keyValueOf } from './kv-answers.js';
import { lineOf, oldestOf } from './waiting-line.js';

type Tell = (kv: KeyValue, revision: Revision) => Promise<void>;

export function observeLeaders(
  node: StoreNode,
  call: Call,
  out: Outgoing<LeaderResponse>,
): Incoming<LeaderRequest> {
  const ending = new AbortController();
  let resume = (): void => undefined;
  const tell: Tell = async (kv, revision) => {
    const isTaken = out.send({ header: headerOf(node, revision), kv: keyValueOf(kv) });
    if (isTaken || ending.signal.aborted) return;
    await new Promise<void>((resolve) => {
      resume = resolve;
    });
  };
  const observe = async (name: Uint8Array): Promise<void> => {
    const store = node.storeFor(await call.caller());
    while (!ending.signal.aborted) await observeOne(store, name, ending.signal, tell);
  };
  return {
    message({ name }) {
      observe(name).catch((error: unknown) => {
        out.end(error);
      });
    },
    halfClosed: () => undefined,
    drained() {
      resume();
    },
    closed() {
      ending.abort();
      resume();
    },
  };
}

/** Follows the leader there is, or the first to come, until its key is gone. */
async function observeOne(
  store: NodeStore,
  name: Uint8Array,
  signal: AbortSignal,
  tell: Tell,
): Promise<void> {
  const line = lineOf(name);
  const { kvs, revision } = await store.range(oldestOf(name));
  const first = kvs[0];
  const kv = first ?? (await firstPut(store, { ...line, startRevision: revision + 1 }, signal));
  if (!kv) return;
  const at = first ? revision : kv.modRevision;
  await tell(kv, at);
  await follow(
    store,
    { key: kv.key, startRevision: at + 1 },
    signal,
    async (event, eventRevision) => {
      if (event.type === 'put') await tell(event.kv, eventRevision);
      return event.type === 'delete';
    },
  );
}

async function firstPut(
  store: NodeStore,
  query: WatchQuery,
  signal: AbortSignal,
): Promise<KeyValue | undefined> {
  let found: KeyValue | undefined;
  await follow(store, { ...query, noDelete: true }, signal, ({ kv }) => {
    found = kv;
    return Promise.resolve(true);
  });
  return found;
}

/** Until `see` says it has seen enough, `signal` aborts or the revision was compacted away. */
async function follow(
  store: NodeStore,
  query: WatchQuery,
  signal: AbortSignal,
  see: (event: WatchEvent, revision: Revision) => Promise<boolean>,
): Promise<void> {
  const watching = new AbortController();
  try {
    const watch = store.watch(query, AbortSignal.any([signal, watching.signal]));
    for await (const { events, revision } of watch)
      for (const event of events) if (await see(event, revision)) return;
  } catch (error) {
    if (!(error instanceof StoreError && error.code === 'compacted')) throw error;
  } finally {
    watching.abort();
  }
}
