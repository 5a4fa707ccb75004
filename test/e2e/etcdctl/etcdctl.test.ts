// The real etcdctl, the same commands against frontdesk and against a real etcd: what is printed must agree.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeWithEtcd } from '../../support/describe-with-etcd.js';
import { EtcdProcess, frontdeskEtcd } from '../../support/etcd-process.js';
import { EtcdctlDesk } from './desk.js';
import { scripts } from './scripts.js';

/** Every command of a user asks for a token, and bcrypt is slow on purpose. */
const cheapHashes = ['--bcrypt-cost=4'];

describeWithEtcd('etcdctl prints what it prints for a real etcd', () => {
  let servers: readonly EtcdProcess[] = [];
  let ours: EtcdctlDesk;
  let theirs: EtcdctlDesk;

  beforeAll(async () => {
    const [here, there] = await Promise.all([
      EtcdProcess.start({ program: frontdeskEtcd, args: cheapHashes }),
      EtcdProcess.start({ args: cheapHashes }),
    ]);
    servers = [here, there];
    ours = new EtcdctlDesk(here.endpoint);
    theirs = new EtcdctlDesk(there.endpoint);
  });

  afterAll(async () => {
    await Promise.all([ours.close(), theirs.close()]);
    await Promise.all(servers.map((server) => server.stop()));
  });

  test.each(scripts)('$name', async (script) => {
    const [here, there] = await Promise.all([ours.play(script), theirs.play(script)]);
    expect(here).toEqual(there);
  });
});
