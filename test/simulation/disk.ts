// A disk for the write-ahead log that fails as disks do. What is written is in the page cache: a process that dies
// leaves it there, a power cut keeps any part of it, sector by sector. Changes of the folder that were not synced
// survive up to some point. Every operation can be the one at which the power goes, the disk is full or a sync fails.
import type { LogDisk, LogFile } from '../../store/wal/disk.js';
import type { Process } from './process.js';
import type { Random } from './random.js';

const sectorBytes = 512;
/** Room is taken page by page: of a write without room for all of it, whole pages are there, or nothing. */
const pageBytes = 4096;
const segmentBytes = 16 << 10;

class Inode {
  /** What a reader sees. */
  cached: Buffer;
  /** What a power cut leaves, but for the sectors in `dirty`, of which either may be there. */
  durable: Buffer;
  readonly dirty = new Set<number>();

  constructor(sizeBytes: number) {
    this.cached = Buffer.alloc(sizeBytes);
    this.durable = Buffer.alloc(sizeBytes);
  }

  write(offset: number, bytes: Uint8Array): void {
    if (offset + bytes.length > this.cached.length) this.#grow(offset + bytes.length);
    this.cached.set(bytes, offset);
    const last = offset + bytes.length - 1;
    for (let at = Math.floor(offset / sectorBytes); at * sectorBytes <= last; at++)
      this.dirty.add(at);
  }

  settle(sectors: Iterable<number>): void {
    for (const sector of sectors) {
      const start = sector * sectorBytes;
      this.cached.copy(this.durable, start, start, start + sectorBytes);
      this.dirty.delete(sector);
    }
  }

  /** What was written there is in the cache only, for good. */
  forget(sectors: Iterable<number>): void {
    for (const sector of sectors) this.dirty.delete(sector);
  }

  losePower(survives: () => boolean): void {
    this.settle([...this.dirty].filter(survives));
    this.dirty.clear();
    this.durable.copy(this.cached);
  }

  #grow(sizeBytes: number): void {
    const extend = (old: Buffer): Buffer =>
      Buffer.concat([old, Buffer.alloc(sizeBytes - old.length)]);
    this.cached = extend(this.cached);
    this.durable = extend(this.durable);
  }
}

type Folder = ReadonlyMap<string, Inode>;

export type DiskFault = 'power' | 'full' | 'sync-error';

export interface DiskOptions {
  readonly random: Random;
  readonly syncMs: number;
  /** The power went (the process is to be killed; the disk has lost what it loses already). */
  readonly onPowerCut: () => void;
}

export class SimulatedDisk {
  readonly #options: DiskOptions;
  #folder: Folder = new Map();
  /** The folder after each change since the last sync of it; the first is what is durable. */
  #folders: Folder[] = [this.#folder];
  #planned: { readonly fault: DiskFault; operationsLeft: number } | undefined;
  /** Times a sync takes as usual; a slow disk has more. */
  slowness = 1;

  constructor(options: DiskOptions) {
    this.#options = options;
  }

  /** `fault` strikes at one of the next operations it can strike at. */
  plan(fault: DiskFault, withinOperations: number): void {
    this.#planned = { fault, operationsLeft: this.#options.random.integer(withinOperations) };
  }

  /** Nothing planned strikes any more. */
  heal(): void {
    this.#planned = undefined;
    this.slowness = 1;
  }

  losePower(): void {
    const { random } = this.#options;
    // Often all or nothing of it was on its way; else each sector by itself.
    const share = random.pick([0, 1, 0.5, 0.9]) ?? 0;
    this.#folder = this.#folders[random.integer(this.#folders.length)] ?? this.#folder;
    this.#folders = [this.#folder];
    for (const inode of this.#folder.values()) inode.losePower(() => random.chance(share));
    for (const inode of this.#folder.values()) inode.durable.copy(inode.cached);
  }

  /** The disk as one process sees it: of no use once that is dead. */
  mount(process: Process): LogDisk {
    const check = (): void => {
      if (!process.isAlive) throw new Error('this process is dead');
    };
    return {
      path: (name) => `disk/${name}`,
      list: () => [...this.#folder.keys()].sort(),
      create: (name, sizeBytes) => {
        check();
        this.#strike('full');
        // Smaller than asked for, so that the log often goes on in another file.
        const inode = new Inode(Math.min(sizeBytes, segmentBytes));
        this.#change((folder) => folder.set(name, inode));
        this.#strike('power');
        return this.#file(inode, process);
      },
      open: (name) => {
        check();
        const inode = this.#folder.get(name);
        if (!inode) throw new Error(`no file ${name}`);
        return this.#file(inode, process);
      },
      rename: (from, to) => {
        check();
        this.#change((folder) => {
          const inode = folder.get(from);
          if (!inode) throw new Error(`no file ${from}`);
          folder.delete(from);
          folder.set(to, inode);
        });
        this.#strike('power');
      },
      remove: (name) => {
        check();
        this.#change((folder) => folder.delete(name));
        this.#strike('power');
      },
      syncFolder: () => {
        check();
        this.#strike('power');
        this.#folders = [this.#folder];
      },
    };
  }

  #change(change: (folder: Map<string, Inode>) => void): void {
    const folder = new Map(this.#folder);
    change(folder);
    this.#folder = folder;
    this.#folders.push(folder);
  }

  #file(inode: Inode, process: Process): LogFile {
    const check = (): void => {
      if (!process.isAlive) throw new Error('this process is dead');
    };
    return {
      get sizeBytes() {
        return inode.cached.length;
      },
      // A copy: what was read must not change when the file does.
      read: (offset, length) => Buffer.from(inode.cached.subarray(offset, offset + length)),
      write: (offset, bytes) => {
        check();
        if (this.#isDue('full')) {
          const room = pageBytes - (offset % pageBytes);
          if (room < bytes.length) inode.write(offset, bytes.subarray(0, room));
          throw diskError('ENOSPC', 'no space left on device');
        }
        inode.write(offset, bytes);
        this.#strike('power');
      },
      zeroFrom: (offset) => {
        check();
        inode.write(offset, Buffer.alloc(inode.cached.length - offset));
        this.#strike('power');
      },
      sync: () => this.#sync(inode, process),
      syncNow: () => {
        check();
        this.#strike('power');
        inode.settle([...inode.dirty]);
      },
      close: () => undefined,
    };
  }

  #sync(inode: Inode, process: Process): Promise<void> {
    const { random, syncMs } = this.#options;
    const sectors = [...inode.dirty];
    return new Promise((resolve, reject) => {
      process.later(random.delayMs(syncMs * this.slowness), () => {
        if (this.#isDue('sync-error')) {
          // As kernels do: the pages count as clean from now on, and are not written by a later sync.
          inode.forget(sectors);
          reject(diskError('EIO', 'i/o error'));
          return;
        }
        try {
          this.#strike('power');
        } catch {
          return; // nobody is left to be told
        }
        inode.settle(sectors);
        resolve();
      });
    });
  }

  #isDue(fault: DiskFault): boolean {
    if (this.#planned?.fault !== fault || this.#planned.operationsLeft-- > 0) return false;
    this.#planned = undefined;
    return true;
  }

  #strike(fault: 'power' | 'full'): void {
    if (!this.#isDue(fault)) return;
    if (fault === 'full') throw diskError('ENOSPC', 'no space left on device');
    this.losePower();
    this.#options.onPowerCut();
    throw diskError('EIO', 'the power is gone');
  }
}

function diskError(code: string, text: string): Error {
  return Object.assign(new Error(`${code}: ${text}`), { code });
}
