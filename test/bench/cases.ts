// The figures of `npm run bench`. Each case starts from the state the one before left, so their order matters.
import { podOf, type Loader, type LoadResult } from './loader.js';
import type { BenchServer } from './server.js';

export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly target: string;
}

const pods = '/api/v1/namespaces/default/pods';
const configmaps = '/api/v1/namespaces/default/configmaps';
const rate = (result: LoadResult): string =>
  `${Math.round(result.perSecond)}/s (p50 ${result.p50Ms.toFixed(1)} ms, p99 ${result.p99Ms.toFixed(1)} ms)`;

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const microseconds = (seconds: number): string => `${Math.round(seconds * 1e6)} us`;

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

/** What node:https alone can do here: requests with a 2 KB Pod, echoed. Judge the other figures by it. */
export async function yardstick(loader: Loader): Promise<Figure> {
  const body = podOf('yardstick');
  const results: LoadResult[] = [];
  for (let i = 0; i < 5; i++) {
    results.push(await loader.run(64, 5000, () => loader.send('POST', '/', body)));
  }
  const middle = median(results.map((result) => result.perSecond));
  const shown = results.find((result) => result.perSecond === middle);
  return {
    name: 'yardstick: bare node:https, 2 KB echoed, 64 connections',
    value: shown ? rate(shown) : '-',
    target: '',
  };
}

export async function gets(server: BenchServer): Promise<Figure[]> {
  const perRun = 10_000;
  const one = (at: number): ReturnType<BenchServer['loader']['send']> =>
    server.loader.send('GET', `${pods}/in-memory-${at % 5000}`);
  await server.loader.run(64, perRun, one); // warms the code on both sides
  const cpu = server.cpuSeconds();
  const results: LoadResult[] = [];
  for (let i = 0; i < 5; i++) {
    results.push(await server.loader.run(64, perRun, one));
  }
  const each = (server.cpuSeconds() - cpu) / (results.length * perRun);
  const middle = median(results.map((result) => result.perSecond));
  const shown = results.find((result) => result.perSecond === middle);
  return [
    { name: 'gets, 64 connections', value: shown ? rate(shown) : '-', target: '>= 10,000/s' },
    { name: "one get: server's CPU time", value: microseconds(each), target: '<= 100 us' },
  ];
}

/** CPU time the server spends on one list and on one table of the same objects, and the time the loader waits for it. */
export async function lists(server: BenchServer): Promise<Figure[]> {
  const { body } = await server.loader.send('GET', pods);
  // as: the shape of a PodList
  const { items } = JSON.parse(body.toString()) as { items: unknown[] };
  const waits: number[] = [];
  const runs = 20;
  const cpuMsOf = async (accept?: string): Promise<number> => {
    const cpu = server.cpuSeconds();
    for (let i = 0; i < runs; i++) {
      const from = performance.now();
      await server.loader.send('GET', pods, undefined, accept);
      if (accept === undefined) waits.push(performance.now() - from);
    }
    return ((server.cpuSeconds() - cpu) * 1000) / runs;
  };
  const cpuMs = await cpuMsOf();
  const tableMs = await cpuMsOf('application/json;as=Table;v=v1;g=meta.k8s.io');
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
    {
      name: "the same as a Table: server's CPU time",
      value: `${tableMs.toFixed(0)} ms`,
      target: '',
    },
  ];
}

/** One writer, `watchers` watch streams: events that arrive per second, counted as lines. */
export async function fanOut(server: BenchServer, watchers = 1000): Promise<Figure> {
  const newline = 10;
  let delivered = 0;
  let reached: () => void = () => undefined;
  let goal = Infinity;
  // From where the list ends: nothing but the writes below is to arrive.
  const { body } = await server.loader.send('GET', configmaps);
  const { metadata } = JSON.parse(body.toString()) as { metadata: { resourceVersion: string } }; // as: a list's shape
  const stops = await Promise.all(
    Array.from({ length: watchers }, () =>
      server.loader.stream(
        `${configmaps}?watch=1&resourceVersion=${metadata.resourceVersion}`,
        (bytes) => {
          for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, at + 1))
            delivered++;
          if (delivered >= goal) reached();
        },
      ),
    ),
  );
  const writes = 50;
  const cpu = server.cpuSeconds();
  const from = performance.now();
  goal = writes * watchers;
  const all = new Promise<void>((resolve) => (reached = resolve));
  for (let i = 0; i < writes; i++) {
    await server.loader.send(
      'POST',
      configmaps,
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
  const each = (server.cpuSeconds() - cpu) / goal;
  for (const stop of stops) stop();
  return {
    name: `watch fan-out, one writer, ${watchers} watchers`,
    value: `${Math.round(goal / seconds)} events/s (${microseconds(each)} of the server each)`,
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
