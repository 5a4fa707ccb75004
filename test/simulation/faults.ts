// Breaks things at random times, and mends them. Each run draws which kinds of faults it has, and how often: a few kinds
// at a time find more than all of them always.
import type { MemberId } from '../../store/raft/message.js';
import type { Cluster } from './cluster.js';
import type { Machine } from './machine.js';
import { changeOf } from './members.js';
import { lagOf } from './node.js';
import type { Random } from './random.js';
import { asError, type World } from './world.js';

const votersMin = 2;
const votersMax = 5;

type Fault = (faults: Faults) => void;

const kinds = {
  kill: (faults) => {
    faults.withRunning((machine) => {
      machine.kill();
      faults.restartLater(machine);
    });
  },
  power: (faults) => {
    faults.withRunning((machine) => {
      machine.cutPower();
      faults.restartLater(machine);
    });
  },
  blackout: (faults) => {
    for (const machine of faults.cluster.running) {
      if (faults.random.chance(0.7)) machine.cutPower();
      else machine.kill();
      faults.restartLater(machine);
    }
  },
  'power at a disk operation': (faults) => {
    faults.withRunning((machine) => {
      machine.disk.plan('power', 20);
    });
  },
  'sync error': (faults) => {
    faults.withRunning((machine) => {
      machine.disk.plan('sync-error', 10);
    });
  },
  'disk full': (faults) => {
    faults.withRunning((machine) => {
      machine.disk.plan('full', 10);
    });
  },
  'failed commit': (faults) => {
    faults.withRunning((machine) => {
      machine.home.planFailure();
    });
  },
  'slow disk': (faults) => {
    faults.withRunning((machine) => {
      machine.disk.slowness = faults.random.between(5, 50);
      machine.home.slowDown(machine.disk.slowness);
    });
  },
  stop: (faults) => {
    faults.withRunning((machine) => {
      void machine.stop();
      faults.restartLater(machine);
    });
  },
  pause: (faults) => {
    faults.withRunning((machine) => {
      faults.pause(machine);
    });
  },
  partition: (faults) => {
    faults.partition();
  },
  'one-way cut': (faults) => {
    const [from, to] = [faults.pick(), faults.pick()];
    if (from && to && from !== to) faults.cluster.network.cut(from.id, to.id);
  },
  'slow link': (faults) => {
    const [from, to] = [faults.pick(), faults.pick()];
    if (from && to) faults.cluster.network.slowDown(from.id, to.id, faults.random.between(10, 300));
  },
  transfer: (faults) => {
    const to = faults.pick();
    if (to) faults.transfer(to);
  },
  'add learner': (faults) => {
    faults.addLearner();
  },
  promote: (faults) => {
    faults.promote();
  },
  remove: (faults) => {
    faults.remove();
  },
  /** At each election, see elected(). */
  'cut off new leaders': () => undefined,
  'two changes at once': (faults) => {
    faults.remove();
    faults.remove();
    faults.addLearner();
  },
} as const satisfies Record<string, Fault>;

export type FaultKind = keyof typeof kinds;
export const faultKinds = Object.keys(kinds) as FaultKind[]; // as: Object.keys forgets the key type

export interface FaultOptions {
  readonly kinds: readonly FaultKind[];
  readonly everyMs: number;
}

export class Faults {
  readonly cluster: Cluster;
  readonly random: Random;
  readonly #world: World;
  readonly #options: FaultOptions;
  #isOver = false;

  constructor(world: World, cluster: Cluster, options: FaultOptions) {
    this.cluster = cluster;
    this.random = world.random.fork();
    this.#world = world;
    this.#options = options;
    this.#later();
  }

  /** Everything works from now on: links, disks, processes. */
  heal(): void {
    this.#isOver = true;
    this.cluster.network.heal();
    for (const { disk, home, life } of this.cluster.machines.values()) {
      disk.heal();
      home.heal();
      life?.process.resume();
    }
    this.#keepRunning();
  }

  /** Whatever was about to go down comes back. */
  #keepRunning(): void {
    this.cluster.startAll();
    this.#world.schedule(200, () => {
      this.#keepRunning();
    });
  }

  /** The leaders of Raft's figure 8 are cut off right after their election, before or after they have reached somebody. */
  elected(id: MemberId): void {
    const { kinds, everyMs } = this.#options;
    if (this.#isOver || !kinds.includes('cut off new leaders') || this.random.chance(0.4)) return;
    this.#world.schedule(this.random.between(0, everyMs / 4), () => {
      if (this.#isOver) return;
      const { network, machines } = this.cluster;
      this.#world.trace(`${String(id)} is cut off`);
      network.mend();
      for (const other of machines.keys()) {
        network.cut(id, other);
        network.cut(other, id);
      }
    });
  }

  pick(): Machine | undefined {
    return this.random.pick(this.cluster.running);
  }

  withRunning(act: (machine: Machine) => void): void {
    const machine = this.pick();
    if (machine) act(machine);
  }

  restartLater(machine: Machine): void {
    this.#world.schedule(this.random.between(10, 1_000), () => {
      machine.start();
    });
  }

  pause(machine: Machine): void {
    const process = machine.life?.process;
    if (!process) return;
    this.#world.trace(`${String(machine.id)} is stopped for a while`);
    process.pause();
    this.#world.schedule(this.random.between(50, 1_500), () => {
      process.resume();
    });
  }

  transfer(to: Machine): void {
    const { leader } = this.cluster;
    leader?.transferLeader(to.id).catch((error: unknown) => {
      this.#world.trace(`transfer to ${String(to.id)}: ${asError(error).message}`);
    });
  }

  /** Into two halves, or one member off from the others. */
  partition(): void {
    const { network, running } = this.cluster;
    const share = this.random.pick([0.5, 0.2]) ?? 0.5;
    const here = running.filter(() => this.random.chance(share));
    for (const a of here)
      for (const b of running.filter((each) => !here.includes(each))) {
        network.cut(a.id, b.id);
        network.cut(b.id, a.id);
      }
    this.#world.trace(`partition ${here.map(({ id }) => String(id)).join()}`);
    this.#world.schedule(this.random.between(100, 2_000), () => {
      if (this.#isOver) return;
      this.#world.trace('partition heals');
      network.heal();
      this.#shake();
    });
  }

  addLearner(): void {
    const { membership } = this.cluster;
    if (!membership || membership.voters.length + membership.learners.length >= votersMax + 1)
      return;
    const machine = this.cluster.addMachine();
    const change = changeOf('add-learner', machine.id);
    void this.cluster.change(change).then((after) => {
      if (after) machine.start();
    });
  }

  promote(): void {
    const { leader } = this.cluster;
    const learner = this.random.pick(leader?.membership.learners ?? []);
    if (!leader || learner === undefined || lagOf(leader, learner) > 50) return;
    if (leader.membership.voters.length >= votersMax) return;
    void this.cluster.change(changeOf('add-voter', learner));
  }

  remove(): void {
    const { membership } = this.cluster;
    if (!membership) return;
    const { voters, learners } = membership;
    const member = this.random.pick(
      voters.length > votersMin ? [...voters, ...learners] : learners,
    );
    if (member === undefined) return;
    void this.cluster.change(changeOf('remove', member));
  }

  #later(): void {
    this.#world.schedule(this.random.between(0.2, 1.8) * this.#options.everyMs, () => {
      if (this.#isOver) return;
      this.#strike();
      this.#later();
    });
  }

  #strike(): void {
    const kind = this.random.pick(this.#options.kinds);
    if (kind === undefined) return;
    this.#world.trace(`fault: ${kind}`);
    kinds[kind](this);
    // Whatever went down by itself comes back.
    for (const machine of this.cluster.down) this.restartLater(machine);
    if (this.random.chance(0.2)) this.#shake();
  }

  /** Another weather on the network. */
  #shake(): void {
    const lossRate = this.random.pick([0, 0, 0.02, 0.15]) ?? 0;
    const doubleRate = this.random.pick([0, 0, 0.05, 0.3]) ?? 0;
    const splitRate = this.random.pick([0, 0.3]) ?? 0;
    const usualMs = this.random.pick([0.5, 1, 5, 20]) ?? 1;
    this.cluster.network.faults = { lossRate, doubleRate, splitRate, usualMs };
  }
}
