// Makes a folder that is there wholly or not at all: filled under another name beside it, every folder in it made durable,
// then renamed.
import fs from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { lockDataFolder } from '../data-folder.js';
import { BackupRefused } from './damage.js';

/**
 * @param fill is given the folder under its temporary name
 * Errors: BackupRefused when `folder` exists and has something in it; DataFolderError when it is being made by another process.
 */
export async function makeWholeFolder<T>(
  folder: string,
  fill: (temporary: string) => Promise<T>,
): Promise<T> {
  const target = resolve(folder);
  requireNothing(target);
  const temporary = `${target}.restore`;
  const unlock = lockDataFolder(temporary);
  try {
    emptyFolder(temporary);
    const result = await fill(temporary);
    unlock();
    syncTree(temporary);
    requireNothing(target);
    fs.renameSync(temporary, target);
    syncFolder(dirname(target));
    return result;
  } catch (error) {
    fs.rmSync(temporary, { recursive: true, force: true });
    throw error;
  }
}

function requireNothing(folder: string): void {
  if (fs.existsSync(folder) && !isEmptyFolder(folder))
    throw new BackupRefused(`${folder} exists and is not empty: a restore makes a new data folder`);
}

function isEmptyFolder(path: string): boolean {
  return fs.statSync(path).isDirectory() && fs.readdirSync(path).length === 0;
}

/** What an earlier attempt left, all but the lock. */
function emptyFolder(folder: string): void {
  for (const name of fs.readdirSync(folder)) {
    if (name !== 'lock') fs.rmSync(join(folder, name), { recursive: true });
  }
}

/** Every file and folder under it, children first. */
export function syncTree(path: string): void {
  if (fs.statSync(path).isDirectory()) {
    for (const name of fs.readdirSync(path)) syncTree(join(path, name));
  }
  syncFolder(path);
}

export function syncFolder(path: string): void {
  const file = fs.openSync(path, 'r');
  try {
    fs.fsyncSync(file);
  } finally {
    fs.closeSync(file);
  }
}
