// Makes a fresh clone runnable: installs packages and compiles TypeScript when either is out of date.
// Plain JavaScript without dependencies, because it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const sourceFolders = ['apiserver', 'store', 'cli', 'test'];

const changedAt = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);

/** A folder's own time counts, too: it changes when a file goes. */
function newestSource(folder) {
  let newest = changedAt(folder);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) newest = Math.max(newest, newestSource(path));
    else if (entry.name.endsWith('.ts')) newest = Math.max(newest, statSync(path).mtimeMs);
  }
  return newest;
}

/** Compiled files whose source is gone: a test among them would still run. */
function removeOrphans(folder) {
  const compiled = join(root, 'dist', folder);
  if (!existsSync(compiled)) return;
  for (const entry of readdirSync(compiled, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      removeOrphans(path);
    } else if (!existsSync(join(root, path.replace(/\.js(\.map)?$/, '.ts')))) {
      rmSync(join(root, 'dist', path));
    }
  }
}

function tryRun(command, args) {
  // The children's chatter goes to stderr: stdout is for the program that follows.
  return spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] }).status === 0;
}

function run(command, args) {
  if (tryRun(command, args)) return;
  process.stderr.write(`prepare: "${command} ${args.join(' ')}" failed\n`);
  process.exit(1);
}

const installed = changedAt(join(root, 'node_modules', '.package-lock.json'));
if (installed < changedAt(join(root, 'package-lock.json'))) {
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  // Some npm versions refuse lock files without the optional packages of other platforms; what they install is the same.
  tryRun('npm', ['ci', ...quiet]) || run('npm', ['install', '--no-save', ...quiet]);
}

const built = changedAt(join(root, 'dist', '.tsbuildinfo'));
const sources = Math.max(
  changedAt(join(root, 'tsconfig.json')),
  changedAt(join(root, 'cli', 'bundle.mjs')),
  ...sourceFolders.map((folder) => newestSource(join(root, folder))),
);
if (built < sources) {
  for (const folder of sourceFolders) removeOrphans(folder);
  run(process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc'), '-p', '.']);
  run(process.execPath, [join('cli', 'bundle.mjs')]);
  // tsc leaves its stamp alone when nothing it emits has changed.
  const now = new Date();
  utimesSync(join(root, 'dist', '.tsbuildinfo'), now, now);
}
