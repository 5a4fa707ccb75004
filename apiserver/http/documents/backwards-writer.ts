// Protobuf fields written from the last to the first into one buffer: when a message's tag is due its length
// is known already, so nothing is measured first and nothing is copied twice.

const varintType = 0;
const fixed64Type = 1;
const lengthType = 2;

export class BackwardsWriter {
  #bytes: Buffer;
  #at: number;

  constructor(sizeHint: number) {
    this.#bytes = Buffer.allocUnsafe(sizeHint);
    this.#at = sizeHint;
  }

  /** A message, string or bytes field: `write` writes its content, last field first. */
  nested(field: number, write: () => void): void {
    const end = this.#toEnd();
    write();
    this.#varint(this.#toEnd() - end);
    this.#varint(field * 8 + lengthType);
  }

  /** '' and undefined are the absence of the field. */
  text(field: number, value: string | undefined): void {
    if (value === undefined || value === '') return;
    const length = Buffer.byteLength(value);
    this.#reserve(length);
    this.#bytes.write(value, this.#at);
    this.#varint(length);
    this.#varint(field * 8 + lengthType);
  }

  /** Fields that were written before, by another or this writer. */
  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#at);
  }

  integer(field: number, value: number): void {
    this.#varint(value);
    this.#varint(field * 8 + varintType);
  }

  /** False is the absence of the field. */
  flag(field: number, value: boolean): void {
    if (value) this.integer(field, 1);
  }

  double(field: number, value: number): void {
    this.#reserve(8);
    this.#bytes.writeDoubleLE(value, this.#at);
    this.#varint(field * 8 + fixed64Type);
  }

  /** What was written so far. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(this.#at);
  }

  #toEnd(): number {
    return this.#bytes.length - this.#at;
  }

  #varint(value: number): void {
    let size = 1;
    for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size += 1;
    this.#reserve(size);
    let rest = value;
    for (let i = 0; i < size - 1; i++) {
      this.#bytes[this.#at + i] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#at + size - 1] = rest;
  }

  /** Moves the start down by `size` bytes, to be filled. */
  #reserve(size: number): void {
    if (this.#at < size) {
      const written = this.bytes();
      const grown = Buffer.allocUnsafe(this.#bytes.length * 2 + size);
      this.#at = grown.length - written.length;
      grown.set(written, this.#at);
      this.#bytes = grown;
    }
    this.#at -= size;
  }
}
