// A machine of the cluster: its disk and tables, which outlive every process on it, and the process, if one runs. The
// member in it is the production code, built on simulated parts.
import type { MemberId } from '../../store/raft/message.js';
import type { ReplicaStart } from '../../store/replica/parts.js';
import { SimulatedDisk } from './disk.js';
import type { Network } from './network.js';
import { openNode, type SimulatedNode } from './node.js';
import { Process, type ClockFault } from './process.js';
import type { Random } from './random.js';
import { SimulatedTablesHome } from './tables-home.js';
import { asError, type World } from './world.js';

export interface Life {
  readonly process: Process;
  readonly died: AbortController;
  /** Told when the process dies. */
  readonly onDeath: Set<() => void>;
  /** Undefined until it has started. */
  node: SimulatedNode | undefined;
}

export interface MachineOptions {
  readonly id: MemberId;
  readonly clock: ClockFault;
  readonly start: ReplicaStart;
  readonly syncMs: number;
}

/** What injected disk faults look like from inside. */
const diskErrors: readonly string[] = ['EIO', 'ENOSPC'];

export class Machine {
  readonly id: MemberId;
  readonly disk: SimulatedDisk;
  readonly home: SimulatedTablesHome;
  life: Life | undefined;
  /** Another member (or its own log) has told it that it is out. */
  isRemoved = false;
  readonly #world: World;
  readonly #network: Network;
  readonly #options: MachineOptions;
  readonly #random: Random;

  constructor(world: World, network: Network, options: MachineOptions) {
    const { id, syncMs } = options;
    this.id = id;
    this.#world = world;
    this.#network = network;
    this.#options = options;
    this.#random = world.random.fork();
    this.home = new SimulatedTablesHome(this.#random, 2 * syncMs);
    this.disk = new SimulatedDisk({
      random: this.#random,
      syncMs,
      onPowerCut: () => {
        this.#end('loses power at a disk operation');
      },
    });
  }

  get node(): SimulatedNode | undefined {
    return this.life?.node;
  }

  start(): void {
    if (this.life || this.isRemoved) return;
    const process = new Process(this.#world, this.#options.clock);
    const life: Life = {
      process,
      died: new AbortController(),
      onDeath: new Set(),
      node: undefined,
    };
    this.life = life;
    this.#world.trace(`${String(this.id)} starts`);
    process.later(0, () => {
      this.#open(life).catch((error: unknown) => {
        this.#failed(life, error);
      });
    });
  }

  /** SIGKILL: what was written is in the page cache. */
  kill(): void {
    this.#end('is killed');
  }

  cutPower(): void {
    this.#end('loses power');
    this.disk.losePower();
  }

  /** SIGTERM. */
  async stop(): Promise<void> {
    const { life } = this;
    if (!life?.node || life.process.isPaused) return;
    this.#world.trace(`${String(this.id)} is asked to stop`);
    await life.node.replica.stop().catch((error: unknown) => {
      this.#failed(life, error);
    });
    if (this.life === life) this.#end('has stopped');
  }

  async #open(life: Life): Promise<void> {
    const { process } = life;
    const random = this.#random.fork();
    const node = await openNode(
      {
        disk: this.disk.mount(process),
        tables: this.home.mount(process),
        transport: this.#network.transportOf(this.id, process),
        clock: process.clock,
        random: random.next,
        defer: (task) => {
          process.later(0, task);
        },
        fatal: (error) => {
          this.#failed(life, error);
        },
      },
      this.#options.start,
    );
    if (!process.isAlive) return;
    life.node = node;
    await node.replica.removed;
    if (this.life !== life) return;
    this.isRemoved = true;
    this.#end('is out of the cluster');
  }

  /** The program gave up. Right after a disk fault it must; at any other time that is a bug. */
  #failed(life: Life, error: unknown): void {
    if (!life.process.isAlive) return;
    const code = diskErrorOf(error);
    this.#end(`gives up: ${asError(error).message}`);
    if (code === '') this.#world.fail(error);
    // Nobody knows what a disk holds that failed to sync, not even the kernel: the machine is started anew.
    else if (code === 'EIO') this.disk.losePower();
  }

  #end(how: string): void {
    const { life } = this;
    if (!life) return;
    this.life = undefined;
    this.#world.trace(`${String(this.id)} ${how}`);
    life.process.kill();
    this.#network.detach(this.id);
    this.home.crash();
    life.died.abort();
    for (const tell of life.onDeath) tell();
  }
}

function diskErrorOf(error: unknown): string {
  let at = error;
  for (let depth = 0; depth < 5; depth++) {
    if (typeof at !== 'object' || at === null) return '';
    if ('code' in at && diskErrors.includes(String(at.code))) return String(at.code);
    at = 'cause' in at ? at.cause : undefined;
  }
  return '';
}
