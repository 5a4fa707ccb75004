// The replicated state machine: applies the log's entries to the keyspace, leases and alarms, and answers reads and
// watches from it. Applying is synchronous, deterministic and at once visible; the tables follow in the background
// (write-buffer.ts), each commit carrying the applied index, so after a crash the log replays the rest and entries
// already in the tables are skipped. Read next: txn.ts, keyspace.ts, watch-hub.ts.
import assert from 'node:assert/strict';
import type { AccessParts } from '../auth/access.js';
import { AuthStore } from '../auth/auth-store.js';
import { SimpleTokens, simpleTokenTtlMsDefault } from '../auth/simple-tokens.js';
import type { Clock } from '../clock.js';
import { StoreError } from '../errors.js';
import type {
  AlarmType,
  RangeQuery,
  RangeResult,
  StoreStatus,
  Txn,
  TxnResult,
  WatchBatch,
  WatchQuery,
} from '../kv.js';
import { Alarms } from './alarms.js';
import type { Command, CommandResult } from './command.js';
import { checkCommandAccess } from './command-access.js';
import {
  Compaction,
  compactionPaceDefault,
  readCompactionMarks,
  type CompactionPace,
} from './compaction.js';
import { hashKeyspace, type KeyHash } from './hash-kv.js';
import { Keyspace } from './keyspace.js';
import { Leases } from './leases.js';
import { refusal } from './quota.js';
import { checkRevision, runRange } from './range.js';
import { recentLimitsDefault, type RecentLimits } from './recent-revisions.js';
import { readCounter } from '../tables/counter.js';
import type { AlarmRow } from './row-codec.js';
import type { Tables } from '../tables/tables.js';
import { checkRangeQuery, checkTxn } from './txn-check.js';
import { runTxn, type TxnContext } from './txn.js';
import { WatchHub } from './watch-hub.js';
import { watcherLimitsDefault, type WatcherLimits } from './watcher.js';
import {
  flushLimitsDefault,
  indexKey,
  termKey,
  WriteBuffer,
  type FlushLimits,
} from '../tables/write-buffer.js';
import { keyBytes, textRange } from '../tables/sorted-map.js';

export type { Command, CommandResult } from './command.js';

export interface StateMachineOptions {
  readonly clock: Clock;
  /** Told in the status; enforced by the proposer (costOf in quota.ts, then the 'nospace' alarm). */
  readonly quotaBytes: number;
  readonly flush?: FlushLimits;
  readonly recent?: RecentLimits;
  readonly watchers?: WatcherLimits & { readonly watchersMax: number };
  readonly compaction?: CompactionPace;
  /** How long a login by password lasts unused; it ends with this state machine (a restart, a snapshot) in any case. */
  readonly tokenTtlMs?: number;
}

export interface StateMachineStatus extends Omit<StoreStatus, 'hasLeader' | 'isLeader'> {
  readonly alarmRows: readonly AlarmRow[];
  /** The table file, free pages included; sizeBytes is what is in use. */
  readonly fileBytes: number;
  readonly keys: number;
  readonly leases: number;
  readonly watchers: number;
  /** Writes applied but not handed to the tables yet. */
  readonly pendingOps: number;
}

const watchersMaxDefault = 100_000;

export class StateMachine {
  readonly leases: Leases;
  readonly auth: AuthStore;
  /** For the checks of auth/access.ts; make them in the turn of the read they are for. */
  readonly access: AccessParts;
  readonly #keyspace: Keyspace;
  readonly #tables: Tables;
  readonly #buffer: WriteBuffer;
  readonly #alarms: Alarms;
  readonly #compaction: Compaction;
  readonly #hub: WatchHub;
  readonly #quotaBytes: number;
  #isClosed = false;

  static open(tables: Tables, options: StateMachineOptions): StateMachine {
    return new StateMachine(tables, options);
  }

  private constructor(tables: Tables, options: StateMachineOptions) {
    const { clock } = options;
    const marks = readCompactionMarks(tables);
    const keyspace = new Keyspace(
      tables,
      Math.max(marks.scheduled, marks.finished),
      options.recent ?? recentLimitsDefault,
    );
    this.#buffer = new WriteBuffer(tables, clock, options.flush ?? flushLimitsDefault, {
      mark: { ...readApplied(tables), revision: keyspace.revision },
      onCommit: (mark) => {
        keyspace.recent.trim(mark.revision);
      },
    });
    this.#keyspace = keyspace;
    this.#tables = tables;
    this.#quotaBytes = options.quotaBytes;
    this.leases = new Leases(tables, this.#buffer, clock);
    keyspace.connect(this.#buffer, this.leases);
    this.#alarms = new Alarms(tables, this.#buffer);
    const tokens = new SimpleTokens(clock, options.tokenTtlMs ?? simpleTokenTtlMsDefault);
    this.auth = new AuthStore(tables, this.#buffer, tokens);
    this.access = { auth: this.auth, keysOfLease: (id) => this.leases.keysOf(id) };
    this.#compaction = new Compaction(keyspace, this.#buffer, clock, {
      marks,
      pace: options.compaction ?? compactionPaceDefault,
    });
    const limits = options.watchers ?? { ...watcherLimitsDefault, watchersMax: watchersMaxDefault };
    this.#hub = new WatchHub(keyspace, tables, () => this.#compaction.revision, limits);
  }

  get appliedIndex(): number {
    return this.#buffer.applied.index;
  }

  get appliedTerm(): number {
    return this.#buffer.applied.term;
  }

  /** Everything up to this log index is on disk: the log may be cut up to it. */
  get durableIndex(): number {
    return this.#buffer.committed.index;
  }

  get revision(): number {
    return this.#keyspace.revision;
  }

  /** Applies one log entry. One result a command; none when the entry had been applied before. */
  apply(index: number, term: number, commands: readonly Command[]): readonly CommandResult[] {
    assert(!this.#isClosed, 'apply after close');
    this.#buffer.throwIfFailed();
    if (index <= this.appliedIndex) return [];
    const results = commands.map((command) => this.#applyCommand(command, index));
    this.#buffer.mark({ index, term, revision: this.#keyspace.revision });
    return results;
  }

  /** From this member's state, whatever has been applied to it. */
  range(query: RangeQuery): RangeResult {
    checkRangeQuery(query);
    checkRevision(query.revision, this.#keyspace.revision, this.#compaction.revision);
    return runRange(this.#keyspace, query);
  }

  /** A txn of ranges only, from this member's state. Throws StoreError. */
  readTxn(txn: Txn): TxnResult {
    return runTxn(this.#txnContext(), txn);
  }

  /** Bytes in use, as the quota counts them. */
  get sizeBytes(): number {
    return this.#keyspace.sizeBytes;
  }

  /** The table file, free pages included. */
  get fileBytes(): number {
    return this.#tables.fileBytes();
  }

  bytesInUse(): number {
    return this.#tables.bytesInUse();
  }

  /** Rewrites the table file without its free pages. Applying and reading go on; what is applied waits in memory. */
  async defragment(): Promise<void> {
    await this.flush();
    await this.#tables.defragment();
  }

  get compactRevision(): number {
    return this.#compaction.revision;
  }

  get alarmRows(): readonly AlarmRow[] {
    return this.#alarms.list();
  }

  hasAlarm(alarm: AlarmType): boolean {
    return this.#alarms.isActive(alarm);
  }

  watch(query: WatchQuery, signal: AbortSignal): AsyncIterableIterator<WatchBatch, undefined> {
    return this.#hub.watch(query, signal);
  }

  /** Resolves when everything applied so far is on disk. */
  flush(): Promise<void> {
    return this.#buffer.flush();
  }

  /** Resolves when the rows of every compaction accepted so far are gone. */
  compactionDone(): Promise<void> {
    return this.#compaction.idle();
  }

  /** etcd's HashKV; revision 0 = now. Errors: 'compacted', 'future-revision'. */
  async hashKv(revision = 0): Promise<KeyHash> {
    for (;;) {
      checkRevision(revision, this.#keyspace.revision, this.#compaction.revision);
      const at = revision > 0 ? revision : this.#keyspace.revision;
      await this.flush();
      const compactRevision = (): number => this.#compaction.revision;
      const hash = await hashKeyspace(this.#tables, this.#keyspace.index, at, compactRevision);
      if (hash) return hash;
    }
  }

  status(): StateMachineStatus {
    const alarmRows = this.#alarms.list();
    return {
      revision: this.#keyspace.revision,
      compactRevision: Math.max(0, this.#compaction.revision),
      sizeBytes: this.#keyspace.sizeBytes,
      quotaBytes: this.#quotaBytes,
      alarms: [...new Set(alarmRows.map(({ alarm }) => alarm))],
      alarmRows,
      fileBytes: this.#tables.fileBytes(),
      keys: this.#keyspace.index.size,
      leases: this.leases.size,
      watchers: this.#hub.watcherCount,
      pendingOps: this.#buffer.pendingOps,
    };
  }

  /** Ends all watches with 'stopped', writes what is pending, closes the tables. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#compaction.stop();
    this.#hub.close();
    try {
      await this.#buffer.close();
    } finally {
      await this.#tables.close();
    }
  }

  #applyCommand(command: Command, index: number): CommandResult {
    const refused = refusal(command, (alarm) => this.#alarms.isActive(alarm));
    if (refused) return { type: 'error', error: new StoreError(refused) };
    try {
      checkCommandAccess(this.access, command);
      return this.#run(command, index);
    } catch (error) {
      // Anything else is our own mistake and ends the process.
      if (error instanceof StoreError) return { type: 'error', error };
      throw error;
    }
  }

  #run(command: Command, index: number): CommandResult {
    switch (command.type) {
      case 'txn':
        return this.#applyTxn(command.txn);
      case 'compact':
        this.#compaction.schedule(command.revision);
        return { type: 'compact' };
      case 'lease-grant':
        return { type: 'lease', lease: this.leases.grant(command.id, command.ttlSeconds) };
      case 'lease-revoke':
        this.#revoke(command.id);
        return { type: 'revoked' };
      case 'lease-checkpoint':
        this.leases.checkpoint(command.id, command.remainingSeconds);
        return { type: 'revoked' };
      case 'alarm':
        return { type: 'alarm', alarms: this.#alarms[command.action](alarmOf(command)) };
      case 'auth':
        return this.auth.apply(command.change, command.caller, index);
    }
  }

  #applyTxn(txn: Txn): CommandResult {
    checkTxn(txn);
    const result = runTxn(this.#txnContext(), txn);
    this.#seal();
    return { type: 'txn', result };
  }

  #txnContext(): TxnContext {
    return {
      keyspace: this.#keyspace,
      compactRevision: this.#compaction.revision,
      hasLease: (id) => this.leases.has(id),
    };
  }

  #revoke(id: bigint): void {
    for (const key of this.leases.revoke(id))
      this.#keyspace.deleteRange(textRange(keyBytes(key), undefined));
    this.#seal();
  }

  #seal(): void {
    const sealed = this.#keyspace.seal();
    if (sealed) this.#hub.publish(sealed);
  }
}

function alarmOf({ member, alarm }: AlarmRow): AlarmRow {
  return { member, alarm };
}

function readApplied(tables: Tables): { index: number; term: number } {
  const read = (key: Uint8Array): number => {
    const row = tables.get('meta', key);
    return row === undefined ? 0 : readCounter(row);
  };
  return { index: read(indexKey), term: read(termKey) };
}
