// Alarms raised on members: kept in the tables, cleared only by a deactivation.
import type { AlarmType } from '../kv.js';
import { decodeAlarm, encodeAlarm, type AlarmRow } from './row-codec.js';
import type { Tables } from '../tables/tables.js';
import type { WriteBuffer } from '../tables/write-buffer.js';

const noBytes = new Uint8Array(0);

export class Alarms {
  readonly #rows = new Map<string, AlarmRow>();
  readonly #buffer: WriteBuffer;

  constructor(tables: Tables, buffer: WriteBuffer) {
    this.#buffer = buffer;
    for (const { key } of tables.scan('alarm')) {
      const row = decodeAlarm(key);
      this.#rows.set(nameOf(row), row);
    }
  }

  list(): readonly AlarmRow[] {
    return [...this.#rows.values()];
  }

  isActive(alarm: AlarmType): boolean {
    if (this.#rows.size === 0) return false;
    return this.list().some((row) => row.alarm === alarm);
  }

  activate(row: AlarmRow): void {
    if (this.#rows.has(nameOf(row))) return;
    this.#rows.set(nameOf(row), row);
    this.#buffer.put('alarm', encodeAlarm(row), noBytes);
  }

  deactivate(row: AlarmRow): void {
    if (this.#rows.delete(nameOf(row))) this.#buffer.remove('alarm', encodeAlarm(row));
  }
}

function nameOf({ member, alarm }: AlarmRow): string {
  return `${member.toString()} ${alarm}`;
}
