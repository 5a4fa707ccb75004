// The cases: each gives one figure for one server (or cluster), so that two servers can be put side by side.
import { Buffer } from 'node:buffer';
import { EtcdLoader } from './loader.js';

export interface Case {
  readonly name: string;
  /** Units a second: more is better. */
  readonly run: (endpoints: readonly string[]) => Promise<number>;
}

const value = Buffer.alloc(1024, 'v');
const bytes = (text: string): Uint8Array => Buffer.from(text);
/** Bursts of a case; the median counts. */
const bursts = 3;

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

async function measured(
  endpoints: readonly string[],
  clients: number,
  count: number,
  request: (loader: EtcdLoader, i: number, client: number) => Promise<unknown>,
): Promise<number> {
  const loader = new EtcdLoader(endpoints, clients);
  try {
    const found: number[] = [];
    // The first burst warms both sides.
    for (let burst = 0; burst <= bursts; burst++) {
      const { perSecond } = await loader.run(count, (i, client) =>
        request(loader, burst * count + i, client),
      );
      if (burst > 0) found.push(perSecond);
    }
    return median(found);
  } finally {
    loader.close();
  }
}

const put =
  (clients: number, count: number) =>
  (endpoints: readonly string[]): Promise<number> =>
    measured(endpoints, clients, count, (loader, i, client) =>
      loader.ask('etcdserverpb.KV/Put', { key: bytes(`put/${clients}/${i}`), value }, client),
    );

async function fill(endpoints: readonly string[], count: number): Promise<void> {
  const loader = new EtcdLoader(endpoints, 64);
  await loader.run(count, (i, client) =>
    loader.ask(
      'etcdserverpb.KV/Put',
      { key: bytes(`range/${String(i).padStart(6, '0')}`), value: value.subarray(0, 100) },
      client,
    ),
  );
  loader.close();
}

async function ranges(endpoints: readonly string[], limit: number): Promise<number> {
  await fill(endpoints, 1000);
  const request =
    limit === 1
      ? { key: bytes('range/000500') }
      : { key: bytes('range/'), range_end: bytes('range0'), limit };
  return measured(endpoints, 64, limit === 1 ? 10_000 : 500, (loader, _i, client) =>
    loader.ask('etcdserverpb.KV/Range', request, client),
  );
}

/** As an API server updates an object: compare the revision, put, else read. */
function txns(endpoints: readonly string[]): Promise<number> {
  return measured(endpoints, 64, 5000, (loader, i, client) => {
    const key = bytes(`txn/${i}`);
    return loader.ask(
      'etcdserverpb.KV/Txn',
      {
        compare: [{ result: 0, target: 2, key, mod_revision: 0 }],
        success: [{ request_put: { key, value } }],
        failure: [{ request_range: { key } }],
      },
      client,
    );
  });
}

/** One writer, 1,000 watches on its key: events that arrive a second. */
async function fanOut(endpoints: readonly string[]): Promise<number> {
  const watchers = 1000;
  const writes = 100;
  const loader = new EtcdLoader(endpoints, 500);
  try {
    let arrived = 0;
    let finish: () => void = () => undefined;
    await Promise.all(
      Array.from({ length: watchers }, (_, i) =>
        loader.watch('fan', i, (count) => {
          arrived += count;
          if (arrived === watchers * writes) finish();
        }),
      ),
    );
    const done = new Promise<void>((resolve) => (finish = resolve));
    const from = performance.now();
    for (let i = 0; i < writes; i++)
      await loader.ask('etcdserverpb.KV/Put', { key: bytes('fan'), value });
    await done;
    return (watchers * writes * 1000) / (performance.now() - from);
  } finally {
    loader.close();
  }
}

export const cases: readonly Case[] = [
  { name: 'put of 1 KB, 1 client', run: put(1, 1500) },
  { name: 'put of 1 KB, 64 clients', run: put(64, 8000) },
  { name: 'put of 1 KB, 1,000 clients', run: put(1000, 10_000) },
  { name: 'range of 1 key, 64 clients', run: (endpoints) => ranges(endpoints, 1) },
  { name: 'range of 1,000 keys of 100 B, 64 clients', run: (endpoints) => ranges(endpoints, 1000) },
  { name: 'txn compare + put, 64 clients', run: txns },
  { name: 'watch fan-out to 1,000 watches, events', run: fanOut },
];

export const clusterCases: readonly Case[] = [
  { name: '3 members: put of 1 KB, 1 client', run: put(1, 800) },
  { name: '3 members: put of 1 KB, 64 clients', run: put(64, 5000) },
  { name: '3 members: put of 1 KB, 1,000 clients', run: put(1000, 6000) },
];
