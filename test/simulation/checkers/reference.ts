// What the store must hold: the committed log run through the plain model, with the state of every revision kept. What
// members show (states, reads, watches, acknowledgements) is held against it.
import assert from 'node:assert/strict';
import { decodeCommands } from '../../../store/replica/command.js';
import type { Command } from '../../../store/mvcc/command.js';
import type { Entry } from '../../../store/raft/message.js';
import {
  emptyState,
  isInRange,
  rangeOf,
  stepModel,
  type ModelAnswer,
  type ModelEvent,
  type ModelRequest,
  type ModelState,
} from './kv-model.js';
import type { KeyRange, RangeQuery, RangeResult } from '../../../store/kv.js';
import { tagOf } from '../workload.js';
import { keyValueText } from './kv-model.js';

export interface Logged {
  readonly answer: ModelAnswer;
  /** Of the store before it. */
  readonly atRevision: number;
  /** Grows along the log. */
  readonly sequence: number;
}

export class Reference {
  /** Told when the log ends a lease. */
  onRevoked: (lease: bigint) => void = () => undefined;
  #state = emptyState;
  /** At [revision]: the state then (its compactRevision is that of the time it was current), and what changed. */
  readonly #states: ModelState[] = [emptyState, emptyState];
  readonly #events: (readonly ModelEvent[])[] = [[], []];
  /** At [index]: the revision after it. */
  readonly #revisionAfter: number[] = [];
  /** Of the requests that tell themselves apart (workload.ts), by tag. */
  /** Of leases the log has ended: how. */
  readonly #ended = new Map<bigint, Logged>();
  #sequence = 0;
  readonly #answers = new Map<string, Logged>();

  get state(): ModelState {
    return this.#state;
  }

  get revision(): number {
    return this.#state.revision;
  }

  commit(entry: Entry): void {
    const commands =
      entry.type === 'normal' && entry.data.length > 0 ? decodeCommands(entry.data) : [];
    for (const command of commands) this.#apply(command);
    this.#revisionAfter[entry.index] = this.#state.revision;
  }

  /** A member says that it has applied `index` and is now at `revision`. */
  checkApplied(member: string, index: number, revision: number): void {
    const expected = this.#revisionAfter[index];
    if (expected !== undefined && expected !== revision)
      assert.fail(`${member} is at revision ${revision} after entry ${index}, not at ${expected}`);
  }

  /** What the log made of a request; undefined: it is not in there. */
  answerTo(tag: string): Logged | undefined {
    return this.#answers.get(tag);
  }

  /** Undefined: the log has not ended it. */
  endOf(lease: bigint): Logged | undefined {
    return this.#ended.get(lease);
  }

  stateAt(revision: number): ModelState {
    const state = this.#states[revision];
    assert.ok(state, `revision ${revision} is beyond the committed log (${this.revision})`);
    return state;
  }

  eventsAt(revision: number, range: KeyRange): readonly ModelEvent[] {
    return (this.#events[revision] ?? []).filter(({ key }) => isInRange(range, key));
  }

  /** What was read at `query.revision` (or, without one, at the revision the answer names) is what was there. */
  checkRead(what: string, query: RangeQuery, result: RangeResult): void {
    const at =
      query.revision !== undefined && query.revision > 0 ? query.revision : result.revision;
    assert.ok(result.revision <= this.revision, `${what}: the answer is from the future`);
    const expected = rangeOf(this.stateAt(at), query, result.revision);
    const text = ({ kvs, more, count }: RangeResult): string =>
      `${kvs.map(keyValueText).join(' ')} more=${more} count=${count}`;
    if (text(result) !== text(expected))
      assert.fail(`${what} at revision ${at}: got ${text(result)}, expected ${text(expected)}`);
  }

  #logged(answer: ModelAnswer): Logged {
    return { answer, atRevision: this.revision, sequence: this.#sequence++ };
  }

  #apply(command: Command): void {
    const request = requestOf(command);
    if (!request) return;
    const { state, events, answer } = stepModel(this.#state, request);
    const tag = requestTag(request);
    if (tag !== undefined) {
      assert.ok(!this.#answers.has(tag), `request ${tag} is in the log twice`);
      this.#answers.set(tag, this.#logged(answer));
    }
    if (request.type === 'lease-revoke' && state !== this.#state) {
      this.#ended.set(request.id, this.#logged(answer));
      this.onRevoked(request.id);
    }
    this.#state = state;
    if (events.length === 0) return;
    this.#states[state.revision] = state;
    this.#events[state.revision] = events;
  }
}

/** Undefined: such requests are not told apart. */
export function requestTag(request: ModelRequest): string | undefined {
  if (request.type === 'txn') return tagOf(request.txn);
  return request.type === 'lease-grant' ? `lease ${String(request.id)}` : undefined;
}

/** Undefined: nothing a client can see. */
function requestOf(command: Command): ModelRequest | undefined {
  switch (command.type) {
    case 'txn':
    case 'compact':
    case 'lease-grant':
    case 'lease-revoke':
      return command;
    default:
      return undefined;
  }
}
