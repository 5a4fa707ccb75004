// docs/operations.md and the program say the same: flags, metrics, log messages, health checks, both ways.
import { readFile } from 'node:fs/promises';
import { platform } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { flags } from '../../apiserver/config.js';
import { snapshotFlagNames } from '../../cli/snapshot-flags.js';
import type { FlagTable } from '../../apiserver/config/flag-table.js';
import { logMessages } from '../../apiserver/server/log.js';
import { usedFlags } from '../../cli/etcd/flags.js';
import { formerNames, isWithoutEffect, otherFlags } from '../../cli/etcd/other-flags.js';
import { TestServer } from '../support/running-server.js';

let text = '';
let server: TestServer;

beforeAll(async () => {
  text = await readFile(new URL('../../../docs/operations.md', import.meta.url), 'utf8');
  server = await TestServer.start();
});
afterAll(() => server.stop());

/** The text below a heading, up to the next one. */
function section(heading: string): string {
  const [, after = ''] = text.split(`\n## ${heading}\n`);
  const [body = ''] = after.split('\n## ');
  return body;
}

/** Cells of the rows of a section's first table, without Markdown's marks. */
function table(heading: string): string[][] {
  const rows = section(heading)
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim().replace(/\\(.)/g, '$1').replaceAll('`', '')),
    );
  return rows.slice(2);
}

const rowsOf = (rows: FlagTable): string[][] =>
  Object.entries(rows).map(([name, { value, fallback, help }]) => [
    value === '' ? `--${name}` : `--${name} ${value}`,
    value === '' ? '' : (fallback ?? ''),
    help,
  ]);

describe('docs/operations.md', () => {
  it('lists every flag with its default and what --help says of it, and no other', () => {
    expect(table('Flags')).toEqual(rowsOf(flags));
  });

  it('lists every flag of frontdesk etcd: used, not used, and refused', () => {
    const heading = 'Flags of frontdesk etcd';
    expect(table(heading)).toEqual(rowsOf(usedFlags));
    const after = (words: string): string[] => {
      const [, rest = ''] = section(heading).split(words);
      const [sentence = ''] = rest.split('\n\n');
      return [...sentence.matchAll(/`--([a-z0-9-]+)`/g)].map(([, name = '']) => name);
    };
    const others = Object.keys(otherFlags);
    expect(after('Accepted and not used: ')).toEqual(others.filter(isWithoutEffect));
    expect(after('Refused when given').sort()).toEqual(
      others.filter((name) => !isWithoutEffect(name)).sort(),
    );
    expect(after('The names of etcd 3.5')).toEqual(formerNames);
  });

  it('speaks of no flag that does not exist', () => {
    const ofOthers = ['server', 'prefix', 'keys-only', 'cluster', 'endpoints', 'silent']; // kubectl's, etcdctl's, curl's
    const all = [flags, usedFlags, otherFlags].flatMap((rows) => Object.keys(rows));
    const known = new Set<string>([...all, ...formerNames, ...snapshotFlagNames, ...ofOthers]);
    for (const [, name = ''] of text.matchAll(/--([a-z][a-z-]+)/g)) expect(known).toContain(name);
  });

  it('lists every metric that the server shows, with its type, and no other', async () => {
    const page = (await server.ask('/metrics')).text;
    const served = [...page.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => ({
      name,
      type,
    }));
    const ours = served.filter(({ name }) => !/^(?:process|nodejs)_/.test(name));
    expect(
      table('Metrics')
        .map(([name, type]) => ({ name, type }))
        .sort(byName),
    ).toEqual(ours.sort(byName));
    const listed = [...section('Metrics').matchAll(/`((?:process|nodejs)_\w+)`/g)].map(
      ([, name]) => name,
    );
    const ofProcess = served.filter(({ name }) => /^(?:process|nodejs)_/.test(name));
    const names = ofProcess.map(({ name }) => name).sort();
    // Other systems than Linux tell less about a process.
    if (platform() === 'linux') expect(listed.sort()).toEqual(names);
    else expect(listed).toEqual(expect.arrayContaining(names));
  });

  it('lists every message of the log, with its level, and no other', () => {
    const listed = section('Log').matchAll(/^\| `([^`]+)` +\| (\w+)/gm);
    expect(Object.fromEntries([...listed].map(([, message, level]) => [message, level]))).toEqual(
      logMessages,
    );
  });

  it('lists the health checks', async () => {
    for (const [paths = '', , checks = ''] of table('Health')) {
      for (const path of paths.split(', ')) {
        const { text: lines } = await server.ask(`${path}?verbose`);
        const names = [...lines.matchAll(/^\[\+\](\S+) ok$/gm)].map(([, name]) => name);
        expect(names).toEqual(checks.split(', '));
      }
    }
  });
});

const byName = (a: { name?: string | undefined }, b: { name?: string | undefined }): number =>
  (a.name ?? '') < (b.name ?? '') ? -1 : 1;
