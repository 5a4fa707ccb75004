// State machines for the tests of this folder: commands in a few words, tables that can be reopened or cut off.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command, CommandResult } from '../../../store/mvcc/command.js';
import { StateMachine, type StateMachineOptions } from '../../../store/mvcc/state-machine.js';
import { openLmdbTables } from '../../../store/tables/lmdb-tables.js';
import type { Tables, TableWrite } from '../../../store/tables/tables.js';
import type { Op, RangeResult } from '../../../store/index.js';
import { all, txnOf } from '../../contracts/operations.js';
import { ManualClock } from './manual-clock.js';

export const command = (...ops: Op[]): Command => ({ type: 'txn', txn: txnOf(ops) });

export function openMachine(
  tables: Tables,
  options: Partial<StateMachineOptions> = {},
): StateMachine {
  return StateMachine.open(tables, { clock: new ManualClock(), quotaBytes: 2 ** 30, ...options });
}

/** Applies the commands as the log's next entry. */
export function apply(machine: StateMachine, ...commands: Command[]): readonly CommandResult[] {
  return machine.apply(machine.appliedIndex + 1, 1, commands);
}

export function errorOf(result: CommandResult | undefined): string | undefined {
  return result?.type === 'error' ? result.error.code : undefined;
}

export function contents(machine: StateMachine): RangeResult {
  return machine.range(all);
}

export async function withLmdb(run: (open: () => Promise<Tables>) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'frontdesk-mvcc-'));
  try {
    await run(() => openLmdbTables(dir));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Every commit that reached the tables, so that a test can go back to the moment after any of them. */
export function recordCommits(tables: Tables): { tables: Tables; commits: TableWrite[][] } {
  const commits: TableWrite[][] = [];
  const recording: Tables = {
    volatile: tables.volatile,
    get: (table, key) => tables.get(table, key),
    scan: (table, start) => tables.scan(table, start),
    commit: (writes) => {
      commits.push([...writes]);
      return tables.commit(writes);
    },
    view: () => tables.view(),
    fileBytes: () => tables.fileBytes(),
    bytesInUse: () => tables.bytesInUse(),
    defragment: () => tables.defragment(),
    close: () => tables.close(),
  };
  return { tables: recording, commits };
}
