// RequestMetrics: counts and times of requests, kept in plain numbers so that counting costs a map lookup
// and needs no library. metrics.ts prints them under upstream's names. `recordMetrics` is the stage.
import type { Call } from '../call.js';
import type { Stage } from '../pipeline.js';
import type { RequestInfo } from './request-info.js';

/** Upper bounds in seconds, as kube-apiserver's apiserver_request_duration_seconds. */
export const durationBuckets = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45,
  60,
];

export interface RequestSeries {
  readonly labels: Readonly<Record<string, string>>;
  count: number;
  sumSeconds: number;
  /** Not cumulative; one more than there are bounds. */
  readonly buckets: number[];
}

export interface KindCount {
  readOnly: number;
  mutating: number;
}

export type Recorded = Pick<Call, 'info' | 'code' | 'isServed'>;

/** Labels come from paths that clients choose: unknown resources share a series. */
const seriesMax = 5000;

export class RequestMetrics {
  readonly inFlight: KindCount = { readOnly: 0, mutating: 0 };
  readonly rejected: KindCount = { readOnly: 0, mutating: 0 };
  /** Open watches by resource. */
  readonly longRunning = new Map<string, number>();
  /** Events sent by group version and kind. */
  readonly watchEvents = new Map<string, number>();
  readonly #series = new Map<string, RequestSeries>();

  get series(): Iterable<RequestSeries> {
    return this.#series.values();
  }

  record({ info, code, isServed }: Recorded, seconds: number): void {
    const key =
      info.type === 'path'
        ? `${info.verb} ${code}`
        : `${info.verb} ${code} ${info.group}/${info.version}/${info.plural}/${info.subresource} ${scopeOf(info)}`;
    let series = this.#series.get(key);
    if (series === undefined) {
      // Past the limit everything new counts as one: memory stays bounded whatever clients ask for.
      const isUnknown = info.type === 'resource' && code === 404 && !isServed;
      const isFull = this.#series.size >= seriesMax || isUnknown;
      series = this.#open(isFull ? `${info.verb} ${code}` : key, isFull, info, code);
    }
    series.count++;
    series.sumSeconds += seconds;
    let bucket = 0;
    while (bucket < durationBuckets.length && seconds > (durationBuckets[bucket] ?? 0)) bucket++;
    series.buckets[bucket] = (series.buckets[bucket] ?? 0) + 1;
  }

  #open(key: string, isFull: boolean, info: RequestInfo, code: number): RequestSeries {
    const existing = this.#series.get(key);
    if (existing !== undefined) return existing;
    const known = info.type === 'resource' && !isFull;
    const series: RequestSeries = {
      labels: {
        verb: info.verb.toUpperCase(),
        code: String(code),
        group: known ? info.group : '',
        version: known ? info.version : '',
        resource: known ? info.plural : '',
        subresource: known ? info.subresource : '',
        scope: known ? scopeOf(info) : '',
        component: 'apiserver',
      },
      count: 0,
      sumSeconds: 0,
      buckets: new Array<number>(durationBuckets.length + 1).fill(0),
    };
    this.#series.set(key, series);
    return series;
  }
}

function scopeOf(info: RequestInfo): string {
  if (info.type === 'path') return '';
  if (info.name !== '') return 'resource';
  return info.namespace === '' ? 'cluster' : 'namespace';
}

export const recordMetrics =
  (metrics: RequestMetrics): Stage =>
  (call, next) => {
    call.onFinish(() => {
      metrics.record(call, secondsSince(call));
    });
    return next();
  };

const secondsSince = (call: Call): number => (call.clock.monotonic() - call.startedAtMs) / 1000;
