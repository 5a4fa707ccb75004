import { afterEach, describe, expect, it } from '@jest/globals';
import fs from 'node:fs';
import { join } from 'node:path';
import type { WatchBatch } from '../../../store/kv.js';
import { lmdbTablesHome } from '../../../store/replica/lmdb-tables-home.js';
import { snapshotChunks, snapshotRows } from '../../../store/replica/snapshot-stream.js';
import type { TablesHome } from '../../../store/replica/tables-home.js';
import { memoryTables } from '../../../store/tables/tables.js';
import { bytes, put, read, TestCluster, type TestMember } from './test-cluster.js';

let cluster: TestCluster | undefined;
afterEach(async () => {
  await cluster?.stop();
  cluster = undefined;
});

/** A log so short that a member that was away cannot do without a snapshot. */
const shortLog = { trailingEntries: 3, trailingBytes: 1 << 20, compactEveryEntries: 5 };

const writeMany = async (member: TestMember, from: number, count: number): Promise<void> => {
  for (let i = from; i < from + count; i++) await put(member, `k${i % 7}`, `${i}`);
};

/** Until the leader's log no longer has what comes after `index`. */
const writePast = async (
  c: TestCluster,
  index: number,
  write: (member: TestMember) => Promise<unknown> = (member) => put(member, 'k'),
): Promise<void> => {
  const leader = await c.leader();
  for (;;) {
    for (let i = 0; i < 10; i++) await write(leader);
    await leader.replica.machine.flush();
    await write(leader);
    if (leader.replica.logFirstIndex > index + 1) return;
  }
};

const remove = ({ replica }: TestMember): Promise<unknown> =>
  replica.propose({
    type: 'txn',
    txn: { compare: [], success: [{ type: 'delete', key: bytes('nothing') }], failure: [] },
  });

const hashes = async (c: TestCluster): Promise<Set<number>> => {
  const found = new Set<number>();
  for (const { replica } of c.members.values()) found.add((await replica.machine.hashKv()).hash);
  return found;
};

describe('a member that fell behind', () => {
  it('gets a snapshot; its watches go on without gap or double', async () => {
    cluster = new TestCluster([1n, 2n, 3n], { limits: shortLog });
    const c = cluster;
    await c.startAll();
    const behind = await c.follower();
    await writeMany(await c.leader(), 0, 5);
    await c.caughtUp(behind.id);
    const stop = new AbortController();
    const query = { key: bytes('k'), end: bytes('l') };
    const synced = behind.replica.machine.watch(query, stop.signal);
    const history = behind.replica.machine.watch({ ...query, startRevision: 2 }, stop.signal);
    const seen: WatchBatch[] = [];
    const following = (async () => {
      for await (const batch of synced) seen.push(batch);
    })();
    // Cut off, but alive: its watchers wait meanwhile.
    behind.network.isCut = true;
    await writePast(c, behind.replica.appliedIndex);
    const before = behind.replica.machine.revision;
    behind.network.isCut = false;
    await c.caughtUp(behind.id);
    await writeMany(await c.leader(), 0, 5);
    await c.caughtUp(behind.id);
    const { revision } = behind.replica.machine;
    expect(revision).toBeGreaterThan(before + 10);
    await c.until(() => seen.at(-1)?.revision === revision);
    expect(seen.map((batch) => batch.revision)).toEqual(
      Array.from({ length: revision - before }, (_, i) => before + 1 + i),
    );
    const fromStart: number[] = [];
    while (fromStart.at(-1) !== revision) fromStart.push((await history.next()).value!.revision);
    expect(fromStart).toEqual(Array.from({ length: revision - 1 }, (_, i) => 2 + i));
    expect((await hashes(c)).size).toBe(1);
    stop.abort();
    await following;
  });

  it('has leases and alarms of the snapshot', async () => {
    cluster = new TestCluster([1n, 2n, 3n], { limits: shortLog });
    const c = cluster;
    await c.startAll();
    const { id } = await c.follower();
    await c.kill(id);
    const leader = await c.leader();
    await leader.replica.propose({ type: 'lease-grant', id: 77n, ttlSeconds: 900 });
    await leader.replica.propose({
      type: 'alarm',
      action: 'activate',
      alarm: 'nospace',
      member: 3n,
    });
    await writePast(c, 30, remove);
    const back = await c.start(id);
    await c.caughtUp(id);
    expect(back.replica.machine.leases.list()).toMatchObject([{ id: 77n }]);
    expect(back.replica.machine.hasAlarm('nospace')).toBe(true);
  });
});

describe('a crash while a snapshot is installed', () => {
  /** Dies at one of its steps, before or after it is done. */
  const dyingHome = (
    home: TablesHome,
    { step, after, died }: { step: keyof TablesHome; after: boolean; died: () => void },
  ): TablesHome => {
    let isDead = false;
    const die = (): Error => {
      isDead = true;
      died();
      return new Error('dies');
    };
    const run = <T>(name: keyof TablesHome, work: () => Promise<T>): Promise<T> => {
      if (isDead) return Promise.reject(new Error('dead'));
      if (name !== step) return work();
      if (!after) return Promise.reject(die());
      return work().then(() => {
        throw die();
      });
    };
    return {
      open: () => home.open(),
      sealedIndex: () => home.sealedIndex(),
      stage: () => run('stage', () => home.stage()),
      seal: (index) => run('seal', () => home.seal(index)),
      adopt: () => run('adopt', () => home.adopt()),
      discard: () => (isDead ? Promise.resolve() : home.discard()),
    };
  };
  const points = [
    ['before anything is staged', 'stage', false],
    ['while rows are staged', 'stage', true],
    ['before it is sealed', 'seal', false],
    ['when it is sealed', 'seal', true],
    ['when the log has its mark', 'adopt', false],
    ['when it has taken its place', 'adopt', true],
  ] as const;
  it.each(points)('%s leaves a member that starts and catches up', async (_name, step, after) => {
    let dying: bigint | undefined;
    let isDead = false;
    const died = (): void => {
      isDead = true;
    };
    cluster = new TestCluster([1n, 2n, 3n], {
      limits: shortLog,
      homeOf: (folder, id) =>
        id === dying
          ? dyingHome(lmdbTablesHome(folder), { step, after, died })
          : lmdbTablesHome(folder),
    });
    const c = cluster;
    await c.startAll();
    await put(await c.leader(), 'first', 'x');
    const { id } = await c.follower();
    await c.kill(id);
    await writePast(c, 30);
    dying = id;
    const doomed = await c.start(id);
    const snap = join(doomed.folder, 'snap');
    await c.until(() => isDead && (step !== 'adopt' || doomed.fatal.length > 0));
    await c.kill(id);
    dying = undefined;
    const back = await c.start(id);
    if (step === 'adopt') expect(back.replica.appliedIndex).toBeGreaterThan(20);
    await writeMany(await c.leader(), 0, 3);
    await c.caughtUp(id);
    expect(read(back, 'first')).toBe('x');
    expect((await hashes(c)).size).toBe(1);
    expect(fs.readdirSync(snap).sort()).toEqual(['db', 'db-lock']);
  });
});

describe('the bytes of a snapshot', () => {
  const chunksOf = async (): Promise<Uint8Array[]> => {
    const tables = memoryTables();
    await tables.commit([
      { table: 'key', key: bytes('a'), value: bytes('1'.repeat(100)) },
      { table: 'key', key: bytes('b'), value: bytes('2'.repeat(100)) },
      { table: 'meta', key: bytes('c'), value: bytes('') },
    ]);
    const chunks: Uint8Array[] = [];
    for await (const chunk of snapshotChunks(tables.view(), 50)) chunks.push(chunk);
    return chunks;
  };
  const rowsOf = async (chunks: readonly Uint8Array[]): Promise<string[]> => {
    const rows: string[] = [];
    // eslint-disable-next-line @typescript-eslint/require-await -- a stream that has it all
    const stream = async function* (): AsyncGenerator<Uint8Array> {
      yield* chunks;
    };
    for await (const page of snapshotRows(stream()))
      for (const { table, key } of page) rows.push(`${table} ${Buffer.from(key).toString()}`);
    return rows;
  };

  it('give back the rows of every table', async () => {
    const chunks = await chunksOf();
    expect(chunks).toHaveLength(4);
    expect(await rowsOf(chunks)).toEqual(['key a', 'key b', 'meta c']);
  });

  it('are refused when anything is missing, changed or too much', async () => {
    const chunks = await chunksOf();
    await expect(rowsOf(chunks.slice(0, -1))).rejects.toThrow(/cut off/);
    await expect(rowsOf([...chunks.slice(1)])).rejects.toThrow(/lacks rows/);
    await expect(rowsOf([...chunks, chunks[0]!])).rejects.toThrow(/behind its end/);
    const flipped = chunks.map((chunk) => Uint8Array.from(chunk));
    flipped[0]![50]! ^= 1;
    await expect(rowsOf(flipped)).rejects.toThrow(/checksum/);
  });
});
