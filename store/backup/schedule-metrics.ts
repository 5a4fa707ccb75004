// What a schedule of snapshots tells on /metrics.
import { metric, type MetricFamily } from '../metrics.js';
import type { ScheduleStatus } from './schedule.js';

export function scheduleMetrics(status: ScheduleStatus): readonly MetricFamily[] {
  const { lastSuccessMs = 0, lastRevision = 0, lastSizeBytes = 0, failures } = status;
  const last = (name: string, help: string, value: number): MetricFamily =>
    metric('gauge', `frontdesk_snapshot_last_${name}`, help, value);
  return [
    last(
      'success_timestamp_seconds',
      'Unix time of the last scheduled snapshot that is whole; 0: none.',
      lastSuccessMs / 1000,
    ),
    last('revision', 'Revision of the last scheduled snapshot.', lastRevision),
    last('size_bytes', 'Size of the last scheduled snapshot of this process.', lastSizeBytes),
    metric(
      'counter',
      'frontdesk_snapshot_failures_total',
      'Scheduled snapshots that failed.',
      failures,
    ),
  ];
}
