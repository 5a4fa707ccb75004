// The write buffer between apply and the tables: collects rows and commits them in the background, one atomic commit
// at a time, each with the applied index and term of the last whole entry in it. Invariant: what the tables hold is
// always the state after some entry; `durableIndex` says which. A failed commit is final (the disk lies): it is kept
// and thrown at every later use.
import assert from 'node:assert/strict';
import type { Clock } from '../clock.js';
import { counterBytes } from './counter.js';
import type { TableName, Tables, TableWrite } from './tables.js';

export interface AppliedMark {
  readonly index: number;
  readonly term: number;
  readonly revision: number;
}

export interface FlushLimits {
  readonly intervalMs: number;
  readonly opsMax: number;
}

export const flushLimitsDefault: FlushLimits = { intervalMs: 100, opsMax: 2_000 };

export const indexKey = Buffer.from('consistent_index');
export const termKey = Buffer.from('term');

export class WriteBuffer {
  readonly #tables: Tables;
  readonly #clock: Clock;
  readonly #limits: FlushLimits;
  readonly #onCommit: (mark: AppliedMark, seconds: number) => void;
  #writes: TableWrite[] = [];
  #waitingBytes = 0;
  #inFlightBytes = 0;
  #applied: AppliedMark;
  #committed: AppliedMark;
  #inFlight: Promise<void> | undefined;
  #cancelTimer: (() => void) | undefined;
  #isAbandoned = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(
    tables: Tables,
    clock: Clock,
    limits: FlushLimits,
    start: { mark: AppliedMark; onCommit: (mark: AppliedMark, seconds: number) => void },
  ) {
    this.#tables = tables;
    this.#clock = clock;
    this.#limits = limits;
    this.#applied = start.mark;
    this.#committed = start.mark;
    this.#onCommit = start.onCommit;
  }

  get applied(): AppliedMark {
    return this.#applied;
  }

  get committed(): AppliedMark {
    return this.#committed;
  }

  /** Writes not handed to the tables yet. */
  get pendingOps(): number {
    return this.#writes.length;
  }

  /** Of the rows held in memory until they are on disk, those being written now included. */
  get pendingBytes(): number {
    return this.#waitingBytes + this.#inFlightBytes;
  }

  /** Entries are applied in one turn, so no commit starts between an entry's writes. */
  put(table: TableName, key: Uint8Array, value: Uint8Array): void {
    this.write({ table, key, value });
  }

  remove(table: TableName, key: Uint8Array): void {
    this.write({ table, key });
  }

  write(row: TableWrite): void {
    this.#writes.push(row);
    this.#waitingBytes += row.key.length + (row.value?.length ?? 0);
  }

  /** Nothing more is to be written: other tables take over. What waits is dropped; a commit under way goes on. */
  abandon(): void {
    this.#isAbandoned = true;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#writes = [];
    this.#waitingBytes = 0;
  }

  /** Resolves when no commit is under way. */
  async idle(): Promise<void> {
    await this.#inFlight;
  }

  /** An entry has been applied wholly: its writes may be committed from now on. */
  mark(applied: AppliedMark): void {
    this.throwIfFailed();
    this.#applied = applied;
    this.#schedule();
  }

  throwIfFailed(): void {
    if (this.#failure) throw new Error('store: commit failed', { cause: this.#failure.error });
  }

  /** Background work (compaction) has queued writes between entries. */
  touch(): void {
    this.#schedule();
  }

  /** Resolves when everything marked before the call is on disk. */
  async flush(): Promise<void> {
    if (this.#inFlight) await this.#inFlight;
    // A commit that started since then took along all that was waiting.
    if (this.#inFlight) await this.#inFlight;
    else if (!this.#failure && !this.#isAbandoned && this.#isDirty) await this.#commit();
    this.throwIfFailed();
  }

  async close(): Promise<void> {
    try {
      await this.flush();
    } finally {
      this.#cancelTimer?.();
      this.#cancelTimer = undefined;
    }
  }

  get #isDirty(): boolean {
    return this.#writes.length > 0 || this.#applied !== this.#committed;
  }

  #schedule(): void {
    if (this.#inFlight || this.#isAbandoned) return;
    if (this.#writes.length >= this.#limits.opsMax) void this.#commit();
    else
      this.#cancelTimer ??= this.#clock.after(this.#limits.intervalMs, () => {
        this.#cancelTimer = undefined;
        if (!this.#inFlight) void this.#commit();
      });
  }

  #commit(): Promise<void> {
    assert(!this.#inFlight, 'one commit at a time');
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const mark = this.#applied;
    const writes = this.#writes;
    this.#writes = [];
    this.#inFlightBytes = this.#waitingBytes;
    this.#waitingBytes = 0;
    writes.push(
      { table: 'meta', key: indexKey, value: counterBytes(mark.index) },
      { table: 'meta', key: termKey, value: counterBytes(mark.term) },
    );
    const startedMs = this.#clock.monotonic();
    this.#inFlight = this.#tables.commit(writes).then(
      () => {
        this.#inFlight = undefined;
        this.#inFlightBytes = 0;
        this.#committed = mark;
        this.#onCommit(mark, (this.#clock.monotonic() - startedMs) / 1000);
        if (this.#isDirty) this.#schedule();
      },
      (error: unknown) => {
        this.#inFlight = undefined;
        this.#failure = { error };
      },
    );
    return this.#inFlight;
  }
}
