// Opens the store that the configuration asks for: a member of its own cluster, in this process, or the client of an etcd
// (etcd-store.ts). It comes first: a member holds the data dir's lock, so nobody else's files are touched.
import type { Config } from '../config.js';
import { memberOptions } from '../config/member-options.js';
import { leadershipOf, type Leadership } from '../controllers/leadership.js';
import { openEtcdStore } from './etcd-store.js';
import { logLine } from './log.js';
import { PatientStore } from './patient-store.js';
import { openTransport } from './peer-transport.js';
import { openMember, type Clock, type KeyValueStore, type StoreNode } from '../../store/index.js';

export interface OpenStore {
  readonly store: KeyValueStore;
  /** Undefined: the store is not in this process. */
  readonly node: StoreNode | undefined;
  /** Of this server among those that share the store. */
  readonly leadership: Leadership;
  /** Rejects when the store has failed and the process must end. */
  readonly failed: Promise<never>;
  /** Resolves when this member was removed from its cluster. */
  readonly removed: Promise<void>;
}

export interface StoreSurroundings {
  readonly clock: Clock;
  readonly random: () => number;
  /** Ends the wait for a quorum. */
  readonly signal: AbortSignal | undefined;
}

export async function openStore(
  config: Config,
  { clock, random, signal }: StoreSurroundings,
): Promise<OpenStore> {
  if (config.etcd) return openEtcdStore(config, config.etcd, clock, signal);
  let fail: (error: unknown) => void = () => undefined;
  const failed = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  // Whoever runs the server waits for it; until then a failure must not count as unhandled.
  failed.catch(() => undefined);
  const dataDir = config.inMemory ? undefined : config.dataDir;
  const transport = await openTransport(config.store.peers, dataDir, clock);
  const member = await openMember({
    ...memberOptions(config.store, dataDir),
    clock,
    random,
    ...(transport && { transport }),
    ...(signal && { signal }),
    onFatal: (error) => {
      fail(error);
    },
    onSnapshotFailed: (error) => {
      logLine('scheduled snapshot failed', {}, error);
    },
  });
  return {
    // Alone it has no leader that changes.
    store: transport ? new PatientStore(member) : member,
    node: member,
    leadership: leadershipOf(member),
    failed,
    removed: member.removed,
  };
}
