// Rules of the Raft paper (Ongaro and Ousterhout, 2014) and Ongaro's dissertation, one test each, on a single
// core: messages in, effects out. How members play together is in the transcripts.

import { beforeEach, describe, expect, it } from '@jest/globals';
import { encodeConfChange } from '../../store/raft/membership.js';
import { Member, MemoryDisk, usualSettings } from './member.js';
import { seededRandom } from './simulation.js';
import type { MessageBody } from '../../store/raft/core.js';
import type { Entry, Message } from '../../store/raft/message.js';

const voters = [1n, 2n, 3n];
const membership = { voters, learners: [] };
const payload = new TextEncoder().encode('x');

let member: Member;
let sent: Message[];

function settle(): void {
  const take = (parcels: readonly { message: Message }[]): void => {
    sent.push(...parcels.map(({ message }) => message));
  };
  take(member.collect());
  while (member.unsaved.length > 0) {
    take(member.finishSave());
    take(member.collect());
  }
}

function receive(from: bigint, term: number, body: MessageBody): void {
  sent = [];
  member.receive({ message: { from, to: 1n, term, ...body } });
  settle();
}

function start(settings = usualSettings, disk = new MemoryDisk(membership)): void {
  member = new Member(1n, disk, settings);
  sent = [];
  settle();
}

function entry(index: number, term: number): Entry {
  return { index, term, type: 'normal', data: payload };
}

function append(prev: [number, number], entries: readonly Entry[], commit = 1): MessageBody {
  return { type: 'append', prevTerm: prev[0], prevIndex: prev[1], entries, commit };
}

function vote(last: [number, number]): MessageBody {
  const [lastTerm, lastIndex] = last;
  return { type: 'vote', lastTerm, lastIndex, transfer: false, commit: 0, commitTerm: 0 };
}

const granted = { granted: true, commit: 1, commitTerm: 1 };

function lead(): void {
  member.raft.campaign();
  settle();
  receive(2n, 2, { type: 'pre-vote-reply', ...granted });
  receive(2n, 2, { type: 'vote-reply', ...granted });
  expect(member.raft.role).toBe('leader');
}

function accept(from: bigint, index: number): void {
  receive(from, 2, { type: 'append-reply', index, rejected: false, hintIndex: 0, hintTerm: 0 });
}

beforeEach(() => {
  start();
});

describe('§5.1 terms', () => {
  it('a member takes over a higher term it hears of', () => {
    receive(2n, 7, { type: 'heartbeat', commit: 1, readContext: 0n });
    expect(member.raft.term).toBe(7);
  });

  it('a leader that hears of a higher term becomes a follower', () => {
    lead();
    receive(2n, 3, { type: 'heartbeat-reply', readContext: 0n });
    expect([member.raft.role, member.raft.term]).toEqual(['follower', 3]);
  });

  it('a request of an old term changes nothing', () => {
    receive(2n, 3, append([1, 1], [entry(2, 3)]));
    receive(3n, 2, append([1, 1], [entry(2, 2)]));
    expect(member.disk.term(2)).toBe(3);
  });
});

describe('§5.2 leader election', () => {
  it('everyone starts as a follower', () => {
    expect(member.raft.role).toBe('follower');
  });

  it('a leader sends heartbeats to all others', () => {
    lead();
    sent = [];
    for (let i = 0; i < usualSettings.heartbeatTicks; i++) member.raft.tick();
    settle();
    expect(sent.map(({ type, to }) => [type, to])).toEqual([
      ['heartbeat', 2n],
      ['heartbeat', 3n],
    ]);
  });

  it('a candidate votes for itself in a new term and asks all others', () => {
    member.raft.campaign();
    settle();
    receive(3n, 2, { type: 'pre-vote-reply', ...granted });
    expect(member.disk.hardState).toMatchObject({ term: 2, vote: 1n });
    expect(sent.map(({ type, to }) => [type, to])).toEqual([
      ['vote', 2n],
      ['vote', 3n],
    ]);
  });

  it.each([1, 2, 3, 4, 5])('of %i voters, a majority of votes is needed', (count) => {
    const ids = Array.from({ length: count }, (_, i) => BigInt(i + 1));
    start(usualSettings, new MemoryDisk({ voters: ids, learners: [] }));
    member.raft.campaign();
    settle();
    for (const id of ids.slice(1)) receive(id, 2, { type: 'pre-vote-reply', ...granted });
    let votes = 1;
    for (const id of ids.slice(1)) {
      expect(member.raft.role).toBe(votes > count / 2 ? 'leader' : 'candidate');
      receive(id, 2, { type: 'vote-reply', ...granted });
      votes++;
    }
    expect(member.raft.role).toBe('leader');
  });

  it('one vote in a term, first come first served, also after a restart', () => {
    receive(2n, 2, vote([1, 1]));
    expect(sent[0]).toMatchObject({ type: 'vote-reply', granted: true });
    start(usualSettings, member.disk);
    receive(3n, 2, vote([1, 1]));
    expect(sent[0]).toMatchObject({ type: 'vote-reply', granted: false });
    receive(2n, 2, vote([1, 1]));
    expect(sent[0]).toMatchObject({ type: 'vote-reply', granted: true });
  });

  it('a vote leaves only after it is on disk', () => {
    member.receive({ message: { from: 2n, to: 1n, term: 2, ...vote([1, 1]) } });
    expect(member.collect()).toEqual([]);
    expect(member.finishSave().map(({ message }) => message.type)).toEqual(['vote-reply']);
  });

  it('a candidate follows a leader of its term', () => {
    member.raft.campaign();
    settle();
    receive(2n, 2, { type: 'pre-vote-reply', ...granted });
    receive(3n, 2, append([1, 1], []));
    expect([member.raft.role, member.raft.leader]).toEqual(['follower', 3n]);
  });

  it('election timeouts are spread over one to two times the base', () => {
    const random = seededRandom(1);
    const seen = new Set<number>();
    for (let run = 0; run < 500; run++) {
      start({ ...usualSettings, random });
      let ticks = 0;
      for (; member.raft.role === 'follower'; ticks++) member.raft.tick();
      seen.add(ticks);
    }
    expect([...seen].sort((a, b) => a - b)).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
  });
});

describe('§5.3 log replication', () => {
  it('a leader appends a proposal and sends it to the others', () => {
    lead();
    accept(2n, 2);
    sent = [];
    expect(member.raft.propose(payload)).toBe('accepted');
    settle();
    expect(sent[0]).toMatchObject({ type: 'append', to: 2n, prevIndex: 2, prevTerm: 2, commit: 2 });
  });

  it('an entry on a majority is committed and applied, with all before it', () => {
    lead();
    member.raft.propose(payload);
    settle();
    accept(3n, 3);
    expect(member.raft.commit).toBe(3);
    expect(member.state.map(({ index }) => index)).toEqual([2, 3]);
  });

  it('a follower applies what the leader committed, in order', () => {
    receive(2n, 2, append([1, 1], [entry(2, 2), entry(3, 2), entry(4, 2)], 3));
    expect(member.state.map(({ index }) => index)).toEqual([2, 3]);
  });

  it('a follower refuses entries whose predecessor it lacks, and says where it ends', () => {
    receive(2n, 3, append([1, 1], [entry(2, 2)]));
    receive(2n, 3, append([3, 9], [entry(10, 3)]));
    expect(sent[0]).toMatchObject({ rejected: true, index: 9, hintIndex: 2, hintTerm: 2 });
  });

  it('conflicting entries and all after them give way to the leader’s', () => {
    receive(2n, 2, append([1, 1], [entry(2, 2), entry(3, 2), entry(4, 2)]));
    receive(3n, 3, append([2, 2], [entry(3, 3)]));
    expect([member.disk.lastIndex, member.disk.term(3)]).toEqual([3, 3]);
  });

  it('an old append that matches removes nothing after it', () => {
    receive(2n, 2, append([1, 1], [entry(2, 2), entry(3, 2)]));
    receive(2n, 2, append([1, 1], [entry(2, 2)]));
    expect(member.disk.lastIndex).toBe(3);
  });

  it('only what is known to match is committed, whatever commit index the append carries', () => {
    receive(2n, 2, append([1, 1], [entry(2, 2), entry(3, 2)]));
    receive(2n, 2, append([1, 1], [entry(2, 2)], 3));
    expect(member.raft.commit).toBe(2);
  });

  it('an acknowledgement leaves only after the entries are on disk', () => {
    const body = append([1, 1], [entry(2, 2)]);
    member.receive({ message: { from: 2n, to: 1n, term: 2, ...body } });
    expect(member.collect()).toEqual([]);
    expect(member.disk.lastIndex).toBe(1);
    expect(member.finishSave().map(({ message }) => message)).toMatchObject([{ index: 2 }]);
  });
});

describe('§5.4 safety', () => {
  it.each([
    ['a higher last term', [3, 1], true],
    ['the same log', [2, 3], true],
    ['a longer log of the same term', [2, 4], true],
    ['a shorter log of the same term', [2, 2], false],
    ['a longer log of a lower term', [1, 9], false],
  ] as const)('§5.4.1 a candidate with %s', (_what, [term, index], isGranted) => {
    receive(2n, 2, append([1, 1], [entry(2, 2), entry(3, 2)]));
    start(usualSettings, member.disk);
    receive(3n, 4, vote([term, index]));
    expect(sent[0]).toMatchObject({ type: 'vote-reply', granted: isGranted });
  });

  it('§5.4.2 an entry of an earlier term is committed only with one of the own term', () => {
    receive(3n, 1, append([1, 1], [entry(2, 1)]));
    start(usualSettings, member.disk);
    lead();
    accept(2n, 2);
    expect(member.raft.commit).toBe(1);
    accept(2n, 3);
    expect(member.raft.commit).toBe(3);
  });

  it('§5.4.3 an append that starts before the commit index changes nothing', () => {
    receive(2n, 2, append([1, 1], [entry(2, 2)], 2));
    receive(3n, 3, append([1, 1], [entry(2, 3)]));
    expect(sent[0]).toMatchObject({ rejected: false, index: 2 });
    expect(member.disk.term(2)).toBe(2);
  });

  it('§5.4.3 a leader that knows of commits this member has lost stops it', () => {
    expect(() => {
      receive(3n, 3, { type: 'heartbeat', commit: 9, readContext: 0n });
    }).toThrow('only entries that are here');
  });

  it('two leaders in one term stop this member (Election Safety)', () => {
    receive(2n, 2, append([1, 1], []));
    expect(() => {
      receive(3n, 2, append([1, 1], []));
    }).toThrow('at most one leader');
  });
});

describe('dissertation', () => {
  it('§4.2.3 who hears a leader does not vote, unless the leader asked for the election', () => {
    receive(2n, 2, append([1, 1], []));
    receive(3n, 3, vote([2, 9]));
    expect([sent, member.raft.term]).toEqual([[], 2]);
    receive(3n, 3, {
      type: 'vote',
      lastTerm: 2,
      lastIndex: 9,
      transfer: true,
      commit: 0,
      commitTerm: 0,
    });
    expect(sent[0]).toMatchObject({ type: 'vote-reply', granted: true });
  });

  it('§4.1 nobody campaigns with a committed membership change it has not applied', () => {
    const change = { type: 'add-learner', member: 4n, context: new Uint8Array(0) } as const;
    const data = encodeConfChange(change);
    const conf: Entry = { index: 2, term: 2, type: 'conf-change', data };
    receive(2n, 2, append([1, 1], [conf], 2));
    const restarted = new Member(1n, member.disk, usualSettings);
    restarted.raft.campaign();
    expect(restarted.raft.role).toBe('follower');
    restarted.collect();
    restarted.raft.campaign();
    expect(restarted.raft.role).toBe('pre-candidate');
  });

  it('§10.2.1 a leader may commit by its followers’ disks, but applies only what it saved', () => {
    lead();
    member.raft.propose(payload);
    member.collect();
    for (const from of [2n, 3n])
      member.receive({
        message: {
          from,
          to: 1n,
          term: 2,
          type: 'append-reply',
          index: 3,
          rejected: false,
          hintIndex: 0,
          hintTerm: 0,
        },
      });
    member.collect();
    expect([member.raft.commit, member.appliedIndex]).toEqual([3, 2]);
    settle();
    expect(member.appliedIndex).toBe(3);
  });

  it('a crash that tears a save apart leaves a term no lower than the log’s', () => {
    const disk = new MemoryDisk(membership);
    disk.tear({ entries: [entry(2, 5)] }, 1);
    start(usualSettings, disk);
    expect(member.raft.term).toBe(5);
  });

  it('thousands of proposals become one save and few appends', () => {
    start({ ...usualSettings, appendBytesMax: 1 << 20, uncommittedBytesMax: 1 << 24 });
    lead();
    accept(2n, 2);
    sent = [];
    for (let i = 0; i < 5000; i++) member.raft.propose(payload);
    const leaving = member.collect().map(({ message }) => message);
    expect(leaving.filter(({ to }) => to === 2n)).toHaveLength(1);
    expect(member.unsaved.map(({ save }) => save?.entries.length)).toEqual([5000]);
  });
});
