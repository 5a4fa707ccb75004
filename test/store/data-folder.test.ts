import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockDataFolder, makeFolder } from '../../store/data-folder.js';

describe('the lock of a data folder', () => {
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(join(tmpdir(), 'frontdesk-lock-'));
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true, force: true });
  });

  it('is refused to a second holder, naming the process that has it', () => {
    const unlock = lockDataFolder(folder);
    expect(() => lockDataFolder(folder)).toThrow(`in use by process ${process.pid}`);
    unlock();
    lockDataFolder(folder)();
  });

  it('is taken over from a process that is gone', () => {
    const gone = spawnSync(process.execPath, ['-e', '']).pid;
    fs.writeFileSync(join(folder, 'lock'), JSON.stringify({ pid: gone, started: '1' }));
    lockDataFolder(folder)();
  });

  it('is taken over from a process id that now belongs to somebody else', () => {
    fs.writeFileSync(join(folder, 'lock'), JSON.stringify({ pid: process.ppid, started: '1' }));
    lockDataFolder(folder)();
  });

  it('is not given for a folder that cannot be made', () => {
    const file = join(folder, 'file');
    fs.writeFileSync(file, '');
    expect(() => lockDataFolder(join(file, 'data'))).toThrow(
      /data is not writable: ENOTDIR: not a directory$/,
    );
    expect(() => lockDataFolder(file)).toThrow(/file is not writable: ENOTDIR: not a directory$/);
  });

  it('is not given for a folder in a file system without room for it', () => {
    // Node's recursive mkdir never returns from this one.
    for (const path of ['/proc/frontdesk', '/proc/frontdesk/data']) {
      expect(() => lockDataFolder(path)).toThrow(/is not writable: E/);
    }
  });
});

describe('makeFolder', () => {
  it('makes what is missing on the way, for its owner only, and is content with what exists', () => {
    const folder = fs.mkdtempSync(join(tmpdir(), 'frontdesk-folder-'));
    const path = join(folder, 'a', 'b', 'c');
    makeFolder(path);
    makeFolder(path);
    expect(fs.statSync(path).mode & 0o777).toBe(0o700);
    fs.rmSync(folder, { recursive: true });
  });
});
