// The same history, drawn from a seed, goes into a member and into a real etcd: HashKV must give the same numbers at every
// revision both still know. It covers the bytes of every row, so an operator may compare members of either kind.
import { expect, it } from '@jest/globals';
import { openMember, type Member, type Op } from '../../../store/index.js';
import { describeWithEtcd } from '../../support/describe-with-etcd.js';
import { etcdctl, EtcdProcess } from '../../support/etcd-process.js';

type Json = Readonly<Record<string, unknown>>;

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** etcd's JSON gateway. */
async function ask(etcd: EtcdProcess, path: string, body: Json): Promise<Json> {
  const response = await fetch(`${etcd.endpoint}/v3/${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as Json;
  if (!response.ok) throw new Error(JSON.stringify(answer));
  return answer;
}

interface HashKv {
  readonly hash: number;
  readonly compact_revision: number;
}

async function hashKvOf(etcd: EtcdProcess, revision: number): Promise<HashKv> {
  const args = ['endpoint', 'hashkv', `--rev=${revision}`, '--write-out=json'];
  const { stdout, stderr, code } = await etcdctl(args, [etcd.endpoint]);
  if (code !== 0) throw new Error(stderr);
  const [{ HashKV: answer } = { HashKV: undefined }] = JSON.parse(stdout) as {
    readonly HashKV?: HashKv;
  }[];
  if (!answer) throw new Error(`no hash in ${stdout}`);
  return { hash: answer.hash, compact_revision: answer.compact_revision };
}

function toJson(op: Op): Json {
  switch (op.type) {
    case 'put':
      return {
        requestPut: {
          key: base64(op.key),
          value: base64(op.value),
          lease: String(op.lease ?? 0n),
        },
      };
    case 'delete':
      return {
        requestDeleteRange: {
          key: base64(op.key),
          range_end: base64(op.end ?? new Uint8Array(0)),
        },
      };
    default:
      throw new Error('not used here');
  }
}

/** mulberry32: small, and good enough to choose operations. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Both sides of one history. */
class Twins {
  readonly #random: () => number;
  readonly member: Member;
  readonly etcd: EtcdProcess;
  #revision = 1;
  compactRevision = 0;
  #leases: bigint[] = [];
  #nextLease = 1000n;

  constructor(member: Member, etcd: EtcdProcess, seed: number) {
    this.member = member;
    this.etcd = etcd;
    this.#random = randomOf(seed);
  }

  get revision(): number {
    return this.#revision;
  }

  below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  async step(): Promise<void> {
    const kind = this.below(20);
    if (kind === 0) await this.#compact();
    else if (kind <= 2) await this.#grant();
    else if (kind === 3) await this.#revoke();
    else await this.#txn(kind <= 8 ? 1 + this.below(4) : 1);
  }

  async #txn(size: number): Promise<void> {
    const keys = new Set<string>();
    while (keys.size < size) keys.add(`key ${this.below(30)}`);
    const ops = [...keys].map((key) => this.#op(Buffer.from(key)));
    const ours = await this.member.txn({ compare: [], success: ops, failure: [] });
    const theirs = await ask(this.etcd, 'kv/txn', { success: ops.map(toJson) });
    expect(String(ours.revision)).toBe((theirs['header'] as Json)['revision']);
    this.#revision = ours.revision;
  }

  #op(key: Uint8Array): Op {
    if (this.below(4) === 0) return { type: 'delete', key };
    const value = Buffer.alloc(this.below(40), this.below(256));
    const lease = this.below(3) === 0 ? this.#leases[this.below(this.#leases.length)] : undefined;
    return lease === undefined ? { type: 'put', key, value } : { type: 'put', key, value, lease };
  }

  async #grant(): Promise<void> {
    // Negative ids are as good as others.
    const id = this.#nextLease++ * (this.below(2) === 0 ? 1n : -1n);
    await this.member.grantLease(3600, id);
    await ask(this.etcd, 'lease/grant', { TTL: '3600', ID: String(id) });
    this.#leases.push(id);
  }

  async #revoke(): Promise<void> {
    const id = this.#leases.shift();
    if (id === undefined) return;
    await this.member.revokeLease(id);
    const theirs = await ask(this.etcd, 'lease/revoke', { ID: String(id) });
    this.#revision = Number((theirs['header'] as Json)['revision']);
    expect(this.member.header().revision).toBe(this.#revision);
  }

  async #compact(): Promise<void> {
    const span = this.#revision - this.compactRevision;
    if (span < 2) return;
    this.compactRevision += 1 + this.below(span);
    await this.member.compact(this.compactRevision, true);
    const physical = { revision: String(this.compactRevision), physical: true };
    await ask(this.etcd, 'kv/compaction', physical);
  }

  async compareHashes(): Promise<void> {
    // (At the compacted revision itself only a newer etcd answers.)
    for (const revision of [0, this.compactRevision + 1, this.#middle()]) {
      if (revision > this.#revision) continue;
      const ours = await this.member.maintenance.hashKv(revision);
      const theirs = await hashKvOf(this.etcd, revision);
      expect({ revision, hash: ours.hash, compact_revision: ours.compactRevision }).toEqual({
        revision,
        ...theirs,
      });
    }
  }

  /** Nothing is left alive: etcd hashes such a store in its own way. */
  async clear(): Promise<void> {
    const all = { key: Buffer.from('key'), end: Buffer.from('kez') };
    const op = { type: 'delete', ...all } as const;
    await this.member.txn({ compare: [], success: [op], failure: [] });
    const theirs = await ask(this.etcd, 'kv/txn', { success: [toJson(op)] });
    this.#revision = Number((theirs['header'] as Json)['revision']);
  }

  #middle(): number {
    return Math.ceil((this.compactRevision + 1 + this.#revision) / 2);
  }
}

describeWithEtcd('HashKV', () => {
  it('is that of a real etcd with the same history', async () => {
    const etcd = await EtcdProcess.start();
    const member = await openMember({
      onFatal: (error) => {
        throw error;
      },
    });
    try {
      const twins = new Twins(member, etcd, 20_261_122);
      await twins.compareHashes();
      for (let round = 0; round < 8; round++) {
        for (let i = 0; i < 40; i++) await twins.step();
        await twins.compareHashes();
      }
      await twins.clear();
      await twins.compareHashes();
      expect(twins.revision).toBeGreaterThan(150);
      expect(twins.compactRevision).toBeGreaterThan(0);
    } finally {
      await member.close();
      await etcd.stop();
    }
  }, 60_000);
});
