// Tables on a simulated disk: LMDB's promise and no more. A commit is atomic; it takes its time; what was under way when
// the process died or the power went is there wholly or not at all, in the order of the commits.
import { keyBytes, keyText, sortedMap, type SortedMap } from '../../store/tables/sorted-map.js';
import {
  viewOf,
  type TableName,
  type TableRow,
  type Tables,
  type TableWrite,
} from '../../store/tables/tables.js';
import type { Process } from './process.js';
import type { Random } from './random.js';

export class SimulatedTables {
  readonly #random: Random;
  readonly #commitMs: number;
  readonly #maps = new Map<TableName, SortedMap<Uint8Array>>();
  #underWay: (readonly TableWrite[])[] = [];
  #failNext = false;
  slowness = 1;

  constructor(random: Random, commitMs: number) {
    this.#random = random;
    this.#commitMs = commitMs;
  }

  /** The next commit is refused. */
  planFailure(): void {
    this.#failNext = true;
  }

  heal(): void {
    this.#failNext = false;
    this.slowness = 1;
  }

  /** The process or the machine died. */
  crash(): void {
    const survivors = this.#random.integer(this.#underWay.length + 1);
    for (const writes of this.#underWay.slice(0, survivors)) this.#write(writes);
    this.#underWay = [];
  }

  mount(process: Process): Tables {
    let last = Promise.resolve();
    return {
      volatile: false,
      get: (table, key) => this.#map(table).get(keyText(key)),
      scan: (table, start) => this.#scan(table, start),
      commit: (writes) => {
        last = last.then(() => this.#commit(process, writes));
        return last;
      },
      view: () => viewOf((table) => this.#map(table)),
      fileBytes: () => 0,
      bytesInUse: () => 0,
      defragment: () => Promise.resolve(),
      close: () => last.catch(() => undefined),
    };
  }

  *#scan(table: TableName, start?: Uint8Array): Iterable<TableRow> {
    for (const [key, value] of this.#map(table).entries(start ? keyText(start) : ''))
      yield { key: keyBytes(key), value };
  }

  #map(table: TableName): SortedMap<Uint8Array> {
    let map = this.#maps.get(table);
    if (!map) this.#maps.set(table, (map = sortedMap()));
    return map;
  }

  #commit(process: Process, writes: readonly TableWrite[]): Promise<void> {
    // Of a dead process nothing is heard.
    if (!process.isAlive) return new Promise(() => undefined);
    this.#underWay.push(writes);
    return new Promise((resolve, reject) => {
      process.later(this.#random.delayMs(this.#commitMs * this.slowness), () => {
        this.#underWay = this.#underWay.filter((each) => each !== writes);
        if (this.#failNext) {
          this.#failNext = false;
          reject(Object.assign(new Error('EIO: the commit failed'), { code: 'EIO' }));
          return;
        }
        this.#write(writes);
        resolve();
      });
    });
  }

  #write(writes: readonly TableWrite[]): void {
    for (const { table, key, value } of writes) {
      if (value === undefined) this.#map(table).delete(keyText(key));
      else this.#map(table).set(keyText(key), Uint8Array.from(value));
    }
  }
}
