import { describe, expect, it } from '@jest/globals';
import { BackwardsWriter } from '../../../../apiserver/http/documents/backwards-writer.js';

const hex = (writer: BackwardsWriter): string => Buffer.from(writer.bytes()).toString('hex');

describe('BackwardsWriter', () => {
  it('writes the examples of the protobuf documentation', () => {
    const writer = new BackwardsWriter(64);
    writer.nested(3, () => {
      writer.integer(1, 150);
    });
    writer.text(2, 'testing');
    expect(hex(writer)).toBe('120774657374696e67' + '1a03089601');
  });

  it('leaves out false and empty text', () => {
    const writer = new BackwardsWriter(8);
    writer.flag(2, false);
    writer.text(1, '');
    writer.flag(3, true);
    expect(hex(writer)).toBe('1801');
  });

  it('grows as it needs to', () => {
    const writer = new BackwardsWriter(1);
    writer.double(2, 1);
    writer.text(1, 'é'.repeat(100));
    expect(hex(writer)).toBe(`0ac801${'c3a9'.repeat(100)}11000000000000f03f`);
  });

  it('repeats fields that were written before', () => {
    const writer = new BackwardsWriter(8);
    writer.text(1, 'a');
    writer.raw(Uint8Array.from(writer.bytes()));
    expect(hex(writer)).toBe('0a01610a0161');
  });
});
