// The command language of transcripts/*.txt. A transcript is blocks of
//   # comment, command lines, a line of dashes, the expected output, a blank line.
// Members 1, 2, 3 … take messages from one pool, in the order they were sent. Saves finish at once unless held.
//
//   members 3 | voters=1,2,3 learners=4 | window=2 append-bytes=100 uncommitted-bytes=50
// Elections time out after 15 ticks, a leader's lease lasts 10, heartbeats go out every 2.
//   campaign 1, tick 1 [times], propose 1 text [times], propose-bytes 1 size [times], read 1 id
//   conf 1 add-voter|add-learner|remove 4, transfer 1 2, join 4 (a new, empty member)
//   deliver [2->1 …]      every message now in the pool (or only of these directions), nothing sent in reply
//   stabilize             deliver until nothing moves; `stabilize 1 2` only between these
//   cut 1->2 | cut 3 | mend   messages there are lost; `drop` loses what is in the pool now
//   elect 1               with everybody's help and without a word, until nothing moves
//   hold 1, save 1        saves of 1 wait; the oldest finishes; release 1: all do
//   crash 1, restart 1    unsaved data is lost; starts from disk
//   compact 1 index       checkpoint, and forget the log up to index
//   status, log 1, progress 1, pool

import { membershipText, entryText, messageText, readyLines } from './transcript-text.js';
import { Member, MemoryDisk, usualSettings } from './member.js';
import type { ConfChange, MemberId } from '../../store/raft/message.js';
import type { Parcel, Settings } from './member.js';

export interface Block {
  readonly lines: readonly string[];
  readonly commands: readonly string[];
  readonly expected: string;
}

const rule = '----';

export function parseTranscript(text: string): Block[] {
  return text
    .split(/\n{2,}/)
    .map((block) => block.trimEnd())
    .filter((block) => block !== '')
    .map((block) => {
      const all = block.split('\n');
      const end = all.indexOf(rule);
      const lines = end < 0 ? all : all.slice(0, end);
      return {
        lines,
        commands: lines.filter((line) => line !== '' && !line.startsWith('#')),
        expected: end < 0 ? '' : all.slice(end + 1).join('\n'),
      };
    });
}

/** The transcript with the outputs it really has. */
export function runTranscript(text: string): string {
  const cluster = new TranscriptCluster();
  return parseTranscript(text)
    .map(({ lines, commands }) => {
      if (commands.length === 0) return lines.join('\n');
      const output = commands.flatMap((command) => cluster.run(command));
      return [...lines, rule, ...(output.length > 0 ? output : ['ok'])].join('\n');
    })
    .join('\n\n')
    .concat('\n');
}

class TranscriptCluster {
  private readonly members = new Map<MemberId, Member>();
  private readonly disks = new Map<MemberId, MemoryDisk>();
  private readonly held = new Set<MemberId>();
  private readonly cuts = new Set<string>();
  private pool: Parcel[] = [];
  private settings: Settings = usualSettings;
  private output: string[] = [];

  run(line: string): string[] {
    const [command = '', ...words] = line.split(/\s+/);
    this.output = [];
    if (!this.control(command, words) && !this.input(command, words) && !this.show(command, words))
      throw new Error(`unknown command: ${line}`);
    return this.output;
  }

  private control(command: string, words: readonly string[]): boolean {
    const id = BigInt(/^\d+$/.test(words[0] ?? '') ? (words[0] ?? 0) : 0);
    switch (command) {
      case 'members':
        this.create(words);
        return true;
      case 'join':
        this.start(id, new MemoryDisk());
        return true;
      case 'deliver':
        this.deliverOnce((parcel) => words.length === 0 || words.includes(direction(parcel)));
        return true;
      case 'stabilize':
        this.stabilize(words.map(BigInt));
        return true;
      case 'cut':
        for (const word of words) this.cuts.add(word);
        return true;
      case 'mend':
        this.cuts.clear();
        return true;
      case 'drop':
        for (const { message } of this.pool) this.output.push(`lost ${messageText(message)}`);
        this.pool = [];
        return true;
      case 'hold':
        this.held.add(id);
        return true;
      case 'save':
        this.pool.push(...this.member(id).finishSave());
        this.settle(id);
        return true;
      case 'elect':
        this.elect(id);
        return true;
      case 'release':
        this.held.delete(id);
        this.settle(id);
        return true;
      case 'crash':
        this.members.delete(id);
        this.held.delete(id);
        return true;
      case 'restart':
        this.start(id, this.disks.get(id)!);
        return true;
      default:
        return false;
    }
  }

  private input(command: string, words: readonly string[]): boolean {
    const [first = '', second = '', third = ''] = words;
    if (!/^\d+$/.test(first)) return false;
    const id = BigInt(first);
    const { raft } = this.member(id);
    const again = (times: string, step: () => void): void => {
      for (let i = 0; i < Number(times === '' ? 1 : times); i++) step();
    };
    const say = (outcome: string): void => {
      if (outcome !== 'accepted') this.output.push(`${first}: ${outcome}`);
    };
    switch (command) {
      case 'campaign':
        raft.campaign();
        break;
      case 'tick':
        again(second, () => {
          raft.tick();
          this.settle(id);
        });
        break;
      case 'propose':
        again(third, () => {
          say(raft.propose(new TextEncoder().encode(second)));
        });
        break;
      case 'propose-bytes':
        again(third, () => {
          say(raft.propose(new Uint8Array(Number(second))));
        });
        break;
      case 'read':
        raft.requestRead(BigInt(second));
        break;
      case 'conf':
        say(raft.proposeConfChange(confChange(second, third)));
        break;
      case 'transfer':
        raft.transferLeader(BigInt(second));
        break;
      case 'compact':
        this.member(id).saveCheckpoint();
        this.member(id).disk.compact(Number(second));
        break;
      default:
        return false;
    }
    this.settle(id);
    return true;
  }

  private show(command: string, [first = '']: readonly string[]): boolean {
    switch (command) {
      case 'status':
        for (const [id, { raft }] of this.members)
          this.output.push(
            `${String(id)}: ${raft.role} term=${String(raft.term)} leader=${String(raft.leader)} ` +
              `commit=${String(raft.commit)} last=${String(raft.lastIndex)} ${membershipText(raft.membership)}`,
          );
        return true;
      case 'log': {
        const { disk } = this.member(BigInt(first));
        const entries = disk.entries(disk.firstIndex, disk.lastIndex + 1, Number.MAX_SAFE_INTEGER);
        this.output.push(`${first}: [${entries.map(entryText).join(', ')}]`);
        return true;
      }
      case 'progress':
        for (const p of this.member(BigInt(first)).raft.progress())
          this.output.push(
            `${String(p.member)}: ${p.state}${p.paused ? ' paused' : ''}${p.recentActive ? '' : ' inactive'} ` +
              `match=${String(p.match)} next=${String(p.next)} inflight=${String(p.inflight)}`,
          );
        return true;
      case 'pool':
        for (const { message } of this.pool) this.output.push(messageText(message));
        return true;
      default:
        return false;
    }
  }

  private create(words: readonly string[]): void {
    const option = (name: string): string | undefined =>
      words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
    const count = Number(words[0]);
    const learners = (option('learners')?.split(',') ?? []).map(BigInt);
    const voters = Array.from({ length: count - learners.length }, (_, i) => BigInt(i + 1));
    this.settings = {
      ...usualSettings,
      inflightMessagesMax: Number(option('window') ?? usualSettings.inflightMessagesMax),
      appendBytesMax: Number(option('append-bytes') ?? usualSettings.appendBytesMax),
      uncommittedBytesMax: Number(option('uncommitted-bytes') ?? usualSettings.uncommittedBytesMax),
    };
    for (const id of [...voters, ...learners]) this.start(id, new MemoryDisk({ voters, learners }));
  }

  private elect(id: MemberId): void {
    for (const [other, { raft }] of this.members) {
      if (other === id) continue;
      for (let i = 0; i < this.settings.electionTicks; i++) raft.tick();
      this.settle(other);
    }
    this.member(id).raft.campaign();
    this.settle(id);
    this.stabilize([]);
    const { role, term } = this.member(id).raft;
    this.output = [`${String(id)}: ${role} term=${String(term)}`];
  }

  private start(id: MemberId, disk: MemoryDisk): void {
    const member = new Member(id, disk, this.settings);
    member.onReady = (ready) => {
      for (const line of readyLines(ready)) this.output.push(`${String(id)}: ${line}`);
    };
    this.disks.set(id, disk);
    this.members.set(id, member);
    this.settle(id);
  }

  private member(id: MemberId): Member {
    const member = this.members.get(id);
    if (!member) throw new Error(`member ${String(id)} is not running`);
    return member;
  }

  /** Carries out all effects of one member. */
  private settle(id: MemberId): void {
    const member = this.member(id);
    this.pool.push(...member.collect());
    while (member.unsaved.length > 0 && !this.held.has(id))
      this.pool.push(...member.finishSave(), ...member.collect());
  }

  private isCut({ message: { from, to } }: Parcel): boolean {
    return [`${String(from)}->${String(to)}`, String(from), String(to)].some((word) =>
      this.cuts.has(word),
    );
  }

  private deliverOnce(isWanted: (parcel: Parcel) => boolean): void {
    const due = this.pool.filter(isWanted);
    this.pool = this.pool.filter((parcel) => !isWanted(parcel));
    for (const parcel of due) {
      const { message } = parcel;
      const target = this.members.get(message.to);
      const isLost = target === undefined || this.isCut(parcel);
      if (isLost) this.output.push(`lost ${messageText(message)}`);
      else target.receive(parcel);
      if (message.type === 'snapshot') {
        this.members.get(message.from)?.raft.reportSnapshot(message.to, !isLost);
        if (this.members.has(message.from)) this.settle(message.from);
      }
      if (!isLost) this.settle(message.to);
    }
  }

  private stabilize(only: readonly MemberId[]): void {
    const isWanted = ({ message }: Parcel): boolean =>
      only.length === 0 || (only.includes(message.from) && only.includes(message.to));
    for (let round = 0; this.pool.some(isWanted); round++) {
      if (round > 1000) throw new Error('does not stabilize');
      this.deliverOnce(isWanted);
    }
  }
}

function direction({ message }: Parcel): string {
  return `${String(message.from)}->${String(message.to)}`;
}

function confChange(type: string, member: string): ConfChange {
  if (type !== 'add-voter' && type !== 'add-learner' && type !== 'remove')
    throw new Error(`unknown membership change: ${type}`);
  return { type, member: BigInt(member), context: new Uint8Array(0) };
}
