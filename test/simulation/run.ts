// One run: a cluster lives through a time of faults under load, everything is mended, it has to get going again and agree,
// and what was seen on the way is checked. Run it again with the same seed, and the same happens.
import assert from 'node:assert/strict';
import { checkKvHistory, explain } from './checkers/kv-history.js';
import { keyValueText, rangeOf } from './checkers/kv-model.js';
import { LeaseSafety } from './checkers/leases.js';
import { RaftSafety } from './checkers/raft-safety.js';
import { Reference } from './checkers/reference.js';
import { Client } from './client.js';
import { Cluster } from './cluster.js';
import { faultKinds, Faults, type FaultKind } from './faults.js';
import { History } from './history.js';
import type { NetworkFaults } from './network.js';
import { installTaps } from './taps.js';
import { WatchClient } from './watch-client.js';
import { allKeys } from './workload.js';
import { asError, World } from './world.js';

export interface RunOptions {
  /** Virtual time of faults. */
  readonly chaosMs: number;
  readonly clients: number;
  readonly watchers: number;
  readonly print?: (line: string) => void;
  /** Instead of what the seed draws. */
  readonly focus?: Focus;
}

export interface Focus {
  readonly founders?: number;
  readonly kinds?: readonly FaultKind[];
  readonly everyMs?: number;
  readonly network?: NetworkFaults;
  readonly chaosMs?: number;
}

export interface RunResult {
  readonly seed: number;
  readonly failure: Error | undefined;
  readonly traceHash: number;
  readonly events: number;
  readonly virtualMs: number;
  readonly answered: number;
  readonly committed: number;
  readonly watchBatches: number;
  readonly searchOutcome: string;
  readonly searchLooks: number;
  readonly lastLines: readonly string[];
}

export const shortRun: RunOptions = { chaosMs: 2_500, clients: 3, watchers: 2 };
export const longRun: RunOptions = { chaosMs: 20_000, clients: 5, watchers: 4 };

const driftMax = 0.05;
const leaseTtlSeconds = 1;
const foundersChoices = [1, 3, 3, 3, 3, 3, 3, 5] as const;
/** Everything works again: how long the cluster may take to serve everyone, to agree, and to end all leases. */
const recoveryMs = 15_000;
const settleMs = 10_000;

export async function runSimulation(seed: number, options: RunOptions): Promise<RunResult> {
  const simulation = new Simulation(seed, options);
  return simulation.run();
}

class Simulation {
  readonly #seed: number;
  readonly #options: RunOptions;
  readonly #world: World;
  readonly #cluster: Cluster;
  readonly #faults: Faults;
  readonly #clients: readonly Client[];
  readonly #watchers: readonly WatchClient[];
  readonly #history = new History();
  readonly #reference = new Reference();
  readonly #leases = new LeaseSafety(1 + driftMax);
  readonly #raft: RaftSafety;
  #search = { outcome: 'not reached', looks: 0 };

  constructor(seed: number, options: RunOptions) {
    const world = new World(seed, options.print);
    const { random } = world;
    this.#seed = seed;
    this.#options = options;
    this.#world = world;
    this.#raft = new RaftSafety(1, (entry) => {
      this.#reference.commit(entry);
    });
    this.#reference.onRevoked = (id) => {
      this.#leases.revoked(id, world.nowMs);
    };
    const drawn = random.pick(foundersChoices) ?? 3;
    const { focus = {} } = options;
    const founders = focus.founders ?? drawn;
    this.#cluster = new Cluster(world, {
      founders,
      driftMax,
      syncMs: random.pick([0.5, 2, 8]) ?? 2,
    });
    this.#cluster.network.onSend = (message) => {
      this.#guard(() => {
        this.#raft.sent(message);
      });
    };
    const drawnKinds = faultKinds.filter(() => random.chance(0.4));
    const drawnMs = random.pick([200, 400, 800]) ?? 400;
    const { kinds = drawnKinds, everyMs = drawnMs } = focus;
    if (focus.network) this.#cluster.network.faults = focus.network;
    world.trace(`${founders} founders; ${kinds.join(', ')}; each ${everyMs} ms`);
    this.#cluster.startAll();
    this.#faults = new Faults(world, this.#cluster, { kinds, everyMs });
    const parts = {
      world,
      access: this.#cluster,
      history: this.#history,
      reference: this.#reference,
      leases: this.#leases,
    };
    const clientOptions = { thinkMs: 25, timeoutMs: 800, leaseTtlSeconds };
    this.#clients = names('c', options.clients).map(
      // The first one keeps a lease alive most of the time.
      (name, i) => new Client(name, parts, { ...clientOptions, isKeeper: i === 0 }),
    );
    this.#watchers = names('w', options.watchers).map(
      (name) => new WatchClient(name, world, this.#cluster),
    );
  }

  async run(): Promise<RunResult> {
    const removeTaps = installTaps({
      readyTaken: (raft, ready) => {
        this.#guard(() => {
          this.#raft.readyTaken(raft, ready);
          if (ready.state?.role === 'leader') this.#faults.elected(raft.id);
        });
      },
      applied: (index, revision) => {
        this.#guard(() => {
          this.#reference.checkApplied('a member', index, revision);
        });
      },
    });
    try {
      const { chaosMs, focus } = this.#options;
      await this.#world.run(focus?.chaosMs ?? chaosMs);
      await this.#recover();
      await this.#settle();
      if (!this.#world.failure) this.#checkWhole();
    } catch (error) {
      this.#world.fail(error);
    } finally {
      removeTaps();
      for (const machine of this.#cluster.running) machine.kill();
    }
    return this.#result();
  }

  /** Liveness: once the faults stop, every client is served. */
  async #recover(): Promise<void> {
    const world = this.#world;
    world.trace('everything is mended');
    this.#faults.heal();
    const before = this.#clients.map(({ answered }) => answered);
    const isServed = (): boolean =>
      this.#clients.every(({ answered }, i) => answered > before[i]! + 3) && this.#isWhole();
    await world.run(world.nowMs + recoveryMs, isServed);
    if (!world.failure && !isServed()) throw new Error(`liveness: ${this.#describe()}`);
  }

  /** Without load all members come to the same state, and every lease ends. */
  async #settle(): Promise<void> {
    const world = this.#world;
    for (const client of this.#clients) client.stop();
    for (const watcher of this.#watchers) watcher.hurry();
    world.trace('the load stops');
    const isSettled = (): boolean =>
      this.#isWhole() && this.#isAgreed() && this.#reference.state.leases.size === 0;
    await world.run(world.nowMs + settleMs, isSettled);
    if (world.failure) return;
    if (this.#isAgreed()) this.#leases.checkAllGone(this.#reference.state);
    if (!isSettled()) throw new Error(`the members do not agree: ${this.#describe()}`);
    await world.run(world.nowMs + 1_000); // watchers read on
  }

  #checkWhole(): void {
    const { revision, state } = this.#reference;
    for (const { id, node } of this.#members()) {
      const machine = node!.machine;
      assert.equal(machine.revision, revision, `revision of ${String(id)}`);
      const shown = machine.range(allKeys).kvs.map(keyValueText).join(' ');
      const expected = rangeOf(state, allKeys).kvs.map(keyValueText).join(' ');
      assert.equal(shown, expected, `state of ${String(id)}`);
    }
    const members = this.#members().map(({ id }) => id);
    for (const watcher of this.#watchers) watcher.check(this.#reference, revision, members);
    const operations = this.#history.operations(this.#reference);
    const verdict = checkKvHistory(operations);
    this.#search = verdict;
    if (verdict.outcome === 'not-linearizable') throw new Error(explain(operations, verdict));
  }

  /** Every member of the last membership is up and knows a leader. */
  #isWhole(): boolean {
    const { membership } = this.#cluster;
    if (!membership) return false;
    const members = [...membership.voters, ...membership.learners];
    return members.every((id) => this.#cluster.machines.get(id)?.node !== undefined);
  }

  #members() {
    const { membership } = this.#cluster;
    const members = [...(membership?.voters ?? []), ...(membership?.learners ?? [])];
    return members.flatMap((id) => {
      const machine = this.#cluster.machines.get(id);
      return machine?.node ? [machine] : [];
    });
  }

  #isAgreed(): boolean {
    const last = this.#raft.lastCommitted;
    return this.#members().every(({ node }) => node!.replica.appliedIndex === last);
  }

  #guard(check: () => void): void {
    try {
      check();
    } catch (error) {
      this.#world.fail(error);
    }
  }

  #describe(): string {
    const lines = [...this.#cluster.machines.values()].map(({ id, life, isRemoved }) => {
      const replica = life?.node?.replica;
      if (!replica)
        return `${String(id)} ${life ? 'starting' : 'down'} ${isRemoved ? 'removed' : ''}`;
      const { voters, learners } = replica.membership;
      const { role, term, leader, commitIndex, appliedIndex } = replica;
      const progress = replica
        .progress()
        .map(
          ({ member, match, state, paused }) => `[${String(member)} ${state} ${match} ${paused}]`,
        );
      return (
        `${String(id)} ${role} term=${term} leader=${String(leader)} commit=${commitIndex} ` +
        `applied=${appliedIndex} voters=${voters.join()} learners=${learners.join()} ${progress.join('')}`
      );
    });
    return `no progress\n${lines.join('\n')}`;
  }

  #result(): RunResult {
    const world = this.#world;
    return {
      seed: this.#seed,
      failure: world.failure && asError(world.failure),
      traceHash: world.traceHash,
      events: world.events,
      virtualMs: world.nowMs,
      answered: this.#history.answered,
      committed: this.#raft.lastCommitted,
      watchBatches: this.#watchers.reduce((sum, { batches }) => sum + batches, 0),
      searchOutcome: this.#search.outcome,
      searchLooks: this.#search.looks,
      lastLines: world.lastLines,
    };
  }
}

const names = (letter: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${letter}${i + 1}`);
