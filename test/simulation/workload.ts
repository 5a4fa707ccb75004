// What clients ask for, drawn at random over few keys, so that they get in each other's way.
import type { Op, RangeQuery, Txn } from '../../store/kv.js';
import type { Random } from './random.js';

export type Wish =
  | { readonly type: 'txn'; readonly txn: Txn }
  | { readonly type: 'range'; readonly query: RangeQuery }
  | { readonly type: 'compact'; readonly revision: number }
  | { readonly type: 'lease-grant'; readonly id: bigint; readonly ttlSeconds: number }
  | { readonly type: 'lease-revoke'; readonly id: bigint }
  | { readonly type: 'lease-renew'; readonly id: bigint };

/** What a client has seen so far; wishes build on it. */
export interface Knowledge {
  revision: number;
  /** Of keys as last read; 0 = absent. */
  readonly modRevisions: Map<string, number>;
  readonly leases: bigint[];
}

export const keyNames = ['a', 'b', 'c', 'd', 'e'] as const;
const bytes = (text: string): Uint8Array => Buffer.from(text);
const tagPrefix = '~';
export const allKeys = { key: bytes('a'), end: bytes('f') };

export class Workload {
  readonly #random: Random;
  readonly #name: string;
  readonly #options: { readonly leaseTtlSeconds: number; readonly isKeeper: boolean };
  #count = 0;

  constructor(
    random: Random,
    name: string,
    options: { readonly leaseTtlSeconds: number; readonly isKeeper: boolean },
  ) {
    this.#random = random;
    this.#name = name;
    this.#options = options;
  }

  next(known: Knowledge): Wish {
    const wish = this.#draw(known);
    return wish.type === 'txn' ? { ...wish, txn: tagged(wish.txn, this.#tag()) } : wish;
  }

  #draw(known: Knowledge): Wish {
    if (this.#options.isKeeper && this.#random.chance(0.6)) {
      const id = known.leases.at(-1);
      if (id !== undefined) return { type: 'lease-renew', id };
    }
    const dice = this.#random.next();
    if (dice < 0.3) return { type: 'txn', txn: plainTxn([this.#put(known)]) };
    if (dice < 0.36) return { type: 'txn', txn: plainTxn([this.#delete()]) };
    if (dice < 0.48) return { type: 'txn', txn: this.#compareAndSwap(known) };
    if (dice < 0.54) return { type: 'txn', txn: this.#mixed(known) };
    if (dice < 0.76) return { type: 'range', query: this.#range() };
    if (dice < 0.83) return { type: 'range', query: { ...this.#range(), linearizable: false } };
    if (dice < 0.87) return { type: 'range', query: this.#oldRange(known) };
    if (dice < 0.89) return { type: 'compact', revision: this.#oldRevision(known) };
    return this.#lease(known);
  }

  /** Unique: a value tells which write put it there, a tag which request an entry of the log is. */
  #tag(): string {
    return `${this.#name}-${this.#count++}`;
  }

  #lease(known: Knowledge): Wish {
    const lease = this.#random.pick(known.leases);
    if (lease === undefined || this.#random.chance(0.25)) {
      const id = BigInt(1 + this.#random.integer(2 ** 40));
      return { type: 'lease-grant', id, ttlSeconds: this.#options.leaseTtlSeconds };
    }
    if (this.#random.chance(0.15)) return { type: 'lease-revoke', id: lease };
    return { type: 'lease-renew', id: lease };
  }

  #key(): Uint8Array {
    return bytes(this.#random.pick(keyNames) ?? 'a');
  }

  #put(known: Knowledge, key = this.#key()): Op {
    const lease = this.#random.chance(0.25) ? this.#random.pick(known.leases) : undefined;
    const prevKv = this.#random.chance(0.2);
    return {
      type: 'put',
      key,
      value: bytes(this.#tag()),
      prevKv,
      ...(lease !== undefined && { lease }),
    };
  }

  #delete(): Op {
    const range = this.#random.chance(0.15) ? allKeys : { key: this.#key() };
    return { type: 'delete', ...range, prevKv: this.#random.chance(0.3) };
  }

  #compareAndSwap(known: Knowledge): Txn {
    const key = this.#key();
    const number = known.modRevisions.get(Buffer.from(key).toString()) ?? 0;
    return {
      compare: [{ target: 'mod', key, number, result: 'equal' }],
      success: [this.#random.chance(0.85) ? this.#put(known, key) : { type: 'delete', key }],
      failure: [{ type: 'range', key }],
    };
  }

  #mixed(known: Knowledge): Txn {
    const [first, second] = this.#random.chance(0.5) ? ['a', 'b'] : ['c', 'd'];
    const absent = { target: 'version', key: bytes(second), number: 0, result: 'equal' } as const;
    return {
      compare: this.#random.chance(0.5) ? [absent] : [],
      success: [this.#put(known, bytes(first)), { type: 'range', ...allKeys }],
      failure: [this.#put(known, bytes(first)), this.#put(known, bytes(second))],
    };
  }

  #range(): RangeQuery {
    if (this.#random.chance(0.5)) return { key: this.#key() };
    return this.#random.chance(0.3) ? { ...allKeys, limit: 2 } : allKeys;
  }

  #oldRange(known: Knowledge): RangeQuery {
    return { ...this.#range(), revision: this.#oldRevision(known), linearizable: false };
  }

  #oldRevision(known: Knowledge): number {
    return Math.max(1, known.revision - this.#random.integer(8));
  }
}

/** A comparison that always holds, of a key nobody ever writes, whose name says which request this is. */
function tagged(txn: Txn, tag: string): Txn {
  const key = bytes(`${tagPrefix}${tag}`);
  const compare = { target: 'version', key, number: 0, result: 'equal' } as const;
  return { ...txn, compare: [compare, ...txn.compare] };
}

export function tagOf(txn: Txn): string | undefined {
  const key = Buffer.from(txn.compare[0]?.key ?? []).toString();
  return key.startsWith(tagPrefix) ? key.slice(tagPrefix.length) : undefined;
}

function plainTxn(success: readonly Op[]): Txn {
  return { compare: [], success, failure: [] };
}
