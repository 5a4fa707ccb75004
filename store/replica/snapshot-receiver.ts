// SnapshotReceiver: takes in a snapshot from the leader and puts it in the place of the tables. The order on disk:
//
//   1. rows are written to staged tables beside the current ones, checked, and sealed: durable under the log index
//   2. the core takes the snapshot; the log saves its mark (and forgets all entries)
//   3. the sealed tables take the place of the current ones (one rename)
//   4. the state machine goes on with them
//
// The rule after a crash (openTables): sealed tables count if, and only if, the log's mark is at their index while the
// current tables are behind it. A crash before 2 leaves a member that never heard of the snapshot; one between 2 and 3 is
// finished at the next start; after 3 nothing is left to do. Between 2 and 3 the log has no entries for the old tables, and
// no later mark can have been saved: the driver waits for step 4 before it goes on.
import type { StateMachine } from '../mvcc/state-machine.js';
import { readApplied } from '../mvcc/state.js';
import type { SnapshotMark } from '../raft/message.js';
import type { Tables, TableWrite } from '../tables/tables.js';
import type { MemberRecord } from './member-record.js';
import { snapshotRows } from './snapshot-stream.js';
import type { TablesHome } from './tables-home.js';
import type { SnapshotMessage } from './transport.js';

/** A sealed snapshot the core is to be told of. */
export interface Arrival {
  readonly message: SnapshotMessage;
  readonly installed: () => void;
  readonly failed: (error: unknown) => void;
}

export interface SnapshotReceiverParts {
  readonly home: TablesHome;
  readonly machine: StateMachine;
  readonly members: MemberRecord;
  /** An arrival waits. */
  readonly wake: () => void;
}

/** Every commit waits for the disk, so they are few and big. */
const commitBytes = 4 << 20;

export class SnapshotReceiver {
  readonly #parts: SnapshotReceiverParts;
  #isBusy = false;
  #isClosed = false;
  #arrival: Arrival | undefined;

  constructor(parts: SnapshotReceiverParts) {
    this.#parts = parts;
  }

  /** Resolves when the snapshot is installed. Rejects when it is not wanted, damaged, or another one is on its way. */
  async receive(message: SnapshotMessage, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    if (this.#isBusy || this.#isClosed) throw new Error('no snapshot can be taken now');
    const { machine, home, wake } = this.#parts;
    if (message.snapshot.index <= machine.appliedIndex) throw new Error('the snapshot is old');
    this.#isBusy = true;
    try {
      await this.#stage(message.snapshot, chunks);
      await new Promise<void>((installed, failed) => {
        this.#arrival = { message, installed, failed };
        if (this.#isClosed) this.close();
        else wake();
      });
    } catch (error) {
      await home.discard();
      throw error;
    } finally {
      this.#isBusy = false;
    }
  }

  /** For the driver: what the core is to be told of, once. */
  take(): Arrival | undefined {
    const arrival = this.#arrival;
    this.#arrival = undefined;
    return arrival;
  }

  /** The core has no use for it: it has all that, or another leader. */
  refuse(arrival: Arrival): void {
    arrival.failed(new Error('the snapshot is not wanted'));
  }

  /** The log's mark is saved. Errors are fatal: the next start finishes it. */
  async install(arrival: Arrival): Promise<void> {
    const { home, machine, members } = this.#parts;
    const tables = await home.adopt();
    // Closed in its own time: whoever reads the old tables for a backup may finish.
    machine.install(tables).catch(() => undefined);
    members.load(tables);
    arrival.installed();
  }

  close(): void {
    this.#isClosed = true;
    this.take()?.failed(new Error('the member stops'));
  }

  async #stage(mark: SnapshotMark, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const { home } = this.#parts;
    const staged = await home.stage();
    let waiting: TableWrite[] = [];
    let bytes = 0;
    for await (const rows of snapshotRows(chunks)) {
      if (this.#isClosed) throw new Error('the member stops');
      waiting.push(...rows);
      for (const { key, value } of rows) bytes += key.length + (value?.length ?? 0);
      if (bytes < commitBytes) continue;
      await staged.commit(waiting);
      waiting = [];
      bytes = 0;
    }
    await staged.commit(waiting);
    const { index, term } = readApplied(staged);
    if (index !== mark.index || term !== mark.term)
      throw new Error('the snapshot is not the one it is said to be');
    await home.seal(index);
  }
}

/** The tables to start with: see the rule above. */
export async function openTables(home: TablesHome, mark: SnapshotMark): Promise<Tables> {
  const tables = await home.open();
  const { index } = readApplied(tables);
  if (index < mark.index && home.sealedIndex() === mark.index) {
    const adopted = await home.adopt();
    await tables.close();
    return adopted;
  }
  await home.discard();
  return tables;
}
