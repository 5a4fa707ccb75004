// A store moves from a real etcd to Frontdesk and back, as a snapshot and as a data folder, with real programs only.
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeWithEtcd } from '../../support/describe-with-etcd.js';
import { etcdctl, EtcdProcess, frontdeskEtcd } from '../../support/etcd-process.js';
import {
  ctl,
  frontdesk,
  giveHistory,
  launchAll,
  lookAt,
  ok,
  placesFor,
  restoreFlags,
} from './etcd-desk.js';

const etcd: readonly string[] = ['etcd'];

let folder = '';
let snapshot = '';
let revisions: number[] = [];
let seen: unknown;
const started: EtcdProcess[] = [];

const start = async (program: readonly string[], dataDir: string): Promise<EtcdProcess> => {
  const running = await EtcdProcess.start({ program, dataDir });
  started.push(running);
  return running;
};

const restoredBy = async (tool: 'etcdctl' | 'frontdesk', file: string): Promise<string> => {
  const dataDir = await mkdtemp(join(folder, 'restored-'));
  await rm(dataDir, { recursive: true });
  const args = ['snapshot', 'restore', file, '--data-dir', dataDir];
  await ok(tool === 'etcdctl' ? etcdctl(args, []) : frontdesk(...args));
  return dataDir;
};

describeWithEtcd('a store with a past', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'frontdesk-move-'));
    snapshot = join(folder, 'etcd.snap');
    const source = await start(etcd, join(folder, 'source'));
    revisions = await giveHistory(source.endpoint, 42, 100);
    seen = await lookAt(source.endpoint, revisions);
    await ok(frontdesk('snapshot', 'save', snapshot, '--endpoints', source.endpoint));
    await source.terminate();
  }, 180_000);
  afterAll(async () => {
    await Promise.all(started.map((running) => running.kill()));
    await rm(folder, { recursive: true, force: true });
  });

  const hashOf = async (file: string): Promise<unknown> => {
    const theirs = JSON.parse(
      await ok(etcdctl(['snapshot', 'status', file, '-w', 'json'], [])),
    ) as {
      hash: number;
    };
    const ours = JSON.parse(await ok(frontdesk('snapshot', 'status', file, '-w', 'json'))) as {
      hash: number;
      revision: number;
    };
    expect(ours).toMatchObject({ ...theirs, totalKey: expect.any(Number) });
    return ours.hash;
  };

  it('goes as a snapshot to Frontdesk and from there to a real etcd, and looks the same everywhere', async () => {
    await hashOf(snapshot);
    const desk = await start(frontdeskEtcd, await restoredBy('frontdesk', snapshot));
    expect(await lookAt(desk.endpoint, revisions)).toEqual(seen);
    const back = join(folder, 'frontdesk.snap');
    await ctl(desk.endpoint, 'snapshot', 'save', back);
    await desk.terminate();
    await hashOf(back);
    const again = await start(etcd, await restoredBy('etcdctl', back));
    expect(await lookAt(again.endpoint, revisions)).toEqual(seen);
    // And it is a store that goes on.
    await ctl(again.endpoint, 'put', 'a', 'b');
    await ctl(again.endpoint, 'compact', String(revisions.at(-1)));
    await ctl(again.endpoint, 'defrag');
    await again.kill();
  }, 180_000);

  it('is taken over from a folder that etcdctl restored', async () => {
    const dataDir = await restoredBy('etcdctl', snapshot);
    const copy = `${dataDir}-copy`;
    await cp(dataDir, copy, { recursive: true });
    const theirs = await start(etcd, copy);
    const members = await ctl(theirs.endpoint, 'member', 'list');
    await theirs.kill();
    const desk = await start(frontdeskEtcd, dataDir);
    expect(await lookAt(desk.endpoint, revisions)).toEqual(seen);
    const idOf = (list: string): string | undefined => list.split(',')[0];
    expect(idOf(await ctl(desk.endpoint, 'member', 'list'))).toBe(idOf(members));
    expect(existsSync(join(dataDir, 'member.etcd', 'snap', 'db'))).toBe(true);
    await ctl(desk.endpoint, 'put', 'a', 'b');
    await desk.restart();
    expect(await ctl(desk.endpoint, 'get', 'a', '--print-value-only')).toBe('b\n');
    await desk.kill();
  }, 180_000);

  it('is taken over from the folder of an etcd that was stopped, and not of one that was killed or runs', async () => {
    const dataDir = join(folder, 'stopped');
    const source = await start(etcd, dataDir);
    await ctl(source.endpoint, 'put', 'a', 'first');
    const refusal = async (): Promise<string> =>
      (await EtcdProcess.start({ program: frontdeskEtcd, dataDir }).catch(String)) as string;
    expect(await refusal()).toContain('stop that etcd first');
    await ctl(source.endpoint, 'put', 'a', 'second');
    await source.kill();
    expect(await refusal()).toMatch(/has \d writes? that its database has not seen/);
    await source.restart();
    await source.terminate();
    const desk = await start(frontdeskEtcd, dataDir);
    expect(await ctl(desk.endpoint, 'get', 'a', '--print-value-only')).toBe('second\n');
    await desk.kill();
  }, 180_000);

  it('keeps its users: who may not, cannot take a snapshot, nor read what was restored', async () => {
    const source = await start(etcd, join(folder, 'guarded'));
    await ctl(source.endpoint, 'put', 'a', 'b');
    await ctl(source.endpoint, 'user', 'add', 'root:secret');
    await ctl(source.endpoint, 'user', 'grant-role', 'root', 'root');
    await ctl(source.endpoint, 'auth', 'enable');
    const guarded = join(folder, 'guarded.snap');
    const save = (...user: readonly string[]): ReturnType<typeof frontdesk> =>
      frontdesk('snapshot', 'save', guarded, '--endpoints', source.endpoint, ...user);
    for (const user of [[], ['--user=root:wrong']]) {
      const refused = await save(...user);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toMatch(/^frontdesk: etcdserver: /);
      expect(existsSync(guarded)).toBe(false);
    }
    await ok(save('--user=root', '--password=secret'));
    await source.kill();
    const desk = await start(frontdeskEtcd, await restoredBy('frontdesk', guarded));
    expect((await etcdctl(['get', 'a'], [desk.endpoint])).stderr).toContain('user name is empty');
    expect(await ctl(desk.endpoint, '--user=root:secret', 'get', 'a', '--print-value-only')).toBe(
      'b\n',
    );
    await desk.kill();
  }, 180_000);

  it('begins anew as three members: of etcd, of Frontdesk, and of Frontdesk over what etcdctl restored', async () => {
    const ways = [
      { tool: 'etcdctl', program: etcd, name: 'etcd' },
      { tool: 'frontdesk', program: frontdeskEtcd, name: 'frontdesk' },
      { tool: 'etcdctl', program: frontdeskEtcd, name: 'adopted' },
    ] as const;
    for (const { tool, program, name } of ways) {
      const places = await placesFor(join(folder, name), 3);
      for (const place of places) {
        const args = ['snapshot', 'restore', snapshot, ...restoreFlags(place, places)];
        await ok(tool === 'etcdctl' ? etcdctl(args, []) : frontdesk(...args));
      }
      const members = await launchAll(places, program);
      started.push(...members);
      const [first, , third] = members;
      expect(await lookAt(first!.endpoint, revisions)).toEqual(seen);
      const endpoints = members.map(({ endpoint }) => endpoint);
      const hashes = JSON.parse(
        await ok(etcdctl(['endpoint', 'hashkv', '-w', 'json'], endpoints)),
      ) as readonly { HashKV: { hash: number } }[];
      expect(new Set(hashes.map(({ HashKV }) => HashKV.hash)).size).toBe(1);
      await ctl(first!.endpoint, 'put', 'after', name);
      expect(await ctl(third!.endpoint, 'get', 'after', '--print-value-only')).toBe(`${name}\n`);
      await Promise.all(members.map((member) => member.kill()));
    }
  }, 180_000);
});
