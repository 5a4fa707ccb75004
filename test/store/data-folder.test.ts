import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockDataFolder } from '../../store/data-folder.js';

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
    expect(() => lockDataFolder(join(file, 'data'))).toThrow(/is not writable: ENOTDIR/);
  });
});
