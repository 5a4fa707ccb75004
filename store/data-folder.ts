// DataFolder: the member's folder on disk, held by one process at a time. The lock is a file naming the
// owner's process id and its start time, so it never outlives the owner: kill -9 leaves it stale, not held.
import fs from 'node:fs';
import { dirname, join } from 'node:path';

export class DataFolderError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'DataFolderError';
  }
}

interface Owner {
  readonly pid: number;
  /** Clock ticks since boot, where the system tells (Linux); tells a re-used process id apart. */
  readonly started: string;
}

/** Makes the folder when missing and takes its lock; the returned function gives it back. */
export function lockDataFolder(folder: string): () => void {
  try {
    makeFolder(folder);
    fs.accessSync(folder, fs.constants.W_OK | fs.constants.R_OK);
  } catch (error) {
    throw new DataFolderError(`data folder ${folder} is not writable: ${reasonOf(error)}`, error);
  }
  const path = join(folder, 'lock');
  const self: Owner = { pid: process.pid, started: startTimeOf(process.pid) };
  const mine = join(folder, `lock.${self.pid}`);
  try {
    fs.writeFileSync(mine, JSON.stringify(self), { mode: 0o600 });
  } catch (error) {
    throw new DataFolderError(`data folder ${folder} is not writable: ${reasonOf(error)}`, error);
  }
  try {
    takeLock(path, mine, folder);
  } finally {
    fs.rmSync(mine, { force: true });
  }
  return () => {
    if (ownerOf(path)?.pid === self.pid) fs.rmSync(path, { force: true });
  };
}

/**
 * As mkdir -p, readable by its owner only. Node's own recursive mkdir spins for ever where a folder exists but takes no
 * entries and says ENOENT (/proc); here the first refusal is the system's error.
 */
export function makeFolder(path: string): void {
  try {
    fs.mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (isCode(error, 'EEXIST')) {
      requireFolder(path);
      return;
    }
    const parent = dirname(path);
    if (!isCode(error, 'ENOENT') || parent === path || fs.existsSync(parent)) throw error;
    makeFolder(parent);
    makeFolder(path);
  }
}

/** A file is refused (ENOTDIR), as by everything that would be done in it. */
function requireFolder(path: string): void {
  fs.opendirSync(path).closeSync();
}

function takeLock(path: string, mine: string, folder: string): void {
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      fs.linkSync(mine, path); // atomic: fails when the lock exists
      return;
    } catch (error) {
      if (!isCode(error, 'EEXIST')) {
        throw new DataFolderError(`cannot lock ${folder}: ${reasonOf(error)}`, error);
      }
    }
    const owner = ownerOf(path);
    if (owner && isAlive(owner)) {
      throw new DataFolderError(`data folder ${folder} is in use by process ${owner.pid}`);
    }
    // Renaming is atomic too: of two processes that find it stale, one moves it away.
    const stale = `${path}.stale.${process.pid}`;
    try {
      fs.renameSync(path, stale);
      fs.rmSync(stale, { force: true });
    } catch (error) {
      if (!isCode(error, 'ENOENT')) throw error;
    }
  }
  throw new DataFolderError(`data folder ${folder} is being locked by another process`);
}

function ownerOf(path: string): Owner | undefined {
  try {
    // as: our own file; anything else in it fails the liveness check below.
    return JSON.parse(fs.readFileSync(path, 'utf8')) as Owner;
  } catch {
    return undefined;
  }
}

function isAlive(owner: Owner): boolean {
  if (owner.pid === process.pid) return owner.started === startTimeOf(process.pid);
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    return isCode(error, 'EPERM');
  }
  return owner.started === startTimeOf(owner.pid);
}

function startTimeOf(pid: number): string {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Field 22; the command name (field 2) may hold blanks, so count from its closing parenthesis.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

/** The system error's code (ENOENT, EEXIST, ...); by shape, since errors may come from another realm. */
function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

const isCode = (error: unknown, code: string): boolean => codeOf(error) === code;

/** `EACCES: permission denied`; what was tried and where is in the sentence around it. */
const reasonOf = (error: unknown): string =>
  codeOf(error) === undefined
    ? String(error)
    : String(error)
        .replace(/^Error: /, '')
        .replace(/, .*$/s, '');
