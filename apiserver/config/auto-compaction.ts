// --auto-compaction-mode and --auto-compaction-retention, read as etcd reads them: a plain number counts hours in
// periodic mode and revisions in revision mode; 0 switches the store's own compaction off.
import { UsageError } from './flag-table.js';
import { goDuration } from '../object/duration.js';
import type { AutoCompactionPolicy } from '../../store/index.js';

const hourMs = 3_600_000;
/** Ten years: what is longer is a mistake in the unit. */
const retentionMsMax = 10 * 365 * 24 * hourMs;

export function autoCompaction(
  mode: AutoCompactionPolicy['mode'],
  retention: string,
): { readonly autoCompaction?: AutoCompactionPolicy } {
  const amount = Number(retention);
  const isCount = /^\d+$/.test(retention) && Number.isSafeInteger(amount);
  if (isCount && amount === 0) return {};
  if (mode === 'revision') {
    if (!isCount) throw mistake(retention, 'expected a number of revisions');
    return { autoCompaction: { mode, retentionRevisions: amount } };
  }
  const retentionMs = isCount ? amount * hourMs : goDuration(retention);
  if (retentionMs === undefined || retentionMs < 0) {
    throw mistake(retention, 'expected a duration such as 5m, or a number of hours');
  }
  if (retentionMs === 0) return {};
  if (retentionMs < 1000 || retentionMs > retentionMsMax) {
    throw mistake(retention, 'must be between 1s and 87600h');
  }
  return { autoCompaction: { mode, retentionMs } };
}

const mistake = (retention: string, why: string): UsageError =>
  new UsageError(
    `invalid value ${JSON.stringify(retention)} for --auto-compaction-retention: ${why}`,
  );
