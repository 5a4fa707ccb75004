// Scheduled snapshots: every interval a file in a folder, named by time and revision; old ones go only when a new one is
// whole. After a failure it is tried again sooner. A restart goes on from the newest file there.
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../clock.js';
import type { NodeSnapshot } from '../node.js';
import { partSuffix, saveSnapshot } from './save.js';

export interface SnapshotSchedule {
  readonly intervalMs: number;
  readonly folder: string;
  /** Files kept, at least 1. */
  readonly retention: number;
}

export interface ScheduleParts {
  readonly clock: Clock;
  readonly snapshot: () => Promise<NodeSnapshot>;
  readonly onSaved?: (saved: SavedSnapshot) => void;
  readonly onFailed?: (error: unknown) => void;
}

export interface SavedSnapshot {
  readonly path: string;
  readonly revision: number;
  readonly sizeBytes: number;
  readonly durationMs: number;
}

export interface ScheduleStatus {
  /** Milliseconds since the epoch; undefined: none since this process started, and none in the folder. */
  readonly lastSuccessMs: number | undefined;
  readonly lastRevision: number | undefined;
  /** Of the last one of this process. */
  readonly lastSizeBytes: number | undefined;
  readonly failures: number;
}

export interface ScheduledSnapshots {
  status(): ScheduleStatus;
  /** Takes one now, or waits for the one that is being taken. Never rejects: failures are counted. */
  run(): Promise<void>;
  /** Resolves when nothing is being written any more. */
  stop(): Promise<void>;
}

const retryMsMax = 60_000;

export function startSnapshotSchedule(
  schedule: SnapshotSchedule,
  parts: ScheduleParts,
): ScheduledSnapshots {
  const runner = new Runner(schedule, parts);
  runner.start();
  return runner;
}

class Runner implements ScheduledSnapshots {
  readonly #schedule: SnapshotSchedule;
  readonly #parts: ScheduleParts;
  #status: ScheduleStatus = {
    lastSuccessMs: undefined,
    lastRevision: undefined,
    lastSizeBytes: undefined,
    failures: 0,
  };
  #cancel: () => void = () => undefined;
  #running: Promise<void> | undefined;
  #isStopped = false;

  constructor(schedule: SnapshotSchedule, parts: ScheduleParts) {
    this.#schedule = schedule;
    this.#parts = parts;
  }

  start(): void {
    const { folder, intervalMs } = this.#schedule;
    const newest = snapshotsIn(folder).at(-1);
    if (newest) {
      const { timeMs, revision } = newest;
      this.#status = { ...this.#status, lastSuccessMs: timeMs, lastRevision: revision };
    }
    const sinceMs = newest ? this.#parts.clock.now() - newest.timeMs : intervalMs;
    // A clock that was set back must not put it off for longer than an interval.
    this.#wait(Math.min(intervalMs, Math.max(0, intervalMs - sinceMs)));
  }

  status(): ScheduleStatus {
    return this.#status;
  }

  run(): Promise<void> {
    this.#cancel();
    this.#running ??= this.#take().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel();
    await this.#running;
  }

  #wait(delayMs: number): void {
    if (this.#isStopped) return;
    this.#cancel = this.#parts.clock.after(delayMs, () => void this.run());
  }

  async #take(): Promise<void> {
    const { intervalMs } = this.#schedule;
    try {
      const saved = await this.#save();
      this.#status = {
        ...this.#status,
        lastSuccessMs: this.#parts.clock.now(),
        lastRevision: saved.revision,
        lastSizeBytes: saved.sizeBytes,
      };
      this.#parts.onSaved?.(saved);
      this.#prune();
      this.#wait(intervalMs);
    } catch (error) {
      this.#status = { ...this.#status, failures: this.#status.failures + 1 };
      this.#parts.onFailed?.(error);
      this.#wait(Math.min(intervalMs, retryMsMax));
    }
  }

  async #save(): Promise<SavedSnapshot> {
    const { folder } = this.#schedule;
    const { clock } = this.#parts;
    const startMs = clock.monotonic();
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const snapshot = await this.#parts.snapshot();
    const { revision } = snapshot;
    const path = join(folder, nameOf(clock.now(), revision));
    const { sizeBytes } = await saveSnapshot(path, snapshot);
    return { path, revision, sizeBytes, durationMs: clock.monotonic() - startMs };
  }

  /** Also what a crash left half written. Files of other names are not ours. */
  #prune(): void {
    const { folder, retention } = this.#schedule;
    const old = snapshotsIn(folder).slice(0, -retention);
    for (const { name } of old) rmSync(join(folder, name), { force: true });
    for (const name of readdirSync(folder)) {
      const isHalf = name.endsWith(partSuffix) && parseName(name.slice(0, -partSuffix.length));
      if (isHalf) rmSync(join(folder, name), { force: true });
    }
  }
}

interface SnapshotName {
  readonly name: string;
  readonly timeMs: number;
  readonly revision: number;
}

/** `snapshot-20261122T101500.250Z-r42.db`: by name is by time. */
function nameOf(timeMs: number, revision: number): string {
  return `snapshot-${new Date(timeMs).toISOString().replace(/[-:]/g, '')}-r${revision}.db`;
}

function parseName(name: string): SnapshotName | undefined {
  const parts = /^snapshot-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d\.\d{3})Z-r(\d{1,15})\.db$/.exec(
    name,
  );
  if (!parts) return undefined;
  const [, year, month, day, hour, minute, second, revision] = parts;
  const timeMs = Date.parse(
    `${year ?? ''}-${month ?? ''}-${day ?? ''}T${hour ?? ''}:${minute ?? ''}:${second ?? ''}Z`,
  );
  return { name, timeMs, revision: Number(revision) };
}

/** The oldest first. */
function snapshotsIn(folder: string): readonly SnapshotName[] {
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch {
    return []; // not there yet, or not readable: writing will say so
  }
  return names.flatMap((name) => parseName(name) ?? []).sort((a, b) => (a.name < b.name ? -1 : 1));
}
