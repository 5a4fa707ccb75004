// A client: one request at a time, through any member, with a deadline. What it is told goes into the history; what it
// is not told may have happened or not. Answers that need no search are checked on the spot.
import type { RangeResult, TxnResult } from '../../store/kv.js';
import type { KvAnswer, KvRequest } from './checkers/kv-history.js';
import type { LeaseSafety } from './checkers/leases.js';
import type { Reference } from './checkers/reference.js';
import type { History } from './history.js';
import type { ClientStore } from './node.js';
import type { Random } from './random.js';
import { Workload, type Knowledge, type Wish } from './workload.js';
import { asError, type World } from './world.js';

/** How clients reach members. */
export interface Access {
  /** Somebody to ask; undefined while nobody is up. */
  pick(random: Random): bigint | undefined;
  /** Runs `ask` in the member's process. Rejects also when that process dies; with the code 'not-sent' if it was down. */
  call<T>(member: bigint, ask: (store: ClientStore) => Promise<T>): Promise<T>;
}

export interface ClientParts {
  readonly world: World;
  readonly access: Access;
  readonly history: History;
  readonly reference: Reference;
  readonly leases: LeaseSafety;
}

export interface ClientOptions {
  readonly thinkMs: number;
  readonly timeoutMs: number;
  readonly leaseTtlSeconds: number;
  /** Does little but keep a lease alive. */
  readonly isKeeper: boolean;
}

/** Errors that are the result of the request, the same on every member. Any other leaves a write open. */
const answers: readonly string[] = [
  'compacted',
  'future-revision',
  'lease-not-found',
  'lease-exists',
];

export class Client {
  readonly name: string;
  /** Requests that were answered. */
  answered = 0;
  readonly #parts: ClientParts;
  readonly #options: ClientOptions;
  readonly #random: Random;
  readonly #workload: Workload;
  readonly #known: Knowledge = { revision: 1, modRevisions: new Map(), leases: [] };
  #isStopped = false;

  constructor(name: string, parts: ClientParts, options: ClientOptions) {
    this.name = name;
    this.#parts = parts;
    this.#options = options;
    this.#random = parts.world.random.fork();
    const { leaseTtlSeconds, isKeeper } = options;
    this.#workload = new Workload(this.#random, name, { leaseTtlSeconds, isKeeper });
    this.#later();
  }

  stop(): void {
    this.#isStopped = true;
  }

  #later(): void {
    this.#parts.world.schedule(this.#random.delayMs(this.#options.thinkMs), () => {
      if (this.#isStopped) return;
      const { world } = this.#parts;
      this.#act().then(
        () => {
          this.#later();
        },
        (error: unknown) => {
          world.fail(error);
        },
      );
    });
  }

  async #act(): Promise<void> {
    const member = this.#parts.access.pick(this.#random);
    if (member === undefined) return;
    const wish = this.#workload.next(this.#known);
    this.#parts.world.trace(`${this.name} asks ${String(member)}: ${wish.type}`);
    if (wish.type === 'range') await this.#read(member, wish.query);
    else if (wish.type === 'lease-renew') await this.#renew(member, wish.id);
    else await this.#write(member, wish);
  }

  async #read(member: bigint, query: (Wish & { type: 'range' })['query']): Promise<void> {
    const { history, reference } = this.#parts;
    const isLinearizable = query.linearizable !== false;
    const request: KvRequest = { type: 'range', query };
    const call = isLinearizable ? history.call(this.name, request) : undefined;
    const outcome = await this.#ask(member, (store) => store.range(query));
    if (outcome.type === 'error') {
      call?.notSent(); // a read without an answer says nothing
      this.#checkReadError(outcome.error, query.revision ?? 0);
      return;
    }
    const { value } = outcome;
    call?.answered({ type: 'range', result: value });
    reference.checkRead(`${this.name}'s read from ${String(member)}`, query, value);
    this.#learn(value.revision, value);
  }

  async #write(
    member: bigint,
    wish: Exclude<Wish, { type: 'range' | 'lease-renew' }>,
  ): Promise<void> {
    const { history, leases, world } = this.#parts;
    const calledMs = world.nowMs;
    const call = history.call(this.name, wish);
    if (wish.type === 'lease-revoke') leases.revokeCalled(wish.id);
    const outcome = await this.#ask(member, (store) => perform(store, wish));
    if (outcome.type === 'error') {
      const code = codeOf(outcome.error);
      // as: one of the four
      if (answers.includes(code)) call.answered({ type: 'error', code: code as 'compacted' });
      if (code === 'not-sent') call.notSent();
      return;
    }
    call.answered(outcome.value);
    if (outcome.value.type === 'txn') this.#learnTxn(outcome.value.result);
    if (wish.type === 'lease-grant') {
      leases.acknowledged(wish.id, calledMs, wish.ttlSeconds);
      this.#known.leases.push(wish.id);
    }
    if (wish.type === 'lease-revoke') this.#forget(wish.id);
  }

  async #renew(member: bigint, id: bigint): Promise<void> {
    const { leases, world } = this.#parts;
    const calledMs = world.nowMs;
    const outcome = await this.#ask(member, (store) => store.keepLeaseAlive(id));
    if (outcome.type === 'done') {
      leases.acknowledged(id, calledMs, outcome.value.grantedTtlSeconds);
    } else if (codeOf(outcome.error) === 'lease-not-found') this.#forget(id);
  }

  async #ask<T>(
    member: bigint,
    ask: (store: ClientStore) => Promise<T>,
  ): Promise<{ type: 'done'; value: T } | { type: 'error'; error: Error }> {
    const { world, access } = this.#parts;
    const what = `${this.name} hears from ${String(member)}`;
    let cancel = (): void => undefined;
    const late = new Promise<never>((_, reject) => {
      cancel = world.schedule(this.#options.timeoutMs, () => {
        reject(new Error('no answer in time'));
      });
    });
    try {
      const value = await Promise.race([access.call(member, ask), late]);
      world.trace(what);
      this.answered++;
      return { type: 'done', value };
    } catch (thrown) {
      const error = asError(thrown);
      world.trace(`${what}: ${error.message}`);
      return { type: 'error', error };
    } finally {
      cancel();
    }
  }

  #checkReadError(error: Error, revision: number): void {
    if (codeOf(error) !== 'compacted') return;
    const { compactRevision } = this.#parts.reference.state;
    if (revision >= compactRevision)
      throw new Error(`${this.name}: ${revision} is refused as compacted at ${compactRevision}`);
  }

  #learn(revision: number, result: RangeResult): void {
    this.#known.revision = Math.max(this.#known.revision, revision);
    for (const { key, modRevision } of result.kvs)
      this.#known.modRevisions.set(Buffer.from(key).toString(), modRevision);
  }

  #learnTxn({ revision, responses }: TxnResult): void {
    this.#known.revision = Math.max(this.#known.revision, revision);
    for (const response of responses)
      if (response.type === 'range') this.#learn(revision, response);
  }

  #forget(id: bigint): void {
    const at = this.#known.leases.indexOf(id);
    if (at >= 0) this.#known.leases.splice(at, 1);
  }
}

async function perform(
  store: ClientStore,
  wish: Exclude<Wish, { type: 'range' | 'lease-renew' }>,
): Promise<KvAnswer> {
  switch (wish.type) {
    case 'txn':
      return { type: 'txn', result: await store.txn(wish.txn) };
    case 'compact':
      await store.compact(wish.revision);
      return { type: 'done' };
    case 'lease-grant':
      await store.grantLease(wish.ttlSeconds, wish.id);
      return { type: 'done' };
    case 'lease-revoke':
      await store.revokeLease(wish.id);
      return { type: 'done' };
  }
}

export function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
