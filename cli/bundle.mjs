// Joins the compiled modules of the program into a few files: from 300 small modules a start took 420 ms of CPU, from
// the bundle 190. What is imported lazily stays in files of its own. Packages with native parts, and those loaded on first
// use only, stay outside. The output lies as deep as the modules it replaces (dist/x/y/*.js), so paths to data files hold.
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

// A package holds this build's files only. Otherwise old ones stay: a running server may still need to load them.
if (process.argv.includes('--clean')) {
  rmSync(join(root, 'dist/bundle'), { recursive: true, force: true });
}

// Sync: the other form leaves a process behind for a moment.
buildSync({
  absWorkingDir: root,
  entryPoints: ['dist/cli/main.js'],
  outdir: 'dist/bundle/frontdesk',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  // Of packages that come in both forms the ES modules: what nobody uses of them is left out.
  mainFields: ['module', 'main'],
  target: 'node20',
  external: ['lmdb', 'ajv', 'js-yaml', 'express', 'prom-client'],
  legalComments: 'linked',
  logLevel: 'warning',
  // CommonJS packages inside the bundle ask for Node's own modules with require().
  banner: {
    js: "import{createRequire as createRequireOfBundle}from'node:module';const require=createRequireOfBundle(import.meta.url);",
  },
});
