// The machines of a run and the ways to them: for clients, for watchers, and for whoever breaks things.
import type { ConfChange, MemberId, Membership } from '../../store/raft/message.js';
import type { ReplicaStart } from '../../store/replica/parts.js';
import type { Access } from './client.js';
import { Machine } from './machine.js';
import { foundingRows } from './members.js';
import { Network } from './network.js';
import type { Replica } from '../../store/replica/replica.js';
import type { ClientStore, SimulatedNode } from './node.js';
import type { Random } from './random.js';
import type { WatchAccess, Watched } from './watch-client.js';
import { asError, type World } from './world.js';

export interface ClusterOptions {
  readonly founders: number;
  /** Clocks run at 1 ± this. */
  readonly driftMax: number;
  readonly syncMs: number;
}

const clusterId = 0xc1n;
/** Between a client and a member. */
const clientDelayMs = 0.5;

export class Cluster implements Access, WatchAccess {
  readonly network: Network;
  readonly machines = new Map<MemberId, Machine>();
  readonly founders: readonly MemberId[];
  readonly #world: World;
  readonly #options: ClusterOptions;
  readonly #random: Random;
  #nextId: bigint;

  constructor(world: World, options: ClusterOptions) {
    this.#world = world;
    this.#options = options;
    this.#random = world.random.fork();
    this.network = new Network(world);
    this.founders = Array.from({ length: options.founders }, (_, i) => BigInt(i + 1));
    this.#nextId = BigInt(options.founders + 1);
    for (const id of this.founders) this.#add(id, 'found');
  }

  get running(): readonly Machine[] {
    return [...this.machines.values()].filter(({ life }) => life !== undefined);
  }

  get down(): readonly Machine[] {
    return [...this.machines.values()].filter(({ life, isRemoved }) => !life && !isRemoved);
  }

  /** The one of the latest term, if it can be reached. */
  get leader(): Replica | undefined {
    return this.running
      .flatMap(({ node }) => (node ? [node.replica] : []))
      .filter(({ isLeader }) => isLeader)
      .sort((a, b) => b.term - a.term)[0];
  }

  /** As the leader has it. */
  get membership(): Membership | undefined {
    return this.leader?.membership;
  }

  startAll(): void {
    for (const machine of this.down) machine.start();
  }

  /** A machine for a member that is to join; it is not started. */
  addMachine(): Machine {
    return this.#add(this.#nextId++, 'join');
  }

  /** Undefined: refused, or nobody knows what became of it. */
  async change(change: ConfChange): Promise<Membership | undefined> {
    const { leader } = this;
    if (!leader) return undefined;
    this.#world.trace(`change: ${change.type} ${String(change.member)}`);
    try {
      return await leader.proposeConfChange(change);
    } catch (error) {
      this.#world.trace(
        `change: ${change.type} ${String(change.member)}: ${asError(error).message}`,
      );
      return undefined;
    }
  }

  pick(random: Random): MemberId | undefined {
    const usable = this.running.filter(({ node }) => node && !isIdle(node));
    return random.pick(usable)?.id;
  }

  call<T>(member: MemberId, ask: (store: ClientStore) => Promise<T>): Promise<T> {
    const delayMs = (): number => this.#random.delayMs(clientDelayMs);
    return new Promise((resolve, reject) => {
      this.#world.schedule(delayMs(), () => {
        const life = this.machines.get(member)?.life;
        const node = life?.node;
        if (!life || !node) {
          reject(Object.assign(new Error('connection refused'), { code: 'not-sent' }));
          return;
        }
        const lost = (): void => {
          this.#world.schedule(delayMs(), () => {
            reject(new Error('connection lost'));
          });
        };
        life.onDeath.add(lost);
        const back = (settle: () => void): void => {
          life.onDeath.delete(lost);
          if (life.process.isAlive) this.#world.schedule(delayMs(), settle);
        };
        life.process.later(0, () => {
          ask(node.store).then(
            (value) => {
              back(() => {
                resolve(value);
              });
            },
            (error: unknown) => {
              back(() => {
                reject(asError(error));
              });
            },
          );
        });
      });
    });
  }

  enter(member: MemberId, use: (member: Watched) => void): void {
    const life = this.machines.get(member)?.life;
    const node = life?.node;
    if (!life || !node) return;
    life.process.later(this.#random.delayMs(clientDelayMs), () => {
      const { machine, store } = node;
      use({
        get revision() {
          return machine.revision;
        },
        watch: (query, signal) => store.watch(query, signal),
        died: life.died.signal,
      });
    });
  }

  #add(id: MemberId, type: ReplicaStart['type']): Machine {
    const identity = { clusterId, memberId: id };
    const start: ReplicaStart =
      type === 'join'
        ? { type, identity }
        : { type: 'found', identity, voters: this.founders, rows: foundingRows(this.founders) };
    const { driftMax, syncMs } = this.#options;
    const clock = {
      rate: 1 + this.#random.between(-driftMax, driftMax),
      wallOffsetMs: this.#random.between(-60_000, 60_000),
    };
    const machine = new Machine(this.#world, this.network, { id, clock, start, syncMs });
    this.machines.set(id, machine);
    return machine;
  }
}

/** Knows no cluster yet: nobody would be sent there. */
function isIdle({ replica }: SimulatedNode): boolean {
  return replica.membership.voters.length === 0;
}
