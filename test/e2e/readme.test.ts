// README's consoles, run as they are printed: each `$` line must print what stands below it. Addresses and ages
// differ from run to run and are not compared.
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KubectlDesk } from './kubectl-desk.js';
import { program } from '../support/program.js';

/** This file runs from test/e2e of the build folder. */
const root = fileURLToPath(new URL('../../../', import.meta.url));

let desk: KubectlDesk;
beforeAll(async () => {
  desk = await KubectlDesk.open();
});
afterAll(() => desk.close());

interface Step {
  readonly command: string;
  readonly output: string;
}

function stepsOf(readme: string): Step[] {
  const consoles = [...readme.matchAll(/^```console\n([^]*?)^```$/gm)].map(([, text = '']) => text);
  return consoles
    .flatMap((text) => text.split(/^\$ /m).slice(1))
    .map((step) => {
      const end = step.indexOf('\n');
      return { command: step.slice(0, end), output: step.slice(end + 1).trimEnd() };
    })
    .filter(({ command }) => !command.startsWith('export '));
}

/** In bash, with both programs under their names. */
function type(command: string): Promise<string> {
  const names = 'kubectl() { "$KUBECTL" "$@"; }; frontdesk() { node "$FRONTDESK" "$@"; }';
  const env = {
    ...process.env,
    KUBECTL: desk.kubectl.path,
    FRONTDESK: program,
    KUBECONFIG: desk.server.kubeconfigPath,
    HOME: desk.server.dataDir,
  };
  return new Promise((resolve) => {
    execFile(
      'bash',
      ['-c', `${names}; { ${command}\n} 2>&1`],
      { cwd: root, env },
      (_error, text) => {
        resolve(text.trimEnd());
      },
    );
  });
}

/** Newer kubectls name the namespace of what they delete. */
const comparable = (text: string): string =>
  text
    .replace(/10\.0\.0\.\d+ */g, '10.0.0.x ')
    .replace(/\b\d+(s|ms|m\d+s)$/gm, 'age')
    .replace(/ from \S+ namespace$/gm, '')
    .replace(/ {2,}/g, ' ');

describe('README', () => {
  it('prints what the programs print', async () => {
    const steps = stepsOf(await readFile(join(root, 'README.md'), 'utf8'));
    expect(steps.length).toBeGreaterThan(5);
    for (const { command, output } of steps) {
      const printed = await type(command);
      expect(`$ ${command}\n${comparable(printed)}`).toBe(`$ ${command}\n${comparable(output)}`);
    }
  });
});

describe('manifests/examples', () => {
  it('apply as a whole, and a second time change nothing', async () => {
    const { ok } = desk.cluster;
    const folder = join(root, 'manifests/examples');
    expect((await readdir(folder)).length).toBeGreaterThan(0);
    await ok`apply -f ${folder}`;
    for (const line of (await ok`apply -f ${folder}`).trim().split('\n')) {
      expect(line).toMatch(/ unchanged$/);
    }
    await ok`diff -f ${folder}`;
    // With its namespace, some of it is gone before kubectl comes to it.
    await ok`delete -f ${folder} --ignore-not-found`;
  });
});
