// Every checker is shown a good history and bad ones.
import { describe, expect, it } from '@jest/globals';
import type { WatchBatch, WatchEvent } from '../../../store/kv.js';
import type { Command } from '../../../store/mvcc/command.js';
import type { Entry, Message, Ready } from '../../../store/raft/message.js';
import { encodeBatch, encodeCommand } from '../../../store/replica/command.js';
import { checkKvHistory, type KvAnswer, type KvOperation, type KvRequest } from './kv-history.js';
import { rangeOf, toKeyValue } from './kv-model.js';
import { LeaseSafety } from './leases.js';
import { RaftSafety, type WatchedRaft } from './raft-safety.js';
import { Reference } from './reference.js';
import { checkWatch, type WatchRecord } from './watches.js';

const bytes = (text: string): Uint8Array => Buffer.from(text);
const put = (key: string, value: string, lease = 0n): Command => ({
  type: 'txn',
  txn: {
    compare: [],
    success: [{ type: 'put', key: bytes(key), value: bytes(value), lease }],
    failure: [],
  },
});
const everything = { key: Uint8Array.of(0), end: Uint8Array.of(0) };
const remove: Command = {
  type: 'txn',
  txn: { compare: [], success: [{ type: 'delete', ...everything }], failure: [] },
};

function referenceOf(...commands: readonly Command[]): Reference {
  const reference = new Reference();
  commands.forEach((command, i) => {
    const data = encodeBatch({ nonce: 0, sequence: i }, [encodeCommand(command)]);
    reference.commit({ index: i + 2, term: 1, type: 'normal', data });
  });
  return reference;
}

describe('the checker of Raft', () => {
  const entry = (index: number, term: number, text = 'x'): Entry => ({
    index,
    term,
    type: 'normal',
    data: bytes(text),
  });
  const raft = (
    id: bigint,
    log: readonly Entry[] = [],
    role = 'follower',
    term = 1,
  ): WatchedRaft => ({
    id,
    role,
    term,
    lastIndex: 1 + log.length,
    logStart: 1,
    termAt: (index) => log[index - 2]?.term,
  });
  const ready = (part: Partial<Ready>): Ready => ({
    send: [],
    sendAfterSave: [],
    apply: [],
    reads: [],
    droppedReads: [],
    ...part,
  });
  const message = (part: object): Message =>
    // as: only the fields under test are given
    ({ from: 1n, to: 2n, term: 1, ...part }) as Message;
  const safety = (): RaftSafety => new RaftSafety(1, () => undefined);

  it('lets a plain course of events pass', () => {
    const checker = safety();
    const log = [entry(2, 1), entry(3, 1)];
    checker.sent(message({ type: 'append' }));
    checker.readyTaken(raft(1n, log, 'leader'), ready({ save: { entries: log } }));
    checker.readyTaken(raft(2n, log), ready({ save: { entries: log }, apply: log }));
    checker.readyTaken(raft(1n, log, 'leader'), ready({ apply: log }));
    const state = { role: 'leader', leader: 2n, term: 2 } as const;
    checker.readyTaken(raft(2n, log, 'leader', 2), ready({ state }));
    expect(checker.lastCommitted).toBe(3);
  });

  it('sees two leaders in a term', () => {
    const checker = safety();
    checker.sent(message({ type: 'append' }));
    expect(() => {
      checker.sent(message({ type: 'heartbeat', from: 3n }));
    }).toThrow(/election safety/);
  });

  it('sees a second vote in a term', () => {
    const checker = safety();
    checker.sent(message({ type: 'vote-reply', granted: true }));
    expect(() => {
      checker.sent(message({ type: 'vote-reply', granted: true, to: 3n }));
    }).toThrow(/votes for 3 and 2/);
  });

  it('sees a leader that cuts its log', () => {
    const checker = safety();
    checker.readyTaken(raft(1n, [entry(2, 1), entry(3, 1)], 'leader'), ready({}));
    expect(() => {
      checker.readyTaken(raft(1n, [entry(2, 1)], 'leader'), ready({}));
    }).toThrow(/append-only/);
  });

  it('sees logs that differ where index and term are the same, or before', () => {
    const checker = safety();
    const save = (entries: readonly Entry[]) => () => {
      checker.readyTaken(raft(1n), ready({ save: { entries } }));
    };
    save([entry(2, 1), entry(3, 2)])();
    expect(save([entry(2, 1, 'y')])).toThrow(/log matching: two entries/);
    expect(save([entry(2, 2), entry(3, 2)])).toThrow(/follows different logs/);
  });

  it('sees a leader without a committed entry', () => {
    const checker = safety();
    checker.readyTaken(raft(1n), ready({ apply: [entry(2, 1), entry(3, 1)] }));
    const state = { role: 'leader', leader: 2n, term: 2 } as const;
    expect(() => {
      checker.readyTaken(raft(2n, [entry(2, 1)], 'leader', 2), ready({ state }));
    }).toThrow(/leader completeness: 2, leader of term 2, lacks 1\/3/);
  });

  it('sees another entry applied at the same index', () => {
    const checker = safety();
    checker.readyTaken(raft(1n), ready({ apply: [entry(2, 1)] }));
    expect(() => {
      checker.readyTaken(raft(2n), ready({ apply: [entry(2, 1, 'y')] }));
    }).toThrow(/state machine safety/);
  });
});

describe('the reference', () => {
  const reference = referenceOf(put('a', '1'), put('b', '2'), remove, put('a', '3'));

  it('knows every revision', () => {
    const now = rangeOf(reference.state, everything);
    reference.checkRead('read', everything, now);
    const before = rangeOf(reference.stateAt(3), everything, 5);
    expect(before.kvs).toHaveLength(2);
    reference.checkRead('old read', { ...everything, revision: 3 }, before);
    expect(() => {
      reference.checkRead('old read', { ...everything, revision: 4 }, before);
    }).toThrow(/old read at revision 4/);
  });

  it('sees a member whose revision is another one after the same entry', () => {
    reference.checkApplied('1', 4, 4);
    expect(() => {
      reference.checkApplied('1', 4, 5);
    }).toThrow(/revision 5 after entry 4/);
  });
});

describe('the checker of watches', () => {
  const reference = referenceOf(put('a', '1'), put('b', '2'), remove, put('a', '3'));
  const batch = (revision: number): WatchBatch => ({
    revision,
    events: reference
      .eventsAt(revision, everything)
      .map(({ type, key, kv }): WatchEvent => ({ type, kv: toKeyValue([key, kv]) })),
  });
  const record = (batches: readonly WatchBatch[], startRevision = 2): WatchRecord => ({
    name: 'w',
    query: everything,
    startRevision,
    batches,
  });
  const all = [batch(2), batch(3), batch(4), batch(5)];
  const check =
    (batches: readonly WatchBatch[], upTo = 0) =>
    () => {
      checkWatch(record(batches), reference, upTo);
    };

  it('lets a whole watch pass, and one that has not got everything yet', () => {
    check(all, 5)();
    check(all.slice(0, 2))();
    check([batch(2), { revision: 2, events: [] }])();
  });

  it('sees what is out of order, twice, or left out', () => {
    expect(check([batch(3), batch(2)])).toThrow(/2 is left out before 3/);
    expect(check([batch(2), batch(2)])).toThrow(/not ordered/);
    expect(check([batch(2), batch(3), batch(2)])).toThrow(/not ordered/);
    expect(check([batch(2), batch(4)])).toThrow(/3 is left out before 4/);
    expect(check(all.slice(0, 3), 5)).toThrow(/5 never arrived/);
  });

  it('sees a revision that comes in parts', () => {
    const whole = batch(4);
    const parts = whole.events.map((event) => ({ revision: 4, events: [event] }));
    expect(check([batch(2), batch(3), ...parts])).toThrow(/revision 4 is/);
  });

  it('sees a progress mark that comes before what it vouches for', () => {
    expect(check([batch(2), { revision: 3, events: [] }])).toThrow(/3 is left out/);
  });

  it('sees a wrong or a missing previous value', () => {
    const query = { ...everything, prevKv: true };
    const [event] = batch(4).events;
    const [a, b] = [...reference.stateAt(3).keys].map(toKeyValue);
    const events = batch(4).events;
    const check = (prevKvs: readonly (typeof a)[]) => () => {
      const shown = events.map((each, i) => {
        const prevKv = prevKvs[i];
        return prevKv ? { ...each, prevKv } : each;
      });
      const batches = [{ revision: 4, events: shown }];
      checkWatch({ name: 'w', query, startRevision: 4, batches }, reference);
    };
    expect(event?.type).toBe('delete');
    check([a, b])();
    expect(check([b, a])).toThrow(/previous value at 4/);
    expect(check([a])).toThrow(/previous value is missing/);
  });

  it('sees a watch that was ended as compacted though it was not', () => {
    const ended = { ...record([batch(2)]), compactedAt: 3 };
    expect(() => {
      checkWatch(ended, reference);
    }).toThrow(/without need/);
  });
});

describe('the checker of leases', () => {
  it('lets a lease end after its time, or when a client asks', () => {
    const leases = new LeaseSafety(1.1);
    leases.acknowledged(1n, 0, 2);
    leases.revoked(1n, 2_000);
    leases.acknowledged(2n, 0, 2);
    leases.revokeCalled(2n);
    leases.revoked(2n, 10);
    leases.checkAllGone(referenceOf().state);
  });

  it('sees one that ends before its renewal is over', () => {
    const leases = new LeaseSafety(1);
    leases.acknowledged(1n, 0, 2);
    leases.acknowledged(1n, 1_500, 2);
    expect(() => {
      leases.revoked(1n, 2_100);
    }).toThrow(/lease safety/);
  });

  it('sees leases and keys that outlive everything', () => {
    const leases = new LeaseSafety(1);
    const grant: Command = { type: 'lease-grant', id: 7n, ttlSeconds: 2 };
    expect(() => {
      leases.checkAllGone(referenceOf(grant, put('a', '1', 7n)).state);
    }).toThrow(/nobody renews/);
  });
});

describe('the model of the whole store in the search', () => {
  const reference = referenceOf(put('a', '1'), put('a', '2'));
  const operation = (
    request: KvRequest,
    answer: KvAnswer | undefined,
    calledAt: number,
  ): KvOperation => ({ client: 'c', request, answer, calledAt, returnedAt: calledAt + 1 });
  // as: put() gives a txn
  const write = (value: string): KvRequest => put('a', value) as KvRequest;
  const wrote = (revision: number): KvAnswer => ({
    type: 'txn',
    result: { revision, succeeded: true, responses: [{ type: 'put' }] },
  });
  const read: KvRequest = { type: 'range', query: everything };
  const saw = (revision: number): KvAnswer => ({
    type: 'range',
    result: rangeOf(reference.stateAt(revision), everything),
  });

  it('tells a good history from one with a stale read, a lost write or a revision used twice', () => {
    const outcome = (...operations: KvOperation[]): string => checkKvHistory(operations).outcome;
    const first = operation(write('1'), wrote(2), 0);
    const second = operation(write('2'), wrote(3), 2);
    expect(outcome(first, second, operation(read, saw(3), 4))).toBe('linearizable');
    expect(outcome(first, second, operation(read, saw(2), 4))).toBe('not-linearizable');
    expect(outcome(first, operation(read, saw(1), 4))).toBe('not-linearizable');
    expect(outcome(first, operation(write('2'), wrote(2), 2))).toBe('not-linearizable');
    const unknown = operation(write('1'), undefined, 0);
    expect(outcome(unknown, second, operation(read, saw(3), 4))).toBe('linearizable');
    expect(outcome(unknown, operation(write('2'), wrote(2), 2))).toBe('linearizable');
    expect(outcome(unknown, operation(write('2'), wrote(4), 2))).toBe('not-linearizable');
  });
});
