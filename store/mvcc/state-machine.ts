// The replicated state machine: applies the log's entries to the keyspace, leases and alarms, and answers reads and
// watches from it. Applying is synchronous, deterministic and at once visible; the tables follow in the background
// (write-buffer.ts), each commit carrying the applied index, so after a crash the log replays the rest and entries
// already in the tables are skipped. Read next: txn.ts, keyspace.ts, watch-hub.ts.
import assert from 'node:assert/strict';
import type { AccessParts } from '../auth/access.js';
import type { AuthStore } from '../auth/auth-store.js';
import { StoreError } from '../errors.js';
import type {
  AlarmType,
  RangeQuery,
  RangeResult,
  StoreStatus,
  Txn,
  TxnResult,
  WatchQuery,
} from '../kv.js';
import type { Command, CommandResult } from './command.js';
import { checkCommandAccess } from './command-access.js';
import { hashKeyspace, type KeyHash } from './hash-kv.js';
import { hashTables } from './hash-tables.js';
import type { Leases } from './leases.js';
import { refusal } from './quota.js';
import { checkRevision, runRange } from './range.js';
import type { Members } from './members.js';
import type { AlarmRow } from './row-codec.js';
import { loadState, type State, type StateOptions } from './state.js';
import type { Tables, TablesView, TableWrite } from '../tables/tables.js';
import { checkRangeQuery, checkTxn } from './txn-check.js';
import { runTxn, type TxnContext } from './txn.js';
import { WatchHub } from './watch-hub.js';
import { watcherLimitsDefault, type Watcher, type WatcherLimits } from './watcher.js';
import { keyBytes, textRange } from '../tables/sorted-map.js';

export type { Command, CommandResult } from './command.js';

export interface StateMachineOptions extends StateOptions {
  /** Told in the status; enforced by the proposer (costOf in quota.ts, then the 'nospace' alarm). */
  readonly quotaBytes: number;
  readonly watchers?: WatcherLimits & { readonly watchersMax: number };
  /** Called when a command has changed the list of members. (What Raft decides about it, the replica knows first.) */
  readonly onMembers?: () => void;
}

export interface StateMachineStatus extends Omit<StoreStatus, 'hasLeader' | 'isLeader'> {
  readonly alarmRows: readonly AlarmRow[];
  /** The table file, free pages included; sizeBytes is what is in use. */
  readonly fileBytes: number;
  readonly keys: number;
  /** Keys put and deleted since the tables were opened. */
  readonly puts: number;
  readonly deletes: number;
  readonly leases: number;
  readonly watchers: number;
  /** Writes applied but not handed to the tables yet. */
  readonly pendingOps: number;
}

const watchersMaxDefault = 100_000;

export class StateMachine {
  readonly #options: StateMachineOptions;
  readonly #hub: WatchHub;
  #state: State;
  #isClosed = false;

  static open(tables: Tables, options: StateMachineOptions): StateMachine {
    return new StateMachine(tables, options);
  }

  private constructor(tables: Tables, options: StateMachineOptions) {
    this.#options = options;
    this.#state = loadState(tables, options);
    const limits = options.watchers ?? { ...watcherLimitsDefault, watchersMax: watchersMaxDefault };
    this.#hub = new WatchHub(this.#state, limits);
  }

  /** Ask for it each time: a snapshot from the leader brings another. So with members, auth and access. */
  get leases(): Leases {
    return this.#state.leases;
  }

  get members(): Members {
    return this.#state.members;
  }

  get auth(): AuthStore {
    return this.#state.auth;
  }

  /** For the checks of auth/access.ts; make them in the turn of the read they are for. */
  get access(): AccessParts {
    return this.#state.access;
  }

  get appliedIndex(): number {
    return this.#state.buffer.applied.index;
  }

  get appliedTerm(): number {
    return this.#state.buffer.applied.term;
  }

  /** Everything up to this log index is on disk: the log may be cut up to it. */
  get durableIndex(): number {
    return this.#state.buffer.committed.index;
  }

  get revision(): number {
    return this.#state.keyspace.revision;
  }

  /**
   * Applies one log entry. One result a command; none when the entry had been applied before.
   * @param rows of other tables, to be stored in the same commit (members)
   */
  apply(
    index: number,
    term: number,
    commands: readonly Command[],
    rows: readonly TableWrite[] = [],
  ): readonly CommandResult[] {
    assert(!this.#isClosed, 'apply after close');
    this.#state.buffer.throwIfFailed();
    if (index <= this.appliedIndex) return [];
    const results = commands.map((command) => this.#applyCommand(command, index));
    for (const row of rows) this.#state.buffer.write(row);
    this.#state.buffer.mark({ index, term, revision: this.#state.keyspace.revision });
    return results;
  }

  /** From this member's state, whatever has been applied to it. */
  range(query: RangeQuery): RangeResult {
    checkRangeQuery(query);
    checkRevision(query.revision, this.#state.keyspace.revision, this.#state.compaction.revision);
    return runRange(this.#state.keyspace, query);
  }

  /** A txn of ranges only, from this member's state. Throws StoreError. */
  readTxn(txn: Txn): TxnResult {
    return runTxn(this.#txnContext(), txn);
  }

  /** Bytes in use, as the quota counts them. */
  get sizeBytes(): number {
    return this.#state.keyspace.sizeBytes;
  }

  /** The table file, free pages included. */
  get fileBytes(): number {
    return this.#state.tables.fileBytes();
  }

  /** Of rows applied and not on disk yet. */
  get pendingBytes(): number {
    return this.#state.buffer.pendingBytes;
  }

  bytesInUse(): number {
    return this.#state.tables.bytesInUse();
  }

  /** Rewrites the table file without its free pages. Applying and reading go on; what is applied waits in memory. */
  async defragment(): Promise<void> {
    await this.flush();
    await this.#state.tables.defragment();
  }

  get compactRevision(): number {
    return this.#state.compaction.revision;
  }

  get alarmRows(): readonly AlarmRow[] {
    return this.#state.alarms.list();
  }

  hasAlarm(alarm: AlarmType): boolean {
    return this.#state.alarms.isActive(alarm);
  }

  watch(query: WatchQuery, signal: AbortSignal): Watcher {
    return this.#hub.watch(query, signal);
  }

  /** Resolves when everything applied so far is on disk. */
  flush(): Promise<void> {
    return this.#state.buffer.flush();
  }

  /** Resolves when the rows of every compaction accepted so far are gone. */
  compactionDone(): Promise<void> {
    return this.#state.compaction.idle();
  }

  /** etcd's HashKV; revision 0 = now. Errors: 'compacted', 'future-revision'. */
  async hashKv(revision = 0): Promise<KeyHash> {
    for (;;) {
      checkRevision(revision, this.#state.keyspace.revision, this.#state.compaction.revision);
      const at = revision > 0 ? revision : this.#state.keyspace.revision;
      await this.flush();
      const { tables, keyspace } = this.#state;
      // Other tables spoil it as well.
      const compactRevision = (): number =>
        this.#state.tables === tables ? this.#state.compaction.revision : NaN;
      const hash = await hashKeyspace(tables, keyspace.index, at, compactRevision);
      if (hash) return hash;
    }
  }

  /** etcd's Hash, over all tables of this member. */
  async hash(): Promise<number> {
    await this.flush();
    return hashTables(this.#state.tables);
  }

  status(): StateMachineStatus {
    const alarmRows = this.#state.alarms.list();
    return {
      revision: this.#state.keyspace.revision,
      compactRevision: Math.max(0, this.#state.compaction.revision),
      sizeBytes: this.#state.keyspace.sizeBytes,
      quotaBytes: this.#options.quotaBytes,
      alarms: [...new Set(alarmRows.map(({ alarm }) => alarm))],
      alarmRows,
      fileBytes: this.#state.tables.fileBytes(),
      keys: this.#state.keyspace.index.size,
      puts: this.#state.keyspace.puts,
      deletes: this.#state.keyspace.deletes,
      leases: this.leases.size,
      watchers: this.#hub.watcherCount,
      pendingOps: this.#state.buffer.pendingOps,
    };
  }

  /** The rows of one commit, the state after one entry, while later ones go on. To be closed soon. */
  view(): TablesView {
    return this.#state.tables.view();
  }

  /**
   * Goes on with other tables, the state after a later entry (a snapshot from the leader), within one turn. Watches read
   * what came in between from the new tables. Resolves when the old ones are closed, as far as views let them.
   */
  install(tables: Tables): Promise<void> {
    assert(!this.#isClosed, 'install after close');
    const old = this.#state;
    old.compaction.stop();
    old.buffer.abandon();
    const state = loadState(tables, this.#options);
    assert(state.buffer.applied.index > old.buffer.applied.index, 'the state never goes back');
    this.#state = state;
    this.#hub.install(state);
    return old.buffer.idle().then(() => old.tables.close());
  }

  /** Ends all watches with 'stopped', writes what is pending, closes the tables. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#state.compaction.stop();
    this.#hub.close();
    try {
      await this.#state.buffer.close();
    } finally {
      await this.#state.tables.close();
    }
  }

  #applyCommand(command: Command, index: number): CommandResult {
    const refused = refusal(command, (alarm) => this.#state.alarms.isActive(alarm));
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
        this.#state.compaction.schedule(command.revision);
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
        return { type: 'alarm', alarms: this.#state.alarms[command.action](alarmOf(command)) };
      case 'member-publish':
      case 'member-update':
        for (const row of this.members.run(command)) this.#state.buffer.write(row);
        this.#options.onMembers?.();
        return { type: 'member' };
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
      keyspace: this.#state.keyspace,
      compactRevision: this.#state.compaction.revision,
      hasLease: (id) => this.leases.has(id),
    };
  }

  #revoke(id: bigint): void {
    for (const key of this.leases.revoke(id))
      this.#state.keyspace.deleteRange(textRange(keyBytes(key), undefined));
    this.#seal();
  }

  #seal(): void {
    const sealed = this.#state.keyspace.seal();
    if (sealed) this.#hub.publish(sealed);
  }
}

function alarmOf({ member, alarm }: AlarmRow): AlarmRow {
  return { member, alarm };
}
