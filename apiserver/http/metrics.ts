// /metrics: everything counted elsewhere, printed in Prometheus' text form under upstream's names, with
// prom-client's process metrics. Loaded on the first scrape; counting does not wait for it.
import { collectDefaultMetrics, Registry, type Metric } from 'prom-client';
import type { KeyValueStore, StoreNode, StoreStatus } from '../../store/index.js';
import type { Reply } from './call.js';
import { durationBuckets, type RequestMetrics } from './stages/request-metrics.js';

export interface MetricsParts {
  readonly requests: RequestMetrics;
  readonly store: KeyValueStore;
  /** Objects stored, by `plural.group`. */
  readonly storedObjects: () => Promise<ReadonlyMap<string, number>>;
  readonly auditDropped: () => number;
  /** Undefined: the store is not in this process. */
  readonly node: StoreNode | undefined;
}

type Labels = Readonly<Record<string, string | number>>;

interface Sample {
  readonly labels: Labels;
  readonly value: number;
  /** When it is not the family's own name (`_bucket`, `_sum`, `_count`). */
  readonly metricName?: string;
}

interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly read: () => readonly Sample[] | Promise<readonly Sample[]>;
}

export function metricsPrinter(parts: MetricsParts): () => Promise<Reply> {
  const registry = createRegistry(parts);
  return async () => {
    const body = new TextEncoder().encode(await registry.metrics());
    return { type: 'bytes', code: 200, contentType: registry.contentType, body };
  };
}

function createRegistry(parts: MetricsParts): Registry {
  const created = new Registry();
  collectDefaultMetrics({ register: created });
  for (const { name, help, type, read } of [
    ...requestFamilies(parts),
    ...storeFamilies(parts),
    ...snapshotFamilies(parts),
    ...resourceFamilies(parts),
  ]) {
    const metric = {
      name,
      help,
      get: async () => ({ name, help, type, aggregator: 'sum', values: await read() }),
    };
    // as: a registry only ever asks a metric for name and get(); the class adds the counting we do ourselves.
    created.registerMetric(metric as unknown as Metric);
  }
  return created;
}

function requestFamilies({ requests, auditDropped }: MetricsParts): Family[] {
  return [
    {
      name: 'apiserver_request_total',
      help: 'Requests answered.',
      type: 'counter',
      read: () => [...requests.series].map(({ labels, count }) => ({ labels, value: count })),
    },
    {
      name: 'apiserver_request_duration_seconds',
      help: 'Time from the first byte of a request to the last of its response.',
      type: 'histogram',
      read: () => [...requests.series].flatMap(histogramOf),
    },
    {
      name: 'apiserver_current_inflight_requests',
      help: 'Requests being served, long-running ones left out.',
      type: 'gauge',
      read: () => byKind(requests.inFlight),
    },
    {
      name: 'apiserver_dropped_requests_total',
      help: 'Requests refused with 429.',
      type: 'counter',
      read: () => byKind(requests.rejected),
    },
    {
      name: 'apiserver_longrunning_requests',
      help: 'Watches open.',
      type: 'gauge',
      read: () =>
        [...requests.longRunning].map(([key, value]) => {
          const [group = '', version = '', resource = ''] = key.split('/');
          return { labels: { verb: 'WATCH', group, version, resource }, value };
        }),
    },
    {
      name: 'apiserver_watch_events_total',
      help: 'Events sent to watchers.',
      type: 'counter',
      read: () =>
        [...requests.watchEvents].map(([key, value]) => {
          const [group = '', version = '', kind = ''] = key.split('/');
          return { labels: { group, version, kind }, value };
        }),
    },
    {
      name: 'apiserver_audit_error_total',
      help: 'Audit lines that could not be written.',
      type: 'counter',
      read: () => [{ labels: {}, value: auditDropped() }],
    },
  ];
}

const byKind = ({ readOnly, mutating }: { readOnly: number; mutating: number }): Sample[] => [
  { labels: { request_kind: 'readOnly' }, value: readOnly },
  { labels: { request_kind: 'mutating' }, value: mutating },
];

function histogramOf(series: {
  readonly labels: Labels;
  readonly count: number;
  readonly sumSeconds: number;
  readonly buckets: readonly number[];
}): Sample[] {
  const name = 'apiserver_request_duration_seconds';
  // Upstream's durations are not split by code.
  const labels = Object.fromEntries(
    Object.entries(series.labels).filter(([label]) => label !== 'code'),
  );
  let below = 0;
  const samples: Sample[] = durationBuckets.map((le, index) => {
    below += series.buckets[index] ?? 0;
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: below };
  });
  return [
    ...samples,
    { metricName: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: series.count },
    { metricName: `${name}_sum`, labels, value: series.sumSeconds },
    { metricName: `${name}_count`, labels, value: series.count },
  ];
}

/** Of the member's own only those that etcd does not have; none unless snapshots are scheduled. */
function snapshotFamilies({ node }: MetricsParts): Family[] {
  if (node === undefined) return [];
  return node
    .metrics()
    .filter(({ name }) => name.startsWith('frontdesk_snapshot_'))
    .map(({ name, help, type }) => ({
      name,
      help,
      type,
      read: () => node.metrics().find((family) => family.name === name)?.lines ?? [],
    }));
}

function storeFamilies({ store }: MetricsParts): Family[] {
  // Asked once a page; a store that is away leaves its figures out.
  let underWay: Promise<StoreStatus | undefined> | undefined;
  const once = (): Promise<StoreStatus | undefined> => {
    underWay ??= store
      .status()
      .catch(() => undefined)
      .finally(() => {
        underWay = undefined;
      });
    return underWay;
  };
  const gauge = (name: string, help: string, value: (status: StoreStatus) => number): Family => ({
    name,
    help,
    type: 'gauge',
    read: async () => {
      const status = await once();
      return status === undefined ? [] : [{ labels: {}, value: value(status) }];
    },
  });
  return [
    gauge('etcd_server_has_leader', 'Whether a leader exists (1) or not (0).', (status) =>
      Number(status.hasLeader),
    ),
    gauge('etcd_server_is_leader', 'Whether this member leads (1) or not (0).', (status) =>
      Number(status.isLeader),
    ),
    gauge('etcd_mvcc_db_total_size_in_bytes', 'Size of the store.', ({ sizeBytes }) => sizeBytes),
    gauge('etcd_server_quota_backend_bytes', 'Most the store may hold.', (s) => s.quotaBytes),
    gauge('etcd_debugging_mvcc_current_revision', 'Revision of the store.', (s) => s.revision),
    gauge(
      'etcd_debugging_mvcc_compact_revision',
      'Revision below which history is gone.',
      ({ compactRevision }) => compactRevision,
    ),
  ];
}

const noCounts: ReadonlyMap<string, number> = new Map();

const resourceFamilies = ({ storedObjects }: MetricsParts): Family[] => [
  {
    name: 'apiserver_storage_objects',
    help: 'Objects stored, by resource.',
    type: 'gauge',
    read: async () =>
      [...(await storedObjects().catch(() => noCounts))].map(([resource, value]) => ({
        labels: { resource },
        value,
      })),
  },
];
