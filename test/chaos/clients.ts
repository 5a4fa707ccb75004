// Who uses the cluster while it suffers: clients that write and read a few keys through any member, and one watcher a
// member that must see every revision once, in order, however often its stream is cut.
import { prefixEnd, type KeyValueStore, type RangeResult } from '../../store/index.js';
import type { Random } from '../simulation/random.js';
import type { Answer, History, Request } from './history.js';

const encode = (text: string): Uint8Array => Buffer.from(text);
const decode = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

export const prefix = 'chaos/';
const keyCount = 24;

export interface Progress {
  /** performance.now() of the last write that was acknowledged. */
  lastWriteMs: number;
  onWrite: () => void;
}

/** Asks until told to stop; the next request goes out when the last was answered or given up. */
export async function runClient(
  name: string,
  parts: {
    readonly stores: readonly KeyValueStore[];
    readonly history: History;
    readonly random: Random;
    readonly progress: Progress;
    readonly stopped: AbortSignal;
  },
): Promise<void> {
  const { stores, history, random, progress, stopped } = parts;
  for (let count = 0; !stopped.aborted; count++) {
    const store = stores[random.integer(stores.length)];
    if (store === undefined) return;
    const key = `${prefix}${random.integer(keyCount)}`;
    const request = await nextRequest(store, key, `${name}-${count}`, random);
    const answered = await history.record(key, request, () => ask(store, key, request));
    if (answered && request.type !== 'get') {
      progress.lastWriteMs = performance.now();
      progress.onWrite();
    }
  }
}

async function nextRequest(
  store: KeyValueStore,
  key: string,
  value: string,
  random: Random,
): Promise<Request> {
  const dice = random.integer(10);
  if (dice < 4) return { type: 'put', value };
  if (dice < 7) return { type: 'get' };
  if (dice < 8) return { type: 'delete' };
  try {
    // What it may be by now: the swap's own answer says whether it was.
    const seen = await store.range({ key: encode(key), linearizable: false });
    return { type: 'swap', expected: valueOf(seen), value };
  } catch {
    return { type: 'put', value };
  }
}

async function ask(store: KeyValueStore, name: string, request: Request): Promise<Answer> {
  const key = encode(name);
  switch (request.type) {
    case 'get': {
      const result = await store.range({ key });
      const revision = result.kvs[0]?.modRevision ?? 0;
      return { revision, value: valueOf(result), succeeded: true };
    }
    case 'put': {
      const put = { type: 'put', key, value: encode(request.value) } as const;
      const { revision } = await store.txn({ compare: [], success: [put], failure: [] });
      return { revision, value: request.value, succeeded: true };
    }
    case 'delete': {
      const success = [{ type: 'delete', key }] as const;
      const { revision, responses } = await store.txn({ compare: [], success, failure: [] });
      const [first] = responses;
      return { revision, value: '', succeeded: first?.type === 'delete' && first.deleted > 0 };
    }
    case 'swap': {
      const { revision, succeeded } = await store.txn({
        compare: [
          request.expected === ''
            ? { target: 'version', result: 'equal', key, number: 0 }
            : { target: 'value', result: 'equal', key, value: encode(request.expected) },
        ],
        success: [{ type: 'put', key, value: encode(request.value) }],
        failure: [],
      });
      return { revision, value: request.value, succeeded };
    }
  }
}

const valueOf = ({ kvs }: RangeResult): string => (kvs[0] ? decode(kvs[0].value) : '');

/** All events of one member's watch from the first revision on; breaks in the rules are collected, not thrown. */
export class Watcher {
  /** revision -> its events as one text. */
  readonly seen = new Map<number, string>();
  readonly faults: string[] = [];
  resumes = 0;
  #last = 0;
  readonly #store: KeyValueStore;
  readonly #name: string;
  readonly #stopped: AbortSignal;

  constructor(name: string, store: KeyValueStore, stopped: AbortSignal) {
    this.#name = name;
    this.#store = store;
    this.#stopped = stopped;
  }

  get last(): number {
    return this.#last;
  }

  async run(): Promise<void> {
    const key = encode(prefix);
    while (!this.#stopped.aborted) {
      try {
        const query = { key, end: prefixEnd(key), startRevision: Math.max(1, this.#last + 1) };
        for await (const { revision, events } of this.#store.watch(query, this.#stopped)) {
          if (events.length > 0) this.#take(revision, events.map(eventText).join('\n'));
        }
      } catch {
        // The member went away: go on behind the last whole revision.
        this.resumes++;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  #take(revision: number, text: string): void {
    if (revision <= this.#last) {
      this.faults.push(`${this.#name}: revision ${revision} came after ${this.#last}`);
    }
    this.#last = Math.max(this.#last, revision);
    this.seen.set(revision, text);
  }
}

const eventText = (event: {
  type: string;
  kv: { key: Uint8Array; value: Uint8Array; modRevision: number };
}): string => `${event.type} ${decode(event.kv.key)} ${decode(event.kv.value)}`;
