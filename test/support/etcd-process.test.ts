// The harness around a real etcd is itself what many tests rest on: it must come back on the same port with its data.
import { afterEach, expect, it } from '@jest/globals';
import { describeWithEtcd } from './describe-with-etcd.js';
import { etcdctl, EtcdProcess, startEtcdCluster } from './etcd-process.js';

describeWithEtcd('a real etcd', () => {
  const running: EtcdProcess[] = [];
  afterEach(async () => {
    await Promise.all(running.splice(0).map((member) => member.stop()));
  });

  it('keeps its data and its port over a kill', async () => {
    const etcd = await EtcdProcess.start({ isQuick: false });
    running.push(etcd);
    const { endpoint } = etcd;
    expect(await etcdctl(['put', 'a', '1'], [endpoint])).toMatchObject({ code: 0, stdout: 'OK\n' });
    await etcd.restart();
    expect(etcd.endpoint).toBe(endpoint);
    expect((await etcdctl(['get', 'a'], [endpoint])).stdout).toBe('a\n1\n');
  });

  it('makes clusters', async () => {
    running.push(...(await startEtcdCluster(3)));
    const endpoints = running.map(({ endpoint }) => endpoint);
    const members = await etcdctl(['member', 'list'], endpoints);
    expect(members.stdout.match(/, started, m[123], /g)).toHaveLength(3);
    expect((await etcdctl(['endpoint', 'health'], endpoints)).code).toBe(0);
  });
});
