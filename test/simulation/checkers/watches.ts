// etcd's promises about watches, for one watch against the reference: ordered, unique, reliable (nothing is left out),
// atomic (a revision comes whole, in one batch), resumable (a watch from N+1 goes on where one that saw N ended), and
// bookmarkable (a progress mark N comes after everything up to N).
import assert from 'node:assert/strict';
import type { WatchBatch, WatchEvent, WatchQuery } from '../../../store/kv.js';
import { keyValueText, toKeyValue, type ModelEvent } from './kv-model.js';
import type { Reference } from './reference.js';

export interface WatchRecord {
  readonly name: string;
  readonly query: WatchQuery;
  /** The first revision it is owed. */
  readonly startRevision: number;
  readonly batches: readonly WatchBatch[];
  /** Revision it was told to have been compacted at. */
  readonly compactedAt?: number;
}

/** @param upTo everything up to here must have arrived by now; 0: nothing need have */
export function checkWatch(record: WatchRecord, reference: Reference, upTo = 0): void {
  const { name, query, startRevision, batches } = record;
  let position = startRevision - 1;
  for (const batch of batches) {
    const { revision, events } = batch;
    const isMark = events.length === 0;
    if (isMark ? revision < position : revision <= position)
      assert.fail(`${name}: not ordered: ${revision} after ${position}`);
    assert.ok(revision <= reference.revision, `${name}: revision ${revision} is not committed`);
    const missing = firstMatch(reference, query, position + 1, isMark ? revision : revision - 1);
    if (missing !== undefined) assert.fail(`${name}: ${missing} is left out before ${revision}`);
    if (!isMark) checkBatch(record, reference, batch);
    position = revision;
  }
  if (record.compactedAt !== undefined)
    assert.ok(position + 1 < record.compactedAt, `${name}: ended as compacted without need`);
  const owed = firstMatch(reference, query, position + 1, upTo);
  if (owed !== undefined) assert.fail(`${name}: revision ${owed} never arrived`);
}

function firstMatch(
  reference: Reference,
  query: WatchQuery,
  from: number,
  to: number,
): number | undefined {
  for (let revision = Math.max(from, 2); revision <= to; revision++)
    if (expectedEvents(reference, query, revision).length > 0) return revision;
  return undefined;
}

function expectedEvents(
  reference: Reference,
  query: WatchQuery,
  revision: number,
): readonly ModelEvent[] {
  return reference
    .eventsAt(revision, query)
    .filter(({ type }) => !(type === 'put' ? query.noPut : query.noDelete));
}

function checkBatch(record: WatchRecord, reference: Reference, batch: WatchBatch): void {
  const { name, query } = record;
  const { revision, events } = batch;
  const expected = expectedEvents(reference, query, revision);
  const shown = events.map(eventText).join(', ');
  const wanted = expected.map(modelEventText).join(', ');
  if (shown !== wanted)
    assert.fail(`${name}: revision ${revision} is [${shown}], expected [${wanted}]`);
  events.forEach((event, at) => {
    checkPrevious(name, reference, event, { revision, key: expected[at]!.key, query });
  });
}

function checkPrevious(
  name: string,
  reference: Reference,
  { prevKv }: WatchEvent,
  { revision, key, query }: { revision: number; key: string; query: WatchQuery },
): void {
  const before = reference.stateAt(revision - 1).keys.get(key);
  const expected = before && keyValueText(toKeyValue([key, before]));
  if (prevKv) {
    assert.ok(query.prevKv, `${name}: a previous value nobody asked for`);
    assert.equal(keyValueText(prevKv), expected, `${name}: previous value at ${revision}`);
  } else if (query.prevKv && expected !== undefined) {
    const isCompacted = revision - 1 < reference.state.compactRevision;
    assert.ok(isCompacted, `${name}: the previous value is missing at ${revision}`);
  }
}

function eventText({ type, kv }: WatchEvent): string {
  return `${type} ${keyValueText(kv)}`;
}

function modelEventText({ type, key, kv }: ModelEvent): string {
  return `${type} ${keyValueText(toKeyValue([key, kv]))}`;
}
