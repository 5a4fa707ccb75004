// The figures of `npm run bench`. Each case starts from the state the one before left, so their order matters.
import { podOf, type LoadResult } from './loader.js';
import type { BenchServer } from './server.js';

export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly target: string;
}

const pods = '/api/v1/namespaces/default/pods';
const rate = (result: LoadResult): string =>
  `${Math.round(result.perSecond)}/s (p50 ${result.p50Ms.toFixed(1)} ms, p99 ${result.p99Ms.toFixed(1)} ms)`;

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const mb = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;

/** Median of several bursts of creates, each of new objects. */
export async function creates(server: BenchServer, mode: string, bursts = 5): Promise<Figure> {
  let made = 0;
  const burst = (count: number): Promise<LoadResult> => {
    const from = made;
    made += count;
    return server.loader.run(64, count, (i) =>
      server.loader.send('POST', pods, podOf(`${mode}-${from + i}`)),
    );
  };
  await burst(1000); // warms the code on both sides
  const results: LoadResult[] = [];
  for (let i = 0; i < bursts; i++) results.push(await burst(2000));
  const middle = median(results.map((result) => result.perSecond));
  const shown = results.find((result) => result.perSecond === middle);
  return {
    name: `creates of a 2 KB Pod, ${mode}, 64 connections`,
    value: shown ? rate(shown) : '-',
    target: mode === 'durable' ? '>= 3,000/s' : '',
  };
}

export async function gets(server: BenchServer): Promise<Figure> {
  const results: LoadResult[] = [];
  for (let i = 0; i < 5; i++) {
    results.push(
      await server.loader.run(64, 10_000, (at) =>
        server.loader.send('GET', `${pods}/in-memory-${at % 5000}`),
      ),
    );
  }
  const middle = median(results.map((result) => result.perSecond));
  const shown = results.find((result) => result.perSecond === middle);
  return { name: 'gets, 64 connections', value: shown ? rate(shown) : '-', target: '>= 10,000/s' };
}

/** CPU time the server spends on one list, and the time the loader waits for it. */
export async function lists(server: BenchServer): Promise<Figure[]> {
  const { body } = await server.loader.send('GET', pods);
  // as: the shape of a PodList
  const { items } = JSON.parse(body.toString()) as { items: unknown[] };
  const waits: number[] = [];
  const cpu = server.cpuSeconds();
  const runs = 20;
  for (let i = 0; i < runs; i++) {
    const from = performance.now();
    await server.loader.send('GET', pods);
    waits.push(performance.now() - from);
  }
  const cpuMs = ((server.cpuSeconds() - cpu) * 1000) / runs;
  return [
    {
      name: `list of ${items.length} Pods, ${mb(body.length)}: server's CPU time`,
      value: `${cpuMs.toFixed(0)} ms`,
      target: items.length >= 10_000 ? '<= 60 ms' : '',
    },
    {
      name: 'the same list: time to the last byte',
      value: `${median(waits).toFixed(0)} ms`,
      target: '',
    },
  ];
}

/** One writer, `watchers` watch streams: events that arrive per second, counted as lines. */
export async function fanOut(server: BenchServer, watchers = 1000): Promise<Figure> {
  const newline = 10;
  let delivered = 0;
  let reached: () => void = () => undefined;
  let goal = 0;
  const stops = await Promise.all(
    Array.from({ length: watchers }, () =>
      server.loader.stream(
        '/api/v1/namespaces/default/configmaps?watch=1&resourceVersion=0',
        (bytes) => {
          for (const byte of bytes) if (byte === newline) delivered++;
          if (delivered >= goal) reached();
        },
      ),
    ),
  );
  const writes = 50;
  const from = performance.now();
  delivered = 0;
  goal = writes * watchers;
  const all = new Promise<void>((resolve) => (reached = resolve));
  for (let i = 0; i < writes; i++) {
    await server.loader.send(
      'POST',
      '/api/v1/namespaces/default/configmaps',
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: `event-${i}` },
        data: { k: 'v' },
      }),
    );
  }
  await all;
  const seconds = (performance.now() - from) / 1000;
  for (const stop of stops) stop();
  return {
    name: `watch fan-out, one writer, ${watchers} watchers`,
    value: `${Math.round(goal / seconds)} events/s`,
    target: '',
  };
}

/** How the time of a create grows with what is stored: median of bursts at 1,000 and at `top` objects. */
export async function growth(server: BenchServer, top: number): Promise<Figure> {
  let made = 0;
  const fill = (count: number): Promise<LoadResult> => {
    const from = made;
    made += count;
    return server.loader.run(64, count, (i) =>
      server.loader.send('POST', '/api/v1/namespaces/kube-public/pods', podOf(`grow-${from + i}`)),
    );
  };
  const sample = async (): Promise<number> => {
    const times: number[] = [];
    for (let i = 0; i < 5; i++) times.push((await fill(1000)).p50Ms);
    return median(times);
  };
  await fill(1000);
  const first = await sample();
  while (made < top) await fill(Math.min(5000, top - made));
  const last = await sample();
  return {
    name: `create, p50 at 64 connections: ${top} objects against 1,000`,
    value: `${last.toFixed(1)} ms against ${first.toFixed(1)} ms (${(last / first).toFixed(2)}x)`,
    target: '<= 1.2x',
  };
}
