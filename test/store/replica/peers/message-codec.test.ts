import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Entry, Message } from '../../../../store/raft/message.js';
import { decodeMessages, encodeMessages } from '../../../../store/replica/peers/message-codec.js';

const id = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const count = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const knownCommit = { commit: count, commitTerm: count };
const entry: fc.Arbitrary<Entry> = fc.record({
  index: count,
  term: count,
  type: fc.constantFrom('normal' as const, 'conf-change' as const),
  data: fc.uint8Array({ maxLength: 50 }).map((data): Uint8Array => Buffer.from(data)),
});
const envelope = { from: id, to: id, term: count };
const of = <T extends Message['type']>(...types: T[]): fc.Arbitrary<T> => fc.constantFrom(...types);

const message: fc.Arbitrary<Message> = fc.oneof(
  fc.record({
    type: of('append'),
    ...envelope,
    prevIndex: count,
    prevTerm: count,
    commit: count,
    entries: fc.array(entry, { maxLength: 4 }),
  }),
  fc.record({
    type: of('append-reply'),
    ...envelope,
    index: count,
    rejected: fc.boolean(),
    hintIndex: count,
    hintTerm: count,
  }),
  fc.record({ type: of('heartbeat'), ...envelope, commit: count, readContext: id }),
  fc.record({ type: of('heartbeat-reply'), ...envelope, readContext: id }),
  fc.record({ type: of('read-index'), ...envelope, readContext: id }),
  fc.record({ type: of('read-index-reply'), ...envelope, readContext: id, index: count }),
  fc.record({
    type: of('vote', 'pre-vote'),
    ...envelope,
    lastIndex: count,
    lastTerm: count,
    transfer: fc.boolean(),
    ...knownCommit,
  }),
  fc.record({
    type: of('vote-reply', 'pre-vote-reply'),
    ...envelope,
    granted: fc.boolean(),
    ...knownCommit,
  }),
  fc.record({
    type: of('snapshot'),
    ...envelope,
    snapshot: fc.record({
      index: count,
      term: count,
      membership: fc.record({ voters: fc.array(id), learners: fc.array(id) }),
    }),
  }),
  fc.record({ type: of('timeout-now'), ...envelope }),
  fc.record({ type: of('transfer-leader'), ...envelope, transferee: id }),
);

it('gives back every message of a frame', () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 5 }), (messages) => {
      expect(decodeMessages(encodeMessages(messages))).toEqual(messages);
    }),
  );
});

it('refuses a frame that is cut off or made up', () => {
  const append: Message = {
    type: 'append',
    from: 1n,
    to: 2n,
    term: 3,
    prevIndex: 4,
    prevTerm: 3,
    commit: 4,
    entries: [{ index: 5, term: 3, type: 'normal', data: Buffer.from('data') }],
  };
  const frame = encodeMessages([append]);
  for (let end = 1; end < frame.length; end++)
    expect(() => decodeMessages(frame.subarray(0, end))).toThrow();
  expect(() => decodeMessages(Buffer.of(99))).toThrow(/unknown message type/);
});
