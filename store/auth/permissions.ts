// What the roles of one user allow together: for reading and for writing, key ranges that neither overlap nor touch,
// so that a range is allowed exactly when one of them holds all of it.
import type { KeyRange } from '../kv.js';
import type { KeyPermission } from '../node.js';
import { compareText, textRange, type TextRange } from '../tables/sorted-map.js';

export type Access = 'read' | 'write';

export interface MergedPermissions {
  readonly read: readonly TextRange[];
  readonly write: readonly TextRange[];
}

export function mergePermissions(permissions: readonly KeyPermission[]): MergedPermissions {
  const rangesFor = (access: Access): readonly TextRange[] =>
    mergeRanges(
      permissions
        // A key of no bytes (rows of old etcds have them) is no key: it allows nothing.
        .filter(({ type, key }) => key.length > 0 && (type === access || type === 'readwrite'))
        .map(({ key, end }) => textRange(key, end)),
    );
  return { read: rangesFor('read'), write: rangesFor('write') };
}

/** An empty range (its end not after its key) is never allowed. */
export function isAllowed(
  permissions: MergedPermissions,
  access: Access,
  range: KeyRange,
): boolean {
  const { start, end } = textRange(range.key, range.end);
  if (end !== undefined && end <= start) return false;
  const ranges = permissions[access];
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const found = ranges[middle];
    if (found !== undefined && found.start <= start) low = middle + 1;
    else high = middle;
  }
  const last = ranges[low - 1];
  if (last === undefined) return false;
  return last.end === undefined || (end !== undefined && end <= last.end);
}

function mergeRanges(ranges: readonly TextRange[]): readonly TextRange[] {
  const merged: TextRange[] = [];
  for (const range of ranges.toSorted((a, b) => compareText(a.start, b.start))) {
    if (range.end !== undefined && range.end <= range.start) continue;
    const last = merged.at(-1);
    if (last === undefined || (last.end !== undefined && last.end < range.start)) {
      merged.push(range);
    } else {
      merged[merged.length - 1] = { start: last.start, end: laterEnd(last.end, range.end) };
    }
  }
  return merged;
}

function laterEnd(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return undefined;
  return a > b ? a : b;
}
