// Protobuf's wire format, reading only: tags, varints, length-delimited fields (developers.google.com/protocol-buffers
// /docs/encoding). Every read is checked against the end of the input. Read next: protobuf.ts (what fields mean).

export class WireError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'WireError';
  }
}

export const wireType = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

const varintBytesMax = 10;

export class WireReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  tag(): { field: number; wire: number } {
    const tag = Number(this.varint());
    return { field: Math.floor(tag / 8), wire: tag % 8 };
  }

  /** 64 bits, unsigned. */
  varint(): bigint {
    let value = 0n;
    for (let i = 0; i < varintBytesMax; i++) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new WireError('unexpected EOF');
      value |= BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new WireError('integer overflow');
  }

  /** Two's complement, as int32 and int64 are sent. */
  signed(): bigint {
    return BigInt.asIntN(64, this.varint());
  }

  double(): number {
    const slice = this.#take(8);
    return new DataView(slice.buffer, slice.byteOffset, 8).getFloat64(0, true);
  }

  bytes(): Uint8Array {
    return this.#take(Number(this.varint()));
  }

  skip(wire: number): void {
    switch (wire) {
      case wireType.varint:
        this.varint();
        return;
      case wireType.fixed64:
        this.#take(8);
        return;
      case wireType.bytes:
        this.bytes();
        return;
      case wireType.fixed32:
        this.#take(4);
        return;
      default:
        throw new WireError(`illegal wireType ${wire}`);
    }
  }

  #take(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#at) throw new WireError('unexpected EOF');
    const slice = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return slice;
  }
}
