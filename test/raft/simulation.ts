// Random runs of a whole cluster: every step, one thing happens that can happen in the field. Messages are
// lost, repeated and reordered, links are cut, saves take their time, members crash (what was not saved is
// gone, a save may be torn) and come back. The seed is the whole story: the same seed, the same run.

import { Member, MemoryDisk, usualSettings } from './member.js';
import { SafetyChecker } from './safety.js';
import type { ConfChange, MemberId } from '../../store/raft/message.js';
import type { Parcel } from './member.js';

const poolMax = 200;
const changeTypes = ['add-voter', 'add-learner', 'remove'] as const;

export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface Scenario {
  readonly members: number;
  /** Further members that start outside and come and go by membership changes. */
  readonly joiners: number;
  readonly steps: number;
}

export class Simulation {
  readonly checker = new SafetyChecker();
  readonly members = new Map<MemberId, Member>();
  private readonly disks = new Map<MemberId, MemoryDisk>();
  private readonly random: () => number;
  private readonly scenario: Scenario;
  private pool: Parcel[] = [];
  private cutOff = new Set<MemberId>();
  private counter = 0;

  constructor(seed: number, scenario: Scenario) {
    this.random = seededRandom(seed);
    this.scenario = scenario;
    const voters = Array.from({ length: scenario.members }, (_, i) => BigInt(i + 1));
    for (const id of voters) this.disks.set(id, new MemoryDisk({ voters, learners: [] }));
    for (let i = 0; i < scenario.joiners; i++) {
      const id = BigInt(scenario.members + i + 1);
      this.disks.set(id, new MemoryDisk());
    }
    for (const id of this.disks.keys()) this.start(id);
  }

  run(): void {
    for (let i = 0; i < this.scenario.steps; i++) this.step();
  }

  /** Everything works again: the cluster must get going and agree. Gives the number of entries committed. */
  recover(): number {
    this.cutOff.clear();
    for (const id of this.disks.keys()) if (!this.members.has(id)) this.start(id);
    let target = 0; // index to reach
    for (let round = 0; round < 400; round++) {
      for (const member of this.members.values()) {
        member.raft.tick();
        this.settle(member);
      }
      for (let hops = 0; this.pool.length > 0 && hops < 50; hops++)
        for (const parcel of this.pool.splice(0)) this.arrive(parcel);
      if (target === 0 && round >= 100 && this.propose()) target = this.checker.lastCommitted + 1;
      if (target > 0 && this.isAgreedOn(target)) return this.checker.committed.length;
    }
    throw new Error(`the cluster does not recover\n${this.describe()}`);
  }

  private describe(): string {
    return [...this.members.values()]
      .map(
        ({ raft, appliedIndex }) =>
          `${String(raft.id)} ${raft.role} term=${String(raft.term)} leader=${String(raft.leader)} ` +
          `commit=${String(raft.commit)} applied=${String(appliedIndex)} last=${String(raft.lastIndex)} ` +
          `voters=${raft.membership.voters.join()} learners=${raft.membership.learners.join()} ` +
          raft
            .progress()
            .map((p) => `[${String(p.member)} ${p.state} ${String(p.match)} ${String(p.paused)}]`)
            .join(''),
      )
      .join('\n');
  }

  private isAgreedOn(target: number): boolean {
    const leader = [...this.members.values()].find(({ raft }) => raft.role === 'leader');
    if (!leader) return false;
    const { voters, learners } = leader.raft.membership;
    return [...voters, ...learners].every((id) => this.members.get(id)!.appliedIndex >= target);
  }

  private step(): void {
    const dice = this.random();
    if (dice < 0.4) this.transmit();
    else if (dice < 0.62)
      this.withMember((member) => {
        this.finishSave(member);
      });
    else if (dice < 0.82)
      this.withMember(({ raft }) => {
        raft.tick();
      });
    else if (dice < 0.93) this.propose();
    else if (dice < 0.96) this.read();
    else if (dice < 0.97)
      this.withMember((member) => {
        this.compact(member);
      });
    else if (dice < 0.975) this.crash();
    else if (dice < 0.985) this.restart();
    else if (dice < 0.988) this.partition();
    else if (dice < 0.993) this.transfer();
    else this.changeMembership();
  }

  private withMember(act: (member: Member) => void): void {
    const member = this.pick([...this.members.values()]);
    if (!member) return;
    act(member);
    this.collect(member);
  }

  private transmit(): void {
    const at = Math.floor(this.random() * Math.min(this.pool.length, 12));
    const parcel = this.pool[at];
    if (!parcel) return;
    const dice = this.random();
    if (dice > 0.1) this.pool.splice(at, 1); // else it arrives again later
    if (dice > 0.94) this.lose(parcel);
    else this.arrive(parcel);
  }

  private arrive(parcel: Parcel): void {
    const { message } = parcel;
    const target = this.members.get(message.to);
    if (!target || this.cutOff.has(message.to) !== this.cutOff.has(message.from)) {
      this.lose(parcel);
      return;
    }
    target.receive(parcel);
    this.collect(target);
    if (message.type === 'snapshot') this.report(parcel, true);
  }

  private lose(parcel: Parcel): void {
    if (parcel.message.type === 'snapshot') this.report(parcel, false);
    else if (this.random() < 0.3)
      this.members.get(parcel.message.from)?.raft.reportUnreachable(parcel.message.to);
  }

  private report({ message }: Parcel, ok: boolean): void {
    this.members.get(message.from)?.raft.reportSnapshot(message.to, ok);
  }

  private propose(): boolean {
    const leader = this.pickLeader();
    if (!leader) return false;
    this.counter++;
    const outcome = leader.raft.propose(new TextEncoder().encode(`v${String(this.counter)}`));
    this.collect(leader);
    return outcome === 'accepted';
  }

  private read(): void {
    this.withMember(({ raft }) => {
      this.counter++;
      this.checker.readAsked(BigInt(this.counter));
      raft.requestRead(BigInt(this.counter));
    });
  }

  private compact(member: Member): void {
    member.saveCheckpoint();
    member.disk.compact(member.appliedIndex - Math.floor(this.random() * 5));
  }

  private crash(): void {
    const member = this.pick([...this.members.values()]);
    if (!member) return;
    const save = member.unsaved.find((ready) => ready.save)?.save;
    if (save) member.disk.tear(save, Math.floor(this.random() * (save.entries.length + 1)));
    this.members.delete(member.raft.id);
  }

  private restart(): void {
    const id = this.pick([...this.disks.keys()].filter((each) => !this.members.has(each)));
    if (id !== undefined) this.start(id);
  }

  private partition(): void {
    this.cutOff = new Set();
    if (this.random() < 0.5) return;
    for (const id of this.disks.keys()) if (this.random() < 0.4) this.cutOff.add(id);
  }

  private transfer(): void {
    const to = this.pick([...this.disks.keys()]);
    if (to !== undefined)
      this.withMember(({ raft }) => {
        raft.transferLeader(to);
      });
  }

  private changeMembership(): void {
    const leader = this.pickLeader();
    const type = this.pick(changeTypes);
    const member = this.pick([...this.disks.keys()]);
    if (this.scenario.joiners === 0 || !leader || !type || member === undefined) return;
    const change: ConfChange = { type, member, context: new Uint8Array(0) };
    leader.raft.proposeConfChange(change);
    this.collect(leader);
  }

  private start(id: MemberId): void {
    const random = this.random;
    const member = new Member(id, this.disks.get(id)!, { ...usualSettings, random });
    member.onReady = (ready) => {
      this.checker.readyTaken(member, ready);
    };
    this.members.set(id, member);
    this.collect(member);
  }

  private finishSave(member: Member): void {
    this.send(member.finishSave());
  }

  private settle(member: Member): void {
    this.collect(member);
    while (member.unsaved.length > 0) {
      this.finishSave(member);
      this.collect(member);
    }
  }

  private collect(member: Member): void {
    this.send(member.collect());
    for (const answer of member.reads.splice(0)) this.checker.readAnswered(answer);
  }

  private send(parcels: readonly Parcel[]): void {
    this.pool.push(...parcels);
    while (this.pool.length > poolMax) this.lose(this.pool.shift()!);
  }

  private pickLeader(): Member | undefined {
    return this.pick([...this.members.values()].filter(({ raft }) => raft.role === 'leader'));
  }

  private pick<T>(from: readonly T[]): T | undefined {
    return from[Math.floor(this.random() * from.length)];
  }
}
