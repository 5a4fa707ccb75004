// The write-ahead log alone on the simulated disk, with the power going at any of its operations.
import { describe, expect, it } from '@jest/globals';
import type { Entry } from '../../store/raft/message.js';
import { RaftLog } from '../../store/wal/raft-log.js';
import { SimulatedDisk } from './disk.js';
import { Process } from './process.js';
import type { Random } from './random.js';
import { World } from './world.js';

const founded = { index: 1, term: 1, membership: { voters: [1n], learners: [] } };

class LogMachine {
  readonly world: World;
  readonly disk: SimulatedDisk;
  readonly random: Random;
  process: Process;

  constructor(seed: number) {
    this.world = new World(seed);
    this.random = this.world.random;
    this.process = this.#newProcess();
    this.disk = new SimulatedDisk({
      random: this.random,
      syncMs: 1,
      onPowerCut: () => {
        this.process.kill();
      },
    });
  }

  open(): RaftLog {
    this.process = this.#newProcess();
    const identity = { clusterId: 1n, memberId: 1n };
    return new RaftLog(this.disk.mount(this.process), { identity, start: founded });
  }

  /** False: the power went first. */
  async save(log: RaftLog, entries: readonly Entry[], term: number): Promise<boolean> {
    const outcome = { isSaved: false };
    const commit = entries.at(-1)!.index; // as a follower that learns of the commit along with the entries
    const saved = log.save({ entries, hardState: { term, vote: 1n, commit } }).then(
      () => {
        outcome.isSaved = true;
      },
      () => undefined,
    );
    await this.world.run(this.world.nowMs + 1_000, () => outcome.isSaved);
    if (outcome.isSaved) await saved;
    return outcome.isSaved;
  }

  #newProcess(): Process {
    return new Process(this.world, { rate: 1, wallOffsetMs: 0 });
  }
}

describe('the write-ahead log and power cuts', () => {
  it('opens with all that was saved, and commits nothing it does not have', async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const machine = new LogMachine(seed);
      let savedIndex = founded.index;
      for (let life = 1; life <= 4; life++) {
        const log = machine.open();
        expect({ seed, has: log.lastIndex >= savedIndex }).toEqual({ seed, has: true });
        const { commit } = log.hardState;
        expect({ seed, life, within: commit <= log.lastIndex }).toEqual({
          seed,
          life,
          within: true,
        });
        machine.disk.plan('power', 30);
        for (;;) {
          const count = 1 + machine.random.integer(4);
          const entries = Array.from({ length: count }, (_, i): Entry => {
            const data = Buffer.alloc(machine.random.integer(3_000), life);
            return { index: log.lastIndex + 1 + i, term: life, type: 'normal', data };
          });
          if (!(await machine.save(log, entries, life))) break;
          savedIndex = log.lastIndex;
        }
      }
    }
  });

  it('vouches only for what is on disk, also after a kill that left a write in the page cache', () => {
    for (let seed = 1; seed <= 100; seed++) {
      const machine = new LogMachine(seed);
      const first = machine.open();
      const entry = { index: 2, term: 1, type: 'normal', data: Buffer.from('x') } as const;
      void first.save({ entries: [entry], hardState: { term: 1, vote: 1n, commit: 1 } });
      machine.process.kill(); // before the sync is done
      const seen = machine.open().lastIndex;
      machine.process.kill();
      machine.disk.losePower();
      // Whoever read it may have answered for it.
      expect({ seed, lastIndex: machine.open().lastIndex }).toEqual({ seed, lastIndex: seen });
    }
  });
});
