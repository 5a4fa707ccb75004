// A look at the tables' file before LMDB maps it: LMDB trusts what it finds, and a file that was cut short (a copy that
// did not finish, a full disk) ends the process with a signal and no word. Sound, not complete: a file that is refused is
// damaged; one that passes has its two heads and the roots of its trees. Offsets are those of the LMDB inside npm's lmdb 3.
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';

export class TablesDamaged extends Error {
  constructor(path: string, why: string) {
    super(`${path} is damaged: ${why}; restore the data folder from a copy`);
    this.name = 'TablesDamaged';
  }
}

/** Pages 0 and 1 are the two heads, written in turns; the one with the later transaction counts. */
const headBytes = 160;
const offset = {
  magic: 24,
  version: 28,
  pageBytes: 48,
  freeListRoot: 88,
  tablesRoot: 136,
  transaction: 152,
} as const;
const magic = 0xbeefc0de;
const version = 2;
const noPage = 0xffff_ffff_ffff_ffffn;
/** Where the offsets hold: 64-bit, little-endian. */
const knownMachines: readonly string[] = ['x64', 'arm64'];

interface Head {
  readonly transaction: bigint;
  readonly roots: readonly bigint[];
}

/** Throws TablesDamaged. A missing or empty file is a new one. */
export function checkTablesFile(path: string): void {
  if (!knownMachines.includes(process.arch) || !existsSync(path)) return;
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    if (size > 0) checkHeads(path, file, size);
  } finally {
    closeSync(file);
  }
}

function checkHeads(path: string, file: number, size: number): void {
  const first = readHead(file, 0);
  const pageBytes = first?.getUint32(offset.pageBytes, true) ?? 0;
  const second = pageBytes === 0 ? undefined : readHead(file, pageBytes);
  if (first === undefined || second === undefined) {
    throw new TablesDamaged(path, 'it does not begin as a store does');
  }
  const heads = [headOf(first), headOf(second)].sort((a, b) =>
    a.transaction < b.transaction ? 1 : -1,
  );
  for (const page of heads[0]?.roots ?? []) {
    const end = Number(page + 1n) * pageBytes;
    if (page !== noPage && end > size) {
      throw new TablesDamaged(path, `it has ${size} bytes where at least ${end} belong`);
    }
  }
}

/** Undefined when there is none. */
function readHead(file: number, position: number): DataView | undefined {
  const bytes = new Uint8Array(headBytes);
  if (readSync(file, bytes, 0, headBytes, position) < headBytes) return undefined;
  const head = new DataView(bytes.buffer);
  const isHead =
    head.getUint32(offset.magic, true) === magic &&
    head.getUint32(offset.version, true) === version;
  return isHead ? head : undefined;
}

const headOf = (head: DataView): Head => ({
  transaction: head.getBigUint64(offset.transaction, true),
  roots: [head.getBigUint64(offset.freeListRoot, true), head.getBigUint64(offset.tablesRoot, true)],
});
