// v3lockpb.Lock over a node: the holder is who has the oldest key of the line.
import type { Revision } from '../../kv.js';
import type { NodeStore, StoreNode } from '../../node.js';
import { CallError, statusCode, unary, type Served } from '../call.js';
import { headerOf } from './headers.js';
import { enter, leave, lineOf, sessionLease, waitForTurn, type Place } from './waiting-line.js';

export function lockService(node: StoreNode): readonly Served[] {
  return [
    unary('v3lockpb.Lock/Lock', async ({ name, lease }, call) => {
      const store = node.storeFor(await call.caller());
      const place = await enter(store, name, await sessionLease(store, lease), new Uint8Array(0));
      try {
        await waitForTurn(store, lineOf(name), place.rev, call.signal);
      } catch (error) {
        await leave(store, place);
        throw error;
      }
      const revision = await stillThere(store, place);
      return { header: headerOf(node, revision), key: place.key };
    }),
    unary('v3lockpb.Lock/Unlock', async ({ key }, call) => {
      const store = node.storeFor(await call.caller());
      const op = { type: 'delete', key } as const;
      const { revision } = await store.txn({ compare: [], success: [op], failure: [] });
      return { header: headerOf(node, revision) };
    }),
  ];
}

/** The lease may have run out while its holder waited. */
async function stillThere(store: NodeStore, { key }: Place): Promise<Revision> {
  const { kvs, revision } = await store.range({ key });
  if (kvs.length === 0) throw new CallError(statusCode.unknown, 'mutex: session is expired');
  return revision;
}
