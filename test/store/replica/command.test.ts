import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Op, Txn } from '../../../store/kv.js';
import type { Command } from '../../../store/mvcc/command.js';
import {
  decodeBatchId,
  decodeCommands,
  encodeBatch,
  encodeCommand,
} from '../../../store/replica/command.js';

const bytes = fc.uint8Array({ maxLength: 40 });
const revision = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const leaseId = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const optional = { requiredKeys: ['type', 'key'] as ['type', 'key'] };

const { txn } = fc.letrec<{ op: Op; txn: Txn }>((tie) => ({
  op: fc.oneof(
    { depthSize: 'small' },
    fc.record({
      type: fc.constant('put' as const),
      key: bytes,
      value: bytes,
      lease: leaseId,
      prevKv: fc.boolean(),
    }),
    fc.record({ type: fc.constant('delete' as const), key: bytes, end: bytes }, optional),
    fc.record(
      { type: fc.constant('range' as const), key: bytes, end: bytes, limit: fc.nat(), revision },
      optional,
    ),
    fc.record({ type: fc.constant('txn' as const), txn: tie('txn') }),
  ),
  txn: fc.record({
    compare: fc.array(
      fc.oneof(
        fc.record({
          key: bytes,
          target: fc.constant('mod' as const),
          result: fc.constant('equal' as const),
          number: revision,
        }),
        fc.record({
          key: bytes,
          target: fc.constant('lease' as const),
          result: fc.constant('less' as const),
          lease: leaseId,
        }),
        fc.record({
          key: bytes,
          target: fc.constant('value' as const),
          result: fc.constant('greater' as const),
          value: bytes,
        }),
      ),
      { maxLength: 3 },
    ),
    success: fc.array(tie('op'), { maxLength: 3 }),
    failure: fc.array(tie('op'), { maxLength: 3 }),
  }),
}));

const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ type: fc.constant('txn' as const), txn }),
  fc.record({ type: fc.constant('compact' as const), revision }),
  fc.record({ type: fc.constant('lease-grant' as const), id: leaseId, ttlSeconds: fc.nat() }),
  fc.record({ type: fc.constant('lease-revoke' as const), id: leaseId }),
);

/** Buffers and byte arrays with the same content are the same here. */
const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_key, inner: unknown) => {
      if (typeof inner === 'bigint') return `${inner}n`;
      if (inner instanceof Uint8Array) return `bytes ${Buffer.from(inner).toString('hex')}`;
      // A Buffer is asked for its toJSON before the replacer sees it.
      if (
        typeof inner === 'object' &&
        inner !== null &&
        'type' in inner &&
        inner.type === 'Buffer'
      ) {
        return `bytes ${Buffer.from((inner as unknown as { data: number[] }).data).toString('hex')}`;
      }
      return inner;
    }),
  );

it('decodes every command to what was encoded, so all members apply the same', () => {
  fc.assert(
    fc.property(
      fc.array(command, { maxLength: 5 }),
      fc.nat(2 ** 31),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (commands, sequence, nonce) => {
        const data = encodeBatch({ nonce, sequence }, commands.map(encodeCommand));
        expect(decodeBatchId(data)).toEqual({ nonce, sequence });
        expect(plain(decodeCommands(data))).toEqual(plain(commands));
      },
    ),
  );
});
