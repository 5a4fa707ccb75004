// Random histories, cut off after any commit, opened again and replayed: nothing may differ from the uncut machine.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Command } from '../../../store/mvcc/command.js';
import type { StateMachine } from '../../../store/mvcc/state-machine.js';
import { memoryTables, type Tables } from '../../../store/tables/tables.js';
import { all, drain, plainBatch, plainRange } from '../../contracts/operations.js';
import { step, type Step } from '../../contracts/random-cases.js';
import { openMachine, recordCommits, withLmdb } from './machines.js';
import { ManualClock } from './manual-clock.js';

function commandOf(of: Step): Command {
  switch (of.type) {
    case 'txn':
      return { type: 'txn', txn: of.txn };
    case 'range':
      return {
        type: 'txn',
        txn: { compare: [], success: [{ ...of.query, type: 'range' }], failure: [] },
      };
    case 'compact':
      return { type: 'compact', revision: of.revision };
    case 'grant':
      return { type: 'lease-grant', id: of.lease, ttlSeconds: 60 };
    case 'revoke':
      return { type: 'lease-revoke', id: of.lease };
  }
}

async function stateOf(machine: StateMachine) {
  const { revision, compactRevision } = machine.status();
  const stop = new AbortController();
  const query = {
    ...all,
    startRevision: Math.max(1, compactRevision),
    prevKv: true,
    progress: true,
  };
  const history = await drain(machine.watch(query, stop.signal), revision, stop);
  return {
    now: plainRange(machine.range(all)),
    history: history.map(plainBatch),
    leases: machine.leases.list().map(({ id }) => [id.toString(), machine.leases.keysOf(id)]),
    hash: await machine.hashKv(),
  };
}

async function replayAll(tables: Tables, commands: readonly Command[]) {
  const clock = new ManualClock();
  const machine = openMachine(tables, { clock });
  for (const [i, each] of commands.entries()) machine.apply(i + 1, 1, [each]);
  clock.advance(1_000);
  await machine.compactionDone();
  const state = await stateOf(machine);
  return { machine, state };
}

const pace = { keysPerBatch: 2, rowsPerBatch: 2, pauseMs: 10 };
const steps = fc.array(step.map(commandOf), { minLength: 1, maxLength: 30 });
const pauses = fc.array(fc.nat(200), { minLength: 30, maxLength: 30 });

describe('recovery', () => {
  it('leads from any commit to the same keys, history, leases and hash', async () => {
    await fc.assert(
      fc.asyncProperty(steps, pauses, async (commands, waits) => {
        const { tables, commits } = recordCommits(memoryTables());
        const clock = new ManualClock();
        const machine = openMachine(tables, { clock, compaction: pace });
        for (const [i, each] of commands.entries()) {
          machine.apply(i + 1, 1, [each]);
          await clock.settle(waits[i] ?? 0);
        }
        await machine.flush();
        const { state: goal } = await replayAll(memoryTables(), commands);
        for (let cut = 0; cut <= commits.length; cut++) {
          const rest = memoryTables();
          for (const writes of commits.slice(0, cut)) await rest.commit(writes);
          expect((await replayAll(rest, commands)).state).toEqual(goal);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('leads to the same on LMDB, closed and opened in between', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.nat(29), async (commands, at) => {
        const { state: goal } = await replayAll(memoryTables(), commands);
        await withLmdb(async (open) => {
          const first = openMachine(await open(), { compaction: pace });
          for (const [i, each] of commands.slice(0, at).entries()) first.apply(i + 1, 1, [each]);
          await first.close();
          const { machine, state } = await replayAll(await open(), commands);
          expect(state).toEqual(goal);
          await machine.close();
        });
      }),
      { numRuns: 12 },
    );
  });
});
