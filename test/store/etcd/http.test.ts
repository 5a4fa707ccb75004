import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { StoreNode } from '../../../store/index.js';
import { statusPage } from '../../../store/etcd/http/status-pages.js';
import { Histogram, metric, metricsText } from '../../../store/metrics.js';
import { putOp, txnOf } from '../../contracts/operations.js';
import { RawClient } from './raw-client.js';
import { runApi, type RunningApi } from './running-api.js';

let running: RunningApi;
beforeAll(async () => {
  running = await runApi();
});
afterAll(() => running.close());

async function get(path: string, base = running.url): Promise<{ status: number; text: string }> {
  const response = await fetch(`${base}${path}`);
  return { status: response.status, text: await response.text() };
}

/** The lines of a metric. */
async function values(name: string): Promise<string[]> {
  const { text } = await get('/metrics');
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
}

describe('pages about a member', () => {
  it.each([
    ['/version', 200, '{"etcdserver":"3.6.14","etcdcluster":"3.6.0","storage":"3.6.0"}'],
    ['/health', 200, '{"health":"true","reason":""}'],
    ['/health?serializable=true', 200, '{"health":"true","reason":""}'],
    ['/livez', 200, 'ok\n'],
    ['/livez?verbose', 200, '[+]serializable_read ok\nok\n'],
    ['/readyz/linearizable_read?verbose', 200, '[+]linearizable_read ok\nok\n'],
    ['/readyz?allowlist=serializable_read&verbose', 200, '[+]serializable_read ok\nok\n'],
    [
      '/readyz?exclude=data_corruption&exclude=linearizable_read&exclude=non_learner&verbose',
      200,
      '[+]serializable_read ok\nok\n',
    ],
    ['/livez/linearizable_read', 404, '404 page not found\n'],
    ['/readyz/a/b', 404, '404 page not found\n'],
    ['/', 404, '404 page not found\n'],
    ['//', 404, '404 page not found\n'],
  ])('%s', async (path, status, text) => {
    expect(await get(path)).toEqual({ status, text });
  });

  it('are not for posting', async () => {
    const response = await fetch(`${running.url}/health`, { method: 'POST' });
    expect(response.status).toBe(405);
  });

  it('are all there is on the metrics URLs', async () => {
    const [base = ''] = running.api.metricsUrls;
    expect((await get('/health', base)).status).toBe(200);
    expect((await get('/metrics', base)).text).toContain('etcd_server_has_leader 1');
    const gateway = await fetch(`${base}/v3/kv/range`, { method: 'POST', body: '{}' });
    expect(gateway.status).toBe(404);
  });

  it('tell of alarms, unless they are told not to look', async () => {
    const { memberId } = running.member.header();
    const alarm = { memberId, alarm: 'nospace' } as const;
    await running.member.maintenance.activateAlarm(alarm);
    const ill = { status: 503, text: '{"health":"false","reason":"ALARM NOSPACE"}' };
    expect(await get('/health')).toEqual(ill);
    expect((await get('/health?exclude=NOSPACE')).status).toBe(200);
    expect((await get('/readyz')).status).toBe(200);
    await running.member.maintenance.deactivateAlarm(alarm);
    const corrupt = { memberId, alarm: 'corrupt' } as const;
    await running.member.maintenance.activateAlarm(corrupt);
    const { status, text } = await get('/readyz');
    expect({ status, text }).toEqual({
      status: 503,
      text: '[-]data_corruption failed: alarm activated: CORRUPT\n[+]linearizable_read ok\n[+]non_learner ok\n[+]serializable_read ok\nreadyz check failed\n',
    });
    await running.member.maintenance.deactivateAlarm(corrupt);
  });

  it('tell of a leader that is missing', async () => {
    // The member as it is, seen without its leader.
    const node: StoreNode = Object.create(running.member, {
      hasLeader: { value: false },
      storeFor: { value: () => running.member.storeFor() },
    }) as StoreNode; // as: its prototype is one
    const page = await statusPage(node, '/health', new URLSearchParams());
    expect(page).toMatchObject({
      status: 503,
      body: '{"health":"false","reason":"RAFT NO LEADER"}',
    });
    const local = await statusPage(node, '/health', new URLSearchParams('serializable=true'));
    expect(local.status).toBe(200);
  });
});

describe('metrics', () => {
  it('have etcd’s names, and follow what happens', async () => {
    expect(await values('etcd_server_is_leader')).toEqual(['etcd_server_is_leader 1']);
    expect(await values('etcd_server_version')).toEqual([
      'etcd_server_version{server_version="3.6.14"} 1',
    ]);
    expect(await values('etcd_cluster_version')).toEqual([
      'etcd_cluster_version{cluster_version="3.6"} 1',
    ]);
    expect(await values('etcd_server_leader_changes_seen_total')).toEqual([
      'etcd_server_leader_changes_seen_total 1',
    ]);
    await running.member.txn(txnOf([putOp('metrics')]));
    expect(await values('etcd_mvcc_put_total')).toEqual(['etcd_mvcc_put_total 1']);
    const { revision } = running.member.header();
    expect(await values('etcd_debugging_mvcc_current_revision')).toEqual([
      `etcd_debugging_mvcc_current_revision ${revision}`,
    ]);
    const client = new RawClient(running.url);
    await client.ask('etcdserverpb.KV/Range', { key: Buffer.from('metrics') });
    client.close();
    const labels = 'grpc_type="unary",grpc_service="etcdserverpb.KV",grpc_method="Range"';
    expect(await values('grpc_server_handled_total')).toContain(
      `grpc_server_handled_total{${labels},grpc_code="OK"} 1`,
    );
  });

  it('are written in Prometheus’s format', () => {
    const histogram = new Histogram('h', 'two\nlines', [1, 2]);
    for (const value of [0.5, 1, 1.5, 9]) histogram.observe(value);
    const text = metricsText([
      metric('counter', 'c', 'c\\', 1, { a: 'x"y\\z\n' }),
      histogram.family(),
      metric('counter', 'c', 'c\\', 2),
    ]);
    expect(text).toBe(
      '# HELP c c\\\\\n# TYPE c counter\nc{a="x\\"y\\\\z\\n"} 1\nc 2\n' +
        '# HELP h two\\nlines\n# TYPE h histogram\nh_bucket{le="1"} 2\nh_bucket{le="2"} 3\n' +
        'h_bucket{le="+Inf"} 4\nh_sum 12\nh_count 4\n',
    );
  });
});
