// Where a member's tables are, on a simulated disk: each change of which set counts takes its time, and a crash in the
// middle leaves it done or not done, never half.
import type { TablesHome } from '../../store/replica/tables-home.js';
import type { Tables } from '../../store/tables/tables.js';
import type { Process } from './process.js';
import type { Random } from './random.js';
import { SimulatedTables } from './tables.js';

interface Sealed {
  readonly index: number;
  readonly tables: SimulatedTables;
}

export class SimulatedTablesHome {
  readonly #random: Random;
  readonly #commitMs: number;
  #current: SimulatedTables;
  #staged: SimulatedTables | undefined;
  #sealed: Sealed | undefined;
  /** What is being done, to be done or not when the process dies. */
  #underWay: (() => void) | undefined;

  constructor(random: Random, commitMs: number) {
    this.#random = random;
    this.#commitMs = commitMs;
    this.#current = new SimulatedTables(random, commitMs);
  }

  planFailure(): void {
    this.#current.planFailure();
  }

  heal(): void {
    this.#current.heal();
  }

  slowDown(times: number): void {
    this.#current.slowness = times;
  }

  crash(): void {
    this.#current.crash();
    this.#staged?.crash();
    if (this.#random.chance(0.5)) this.#underWay?.();
    this.#underWay = undefined;
    // A set that was being filled may be left lying about; nothing but a seal makes it count.
    this.#staged = undefined;
  }

  mount(process: Process): TablesHome {
    const open = (): Tables => this.#current.mount(process);
    return {
      open: () => Promise.resolve(open()),
      stage: () => {
        this.#sealed = undefined;
        this.#staged = new SimulatedTables(this.#random, this.#commitMs);
        return Promise.resolve(this.#staged.mount(process));
      },
      seal: async (index) => {
        const tables = this.#staged;
        if (!tables) throw new Error('nothing is staged');
        await this.#do(process, () => {
          this.#sealed = { index, tables };
          this.#staged = undefined;
        });
      },
      sealedIndex: () => this.#sealed?.index,
      adopt: async () => {
        const sealed = this.#sealed;
        if (!sealed) throw new Error('nothing is sealed');
        await this.#do(process, () => {
          this.#current = sealed.tables;
          this.#sealed = undefined;
        });
        return open();
      },
      discard: () => {
        this.#staged = undefined;
        this.#sealed = undefined;
        return Promise.resolve();
      },
    };
  }

  #do(process: Process, change: () => void): Promise<void> {
    if (!process.isAlive) return new Promise(() => undefined);
    this.#underWay = change;
    return new Promise((resolve) => {
      process.later(this.#random.delayMs(this.#commitMs), () => {
        this.#underWay = undefined;
        change();
        resolve();
      });
    });
  }
}
