// A member as the raft tests run it: the core, a disk that may lose what was not saved, and a state machine
// that lists what it applied. It is the smallest honest driver: cluster.test-side code only moves messages.

import { Raft } from '../../store/raft/raft.js';
import { decodeConfChange } from '../../store/raft/membership.js';
import type {
  Entry,
  HardState,
  MemberId,
  Membership,
  Message,
  RaftConfig,
  Ready,
  SnapshotMark,
  StableLog,
} from '../../store/raft/message.js';

/** What a member's state machine is: every applied entry, in order. */
export type State = readonly Entry[];

export interface Checkpoint {
  readonly mark: SnapshotMark;
  readonly state: State;
}

type Save = NonNullable<Ready['save']>;

export class MemoryDisk implements StableLog {
  hardState: HardState;
  checkpoint: Checkpoint;
  private list: Entry[] = [];
  private startIndex = 0;
  private startTerm = 0;

  /** The first members start at index 1, which stands for their membership; a joiner starts from nothing. */
  constructor(membership?: Membership) {
    const mark = membership
      ? { index: 1, term: 1, membership }
      : { index: 0, term: 0, membership: { voters: [], learners: [] } };
    this.checkpoint = { mark, state: [] };
    this.hardState = { term: mark.term, vote: 0n, commit: mark.index };
    this.startIndex = mark.index;
    this.startTerm = mark.term;
  }

  get firstIndex(): number {
    return this.startIndex + 1;
  }

  get lastIndex(): number {
    return this.startIndex + this.list.length;
  }

  term(index: number): number {
    if (index === this.startIndex) return this.startTerm;
    return this.at(index).term;
  }

  entries(from: number, to: number, bytesMax: number): readonly Entry[] {
    const entries: Entry[] = [];
    let bytes = 0;
    for (let index = from; index < to; index++) {
      const entry = this.at(index);
      bytes += entry.data.length + 32;
      if (bytes > bytesMax && entries.length > 0) break;
      entries.push(entry);
    }
    return entries;
  }

  snapshot(): SnapshotMark {
    return this.checkpoint.mark;
  }

  write(save: Save, received: ReadonlyMap<number, Checkpoint>): void {
    if (save.snapshot) this.install(received.get(save.snapshot.index)!);
    this.writeEntries(save.entries);
    if (save.hardState) this.hardState = save.hardState;
  }

  /** A crash in the middle of a save: some of the entries got there, the hard state did not. */
  tear(save: Save, entryCount: number): void {
    if (!save.snapshot) this.writeEntries(save.entries.slice(0, entryCount));
  }

  /** Drops the log up to `index`, which the checkpoint must cover. */
  compact(index: number): void {
    if (index <= this.startIndex || index > this.checkpoint.mark.index) return;
    const term = this.term(index);
    this.list = this.list.slice(index - this.startIndex);
    this.startIndex = index;
    this.startTerm = term;
  }

  private install(checkpoint: Checkpoint): void {
    this.checkpoint = checkpoint;
    this.list = [];
    this.startIndex = checkpoint.mark.index;
    this.startTerm = checkpoint.mark.term;
  }

  private writeEntries(entries: readonly Entry[]): void {
    const first = entries[0];
    if (first === undefined) return;
    this.list.length = first.index - this.startIndex - 1;
    this.list.push(...entries);
  }

  private at(index: number): Entry {
    const entry = this.list[index - this.startIndex - 1];
    if (entry === undefined) throw new Error(`no entry ${String(index)} on disk`);
    return entry;
  }
}

/** A snapshot message travels with the state it stands for. */
export interface Parcel {
  readonly message: Message;
  readonly checkpoint?: Checkpoint;
}

export interface ReadAnswer {
  readonly id: bigint;
  /** Undefined: dropped. */
  readonly index: number | undefined;
}

export type Settings = Pick<
  RaftConfig,
  | 'electionTicks'
  | 'heartbeatTicks'
  | 'appendBytesMax'
  | 'inflightMessagesMax'
  | 'uncommittedBytesMax'
  | 'random'
>;

export const usualSettings: Settings = {
  electionTicks: 10,
  heartbeatTicks: 2,
  appendBytesMax: 4096,
  inflightMessagesMax: 4,
  uncommittedBytesMax: 1 << 16,
  random: () => 0.5,
};

export class Member {
  readonly raft: Raft;
  readonly disk: MemoryDisk;
  state: Entry[];
  readonly reads: ReadAnswer[] = [];
  /** Readies handed out whose save has not finished, oldest first. */
  readonly unsaved: Ready[] = [];
  onReady: (ready: Ready) => void = () => undefined;
  private applied: { index: number; term: number };
  private readonly received = new Map<number, Checkpoint>();

  constructor(id: MemberId, disk: MemoryDisk, settings: Settings) {
    const { mark, state } = disk.checkpoint;
    this.disk = disk;
    this.state = [...state];
    this.applied = mark;
    this.raft = new Raft(
      {
        ...settings,
        id,
        hardState: disk.hardState,
        membership: mark.membership,
        applied: mark.index,
      },
      disk,
    );
  }

  get appliedIndex(): number {
    return this.applied.index;
  }

  receive({ message, checkpoint }: Parcel): void {
    if (checkpoint) this.received.set(checkpoint.mark.index, checkpoint);
    this.raft.step(message);
  }

  /** Takes every Ready there is; gives back what may leave at once. */
  collect(): Parcel[] {
    const leaving: Parcel[] = [];
    for (let ready = this.raft.takeReady(); ready; ready = this.raft.takeReady()) {
      this.onReady(ready);
      leaving.push(...ready.send.map((message) => this.pack(message)));
      for (const entry of ready.apply) this.apply(entry);
      this.reads.push(...ready.reads);
      for (const id of ready.droppedReads) this.reads.push({ id, index: undefined });
      if (ready.save ?? this.unsaved.length > 0) this.unsaved.push(ready);
      else leaving.push(...ready.sendAfterSave.map((message) => this.pack(message)));
    }
    return leaving;
  }

  /** The oldest save reaches the disk. */
  finishSave(): Parcel[] {
    const ready = this.unsaved.shift();
    if (!ready) return [];
    if (ready.save) this.disk.write(ready.save, this.received);
    if (ready.save?.snapshot) {
      this.state = [...this.disk.checkpoint.state];
      this.applied = this.disk.checkpoint.mark;
    }
    this.raft.saved(ready);
    return ready.sendAfterSave.map((message) => this.pack(message));
  }

  /** The state machine's own durable copy, as far as it has got. */
  saveCheckpoint(): void {
    const mark = { ...this.applied, membership: this.raft.membership };
    this.disk.checkpoint = { mark, state: [...this.state] };
  }

  private apply(entry: Entry): void {
    if (entry.index !== this.applied.index + 1)
      throw new Error(`applied ${String(entry.index)} after ${String(this.applied.index)}`);
    if (entry.type === 'conf-change') this.raft.applyConfChange(decodeConfChange(entry.data));
    this.state.push(entry);
    this.applied = { index: entry.index, term: entry.term };
  }

  private pack(message: Message): Parcel {
    if (message.type !== 'snapshot') return { message };
    return { message, checkpoint: this.disk.checkpoint };
  }
}
