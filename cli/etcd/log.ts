// The log of `frontdesk etcd`, in the shape of etcd's (zap): harnesses wait for its lines, people read them.
import { closeSync, openSync, writeSync } from 'node:fs';
import type { LogLevel, LogSettings } from './settings.js';

const levels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'panic', 'fatal'];

export type LogFields = Readonly<
  Record<string, string | number | boolean | readonly string[] | undefined>
>;

export class EtcdLog {
  readonly #settings: LogSettings;
  readonly #now: () => number;
  readonly #files: readonly number[];

  /** Throws the system's error when a file cannot be opened. */
  constructor(settings: LogSettings, now: () => number) {
    this.#settings = settings;
    this.#now = now;
    this.#files = settings.outputs.map((output) => {
      if (output === 'stderr') return 2;
      return output === 'stdout' ? 1 : openSync(output, 'a', 0o600);
    });
  }

  /** `caller` is where the line comes from, as zap tells file:line. */
  write(level: LogLevel, caller: string, msg: string, fields: LogFields = {}): void {
    if (levels.indexOf(level) < levels.indexOf(this.#settings.level)) return;
    const ts = timeText(this.#now());
    const line =
      this.#settings.format === 'json'
        ? JSON.stringify({ level, ts, caller, msg, ...fields })
        : `${ts}\t${level}\t${caller}\t${msg}\t${JSON.stringify(fields)}`;
    for (const file of this.#files) writeLine(file, `${line}\n`);
  }

  close(): void {
    for (const file of this.#files) if (file > 2) closeSync(file);
  }
}

/** zap writes microseconds; the clock here knows milliseconds. */
const timeText = (nowMs: number): string => new Date(nowMs).toISOString().replace('Z', '000Z');

/** At once: the last line of a process that ends must get out. A log that nobody can take is no reason to stop. */
function writeLine(file: number, line: string): void {
  try {
    writeSync(file, line);
  } catch {
    // EPIPE, EAGAIN, ENOSPC
  }
}
