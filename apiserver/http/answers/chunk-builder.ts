// ChunkBuilder: gathers text and bytes into buffers of a size that suits the socket.

const chunkBytes = 128 * 1024;
const bytesPerUnitMax = 3;

export class ChunkBuilder {
  #chunk = Buffer.allocUnsafe(chunkBytes);
  #used = 0;

  /** Enough is gathered for one write. */
  get isFull(): boolean {
    return this.#used >= chunkBytes / 2;
  }

  text(text: string): void {
    this.#reserve(text.length * bytesPerUnitMax);
    this.#used += this.#chunk.write(text, this.#used);
  }

  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#chunk.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  /** What was gathered; the builder begins anew. */
  take(): Uint8Array {
    const taken = this.#chunk.subarray(0, this.#used);
    this.#chunk = Buffer.allocUnsafe(chunkBytes);
    this.#used = 0;
    return taken;
  }

  #reserve(length: number): void {
    const needed = this.#used + length;
    if (needed <= this.#chunk.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#chunk.length * 2));
    grown.set(this.#chunk.subarray(0, this.#used));
    this.#chunk = grown;
  }
}
