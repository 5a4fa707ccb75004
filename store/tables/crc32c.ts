// CRC-32C (Castagnoli), as etcd hashes its keys with. Small and only for HashKV, so one table will do.
let table: Uint32Array | undefined;

/** Continues `crc` (0 to begin with) over `bytes`. */
export function crc32c(crc: number, bytes: Uint8Array): number {
  table ??= buildTable();
  let state = ~crc;
  for (const byte of bytes) state = (table[(state ^ byte) & 0xff] ?? 0) ^ (state >>> 8);
  return ~state >>> 0;
}

function buildTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, index) => {
    let value = index;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
    return value;
  });
}
