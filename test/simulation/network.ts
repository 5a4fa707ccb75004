// The network between members. Raft messages are lost, doubled, late and out of order; links are cut, one way or both.
// Forwarded batches, questions and snapshots either get through or fail, and whoever sent them cannot always tell.
// What travels is copied, so that no member can touch what another one holds.
import type { MemberId, Message } from '../../store/raft/message.js';
import type {
  ForwardOutcome,
  Peer,
  SnapshotMessage,
  Transport,
  TransportHandlers,
} from '../../store/replica/transport.js';
import type { PeerReply, PeerRequest } from '../../store/replica/peer-request.js';
import { StoreError } from '../../store/errors.js';
import { messageText } from '../raft/transcript-text.js';
import type { Process } from './process.js';
import type { Random } from './random.js';
import { asError, type World } from './world.js';

interface Endpoint {
  readonly process: Process;
  readonly handlers: TransportHandlers;
  /** Members that are out, as its member knows. */
  removed: readonly MemberId[];
}

export interface NetworkFaults {
  readonly lossRate: number;
  readonly doubleRate: number;
  /** Of appends with several entries, those that come as two messages. */
  readonly splitRate: number;
  readonly usualMs: number;
}

const calm: NetworkFaults = { lossRate: 0, doubleRate: 0, splitRate: 0, usualMs: 1 };
/** Sooner or later a broken connection is noticed. */
const snapshotTimeoutMs = 3_000;
const dialEveryMs = 500;

export class Network {
  /** Sees every Raft message as it is sent: the checkers' window. */
  onSend: (message: Message) => void = () => undefined;
  faults = calm;
  readonly #world: World;
  readonly #random: Random;
  readonly #endpoints = new Map<MemberId, Endpoint>();
  /** 'from>to' */
  readonly #cut = new Set<string>();
  readonly #slow = new Map<string, number>();
  readonly #activeSince = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
    this.#random = world.random.fork();
  }

  cut(from: MemberId, to: MemberId): void {
    this.#cut.add(linkName(from, to));
    this.#activeSince.delete(linkName(from, to));
  }

  slowDown(from: MemberId, to: MemberId, times: number): void {
    this.#slow.set(linkName(from, to), times);
  }

  /** Links only. */
  mend(): void {
    this.#cut.clear();
  }

  heal(): void {
    this.#cut.clear();
    this.#slow.clear();
    this.faults = calm;
  }

  isCut(from: MemberId, to: MemberId): boolean {
    return this.#cut.has(linkName(from, to));
  }

  detach(id: MemberId): void {
    this.#endpoints.delete(id);
    for (const link of this.#activeSince.keys())
      if (link.endsWith(`>${String(id)}`)) this.#activeSince.delete(link);
  }

  transportOf(id: MemberId, process: Process): Transport {
    let known: readonly Peer[] = [];
    return {
      start: (_self, handlers) => {
        this.#endpoints.set(id, { process, handlers, removed: [] });
        this.#dial(id, () => known);
        return Promise.resolve();
      },
      setPeers: (peers, removed) => {
        known = peers;
        const endpoint = this.#endpoints.get(id);
        if (endpoint) endpoint.removed = removed;
      },
      send: (messages) => {
        if (process.isAlive) for (const message of messages) this.#send(message);
      },
      forward: (leader, payload) =>
        this.#call<ForwardOutcome>(id, leader, ({ handlers }) =>
          Promise.resolve(handlers.forwarded(Uint8Array.from(payload))),
        ),
      sendSnapshot: (message, chunks) => this.#sendSnapshot(message, chunks, process),
      ask: (member, request, timeoutMs) => this.#ask(id, member, request, timeoutMs),
      askUrl: () => Promise.reject(new StoreError('timeout')),
      activeSince: (member) => this.#activeSince.get(linkName(id, member)),
      stop: () => {
        if (this.#endpoints.get(id)?.process === process) this.detach(id);
        return Promise.resolve();
      },
    };
  }

  #send(message: Message): void {
    const { from, to } = message;
    this.onSend(message);
    const { lossRate, doubleRate, splitRate } = this.faults;
    const isLost = this.#random.chance(lossRate);
    const copies = this.#random.chance(doubleRate) ? 2 : 1;
    if (this.isCut(from, to) || isLost) {
      this.#lose(from, to, isLost ? 0.3 : 0.7);
      return;
    }
    for (let i = 0; i < copies; i++) {
      // A leader with a smaller limit would have sent two.
      const parts = this.#random.chance(splitRate) ? halvesOf(message) : [message];
      for (const part of parts) {
        const copy = copyOf(part);
        this.#world.schedule(this.#delayMs(from, to), () => {
          this.#arrive(copy);
        });
      }
    }
  }

  #arrive(message: Message): void {
    const { from, to } = message;
    const target = this.#endpoints.get(to);
    if (!target?.process.isAlive || this.isCut(from, to)) {
      this.#lose(from, to, 0.7);
      return;
    }
    this.#noteActive(from, to);
    target.process.later(0, () => {
      this.#world.trace(messageText(message));
      target.handlers.messages([message]);
    });
  }

  /** Sometimes the sender's side of a connection notices. */
  #lose(from: MemberId, to: MemberId, noticed: number): void {
    this.#activeSince.delete(linkName(from, to));
    if (!this.#random.chance(noticed)) return;
    const sender = this.#endpoints.get(from);
    sender?.process.later(this.#random.between(0, 50), () => {
      sender.handlers.unreachable(to);
    });
  }

  #noteActive(from: MemberId, to: MemberId): void {
    const link = linkName(from, to);
    const clock = this.#endpoints.get(from)?.process.clock;
    if (clock && !this.#activeSince.has(link)) this.#activeSince.set(link, clock.monotonic());
  }

  /** A member keeps dialling the others; one that knows it to be out says so. */
  #dial(id: MemberId, peers: () => readonly Peer[]): void {
    const endpoint = this.#endpoints.get(id);
    endpoint?.process.later(dialEveryMs, () => {
      const isTold = peers().some((peer) => {
        const isOpen = !this.isCut(id, peer.id) && !this.isCut(peer.id, id);
        return isOpen && this.#endpoints.get(peer.id)?.removed.includes(id);
      });
      if (isTold) endpoint.handlers.removed();
      else this.#dial(id, peers);
    });
  }

  /** A request and its answer, each of which may get lost: the caller then hears of an error after a while. */
  #call<T>(
    from: MemberId,
    to: MemberId,
    handle: (target: Endpoint) => Promise<T>,
    timeoutMs = 2_000,
  ): Promise<T> {
    const caller = this.#endpoints.get(from);
    if (!caller) return Promise.reject(new StoreError('stopped'));
    return new Promise((resolve, reject) => {
      const fail = (error: unknown): void => {
        reject(asError(error));
      };
      const cancel = caller.process.later(timeoutMs, () => {
        fail(new StoreError('timeout'));
      });
      const back = (settle: () => void): void => {
        this.#travel(to, from, () => {
          cancel();
          settle();
        });
      };
      this.#travel(from, to, (target) => {
        const answered = handle(target);
        answered.then(
          (value) => {
            back(() => {
              resolve(value);
            });
          },
          (error: unknown) => {
            back(() => {
              fail(error);
            });
          },
        );
      });
    });
  }

  #travel(from: MemberId, to: MemberId, arrive: (target: Endpoint) => void): void {
    if (this.isCut(from, to) || this.#random.chance(this.faults.lossRate)) return;
    this.#world.schedule(this.#delayMs(from, to), () => {
      const target = this.#endpoints.get(to);
      if (!target || this.isCut(from, to)) return;
      target.process.later(0, () => {
        arrive(target);
      });
    });
  }

  #ask(from: MemberId, to: MemberId, request: PeerRequest, timeoutMs: number): Promise<PeerReply> {
    const handle = ({ handlers }: Endpoint): Promise<PeerReply> => handlers.ask(request, from);
    return this.#call(from, to, handle, timeoutMs);
  }

  async #sendSnapshot(
    message: SnapshotMessage,
    chunks: AsyncIterable<Uint8Array>,
    process: Process,
  ): Promise<void> {
    const { from, to } = message;
    this.onSend(message);
    this.#world.trace(`stream ${messageText(message)}`);
    const transfer = (): AsyncIterable<Uint8Array> => this.#carry(chunks, from, to, process);
    await this.#call(
      from,
      to,
      ({ handlers }) => handlers.snapshot(copyOf(message), transfer()),
      snapshotTimeoutMs,
    );
  }

  /** A stream breaks when the link does. */
  async *#carry(
    chunks: AsyncIterable<Uint8Array>,
    from: MemberId,
    to: MemberId,
    process: Process,
  ): AsyncIterable<Uint8Array> {
    for await (const chunk of chunks) {
      await new Promise<void>((resolve) => {
        this.#world.schedule(this.#delayMs(from, to), resolve);
      });
      if (this.isCut(from, to) || !process.isAlive || this.#random.chance(this.faults.lossRate / 4))
        throw new Error('the stream broke');
      yield Uint8Array.from(chunk);
    }
  }

  #delayMs(from: MemberId, to: MemberId): number {
    return this.#random.delayMs(this.faults.usualMs * (this.#slow.get(linkName(from, to)) ?? 1));
  }
}

function linkName(from: MemberId, to: MemberId): string {
  return `${String(from)}>${String(to)}`;
}

function halvesOf(message: Message): readonly Message[] {
  if (message.type !== 'append' || message.entries.length < 2) return [message];
  const { entries } = message;
  const middle = entries.length >>> 1;
  const last = entries[middle - 1]!;
  return [
    { ...message, entries: entries.slice(0, middle) },
    { ...message, prevIndex: last.index, prevTerm: last.term, entries: entries.slice(middle) },
  ];
}

function copyOf<M extends Message>(message: M): M {
  if (message.type !== 'append') return { ...message };
  const entries = message.entries.map((entry) => ({ ...entry, data: Uint8Array.from(entry.data) }));
  return { ...message, entries };
}
