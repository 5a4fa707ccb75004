// EtcdStore: a real etcd cluster (3.4 to 3.6), or any server that speaks its API, as a KeyValueStore. Which endpoint is
// asked, and what is asked again, is caller.ts's; how watches survive is watches.ts's.
import type { Clock } from '../../clock.js';
import { StoreError } from '../../errors.js';
import type {
  AlarmType,
  KeyValueStore,
  Lease,
  RangeQuery,
  RangeResult,
  Revision,
  StoreStatus,
  Txn,
  TxnResult,
  WatchBatch,
  WatchQuery,
} from '../../kv.js';
import { methodType } from '../codec.js';
import type { HeaderOnly, StatusResponse } from '../messages.js';
import { rangeResult, revisionOf, txnResult } from './answers.js';
import type { Caller } from './caller.js';
import { CompactRevision } from './compact-revision.js';
import type { Endpoint } from './endpoint.js';
import { isReadOnly, rangeRequest, txnRequest } from './requests.js';
import { Watches } from './watches.js';

const methods = {
  range: methodType('etcdserverpb.KV/Range'),
  txn: methodType('etcdserverpb.KV/Txn'),
  compact: methodType('etcdserverpb.KV/Compact'),
  grant: methodType('etcdserverpb.Lease/LeaseGrant'),
  keepAlive: methodType('etcdserverpb.Lease/LeaseKeepAlive'),
  revoke: methodType('etcdserverpb.Lease/LeaseRevoke'),
  status: methodType('etcdserverpb.Maintenance/Status'),
};
const statusMaxMs = 3_000;
const firstKey = Uint8Array.of(0);

export class EtcdStore implements KeyValueStore {
  readonly #caller: Caller;
  readonly #watches: Watches;
  readonly #compactRevision = new CompactRevision();

  constructor(caller: Caller, clock: Clock) {
    this.#caller = caller;
    this.#watches = new Watches(caller, clock);
  }

  async range(query: RangeQuery): Promise<RangeResult> {
    const answer = await this.#caller.call(methods.range, rangeRequest(query), 'reads');
    return rangeResult(answer, this.#noted(answer));
  }

  async txn(txn: Txn): Promise<TxnResult> {
    const effect = isReadOnly(txn) ? 'reads' : 'writes';
    if (effect === 'writes') await this.#watches.begun;
    const answer = await this.#caller.call(methods.txn, txnRequest(txn), effect);
    return txnResult(answer, this.#noted(answer));
  }

  watch(query: WatchQuery, signal: AbortSignal): AsyncIterable<WatchBatch> {
    return this.#watches.open(query, signal);
  }

  async compact(revision: Revision): Promise<void> {
    await this.#watches.begun;
    this.#noted(await this.#caller.call(methods.compact, { revision }, 'writes'));
    this.#compactRevision.note(revision);
  }

  async grantLease(ttlSeconds: number, id = 0n): Promise<Lease> {
    const request = { TTL: ttlSeconds, ID: id };
    const { ID, TTL } = await this.#caller.call(methods.grant, request, 'writes');
    return { id: ID, ttlSeconds: TTL, grantedTtlSeconds: TTL };
  }

  async keepLeaseAlive(id: bigint): Promise<Lease> {
    const { TTL } = await this.#caller.call(methods.keepAlive, { ID: id }, 'reads');
    // etcd's way to say that there is no such lease.
    if (TTL <= 0) throw new StoreError('lease-not-found');
    return { id, ttlSeconds: TTL, grantedTtlSeconds: TTL };
  }

  async revokeLease(id: bigint): Promise<void> {
    await this.#watches.begun;
    this.#noted(await this.#caller.call(methods.revoke, { ID: id }, 'writes'));
  }

  /** Of the first endpoint that has a leader, since one that is cut off must not speak for the cluster. */
  async status(): Promise<StoreStatus> {
    const { endpoints } = this.#caller;
    let leaderless: { endpoint: Endpoint; answer: StatusResponse } | undefined;
    let failure: StoreError | undefined;
    for (let tries = endpoints.all.length; tries > 0; tries--) {
      const endpoint = endpoints.current;
      const answer = await this.#caller.callAt(endpoint, methods.status, {}, statusMaxMs);
      if ('response' in answer) {
        if (answer.response.leader !== 0n) return this.#statusOf(endpoint, answer.response);
        leaderless ??= { endpoint, answer: answer.response };
      } else failure = answer.failure.error;
      endpoints.leave(endpoint);
    }
    if (leaderless) return this.#statusOf(leaderless.endpoint, leaderless.answer);
    throw failure ?? new StoreError('stopped');
  }

  close(): Promise<void> {
    this.#watches.close();
    this.#caller.close();
    return Promise.resolve();
  }

  async #statusOf(endpoint: Endpoint, answer: StatusResponse): Promise<StoreStatus> {
    const revision = this.#noted(answer);
    return {
      revision,
      compactRevision: await this.#compactRevision.find(revision, (at) =>
        this.#isKept(endpoint, at),
      ),
      sizeBytes: answer.dbSize,
      // Told from 3.6 on.
      quotaBytes: answer.dbSizeQuota,
      hasLeader: answer.leader !== 0n,
      // Nobody leads here: the store is elsewhere.
      isLeader: false,
      alarms: alarmsOf(answer.errors),
    };
  }

  /** Asked of this member alone, so that it works without a leader. */
  async #isKept(endpoint: Endpoint, revision: Revision): Promise<boolean> {
    const request = { key: firstKey, revision, serializable: true, count_only: true };
    const answer = await this.#caller.callAt(endpoint, methods.range, request, statusMaxMs);
    if ('response' in answer) return true;
    const { error } = answer.failure;
    if (error.code === 'compacted') return false;
    throw error;
  }

  #noted(answer: HeaderOnly): Revision {
    const revision = revisionOf(answer);
    this.#watches.noteRevision(revision);
    return revision;
  }
}

/** `memberID:1 alarm:NOSPACE ` */
function alarmsOf(errors: readonly string[]): readonly AlarmType[] {
  const has = (name: string): boolean => errors.some((error) => error.includes(`alarm:${name}`));
  return [
    ...(has('NOSPACE') ? (['nospace'] as const) : []),
    ...(has('CORRUPT') ? (['corrupt'] as const) : []),
  ];
}
