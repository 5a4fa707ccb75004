import { expect, it } from '@jest/globals';
import { parseFlags, UsageError } from '../../../apiserver/config.js';

it('has a store of its own unless told of an etcd', () => {
  expect(parseFlags([])).toMatchObject({
    etcd: undefined,
    keyRoot: '/registry',
    compactEveryMs: 300_000,
  });
});

it('takes what envtest and kubeadm give a kube-apiserver', () => {
  const config = parseFlags([
    '--etcd-servers=https://10.0.0.1:2379,https://10.0.0.2:2379',
    '--etcd-cafile=/pki/ca.crt',
    '--etcd-certfile=/pki/client.crt',
    '--etcd-keyfile=/pki/client.key',
    '--etcd-prefix=registry/',
    '--etcd-compaction-interval=10m',
    '--etcd-healthcheck-timeout=5s',
    '--etcd-db-metric-poll-interval=30s',
    '--etcd-count-metric-poll-period=1m',
  ]);
  expect(config).toMatchObject({
    keyRoot: '/registry',
    compactEveryMs: 600_000,
    etcd: {
      endpoints: ['https://10.0.0.1:2379', 'https://10.0.0.2:2379'],
      authorityFile: '/pki/ca.crt',
      clientFiles: { certificate: '/pki/client.crt', key: '/pki/client.key' },
      healthMaxMs: 5_000,
      readyMaxMs: 2_000,
    },
  });
});

it('never compacts when the interval is 0', () => {
  expect(parseFlags(['--etcd-compaction-interval=0']).compactEveryMs).toBe(0);
});

it.each([
  ['--etcd-servers=127.0.0.1:2379', 'expected URLs such as http://127.0.0.1:2379'],
  ['--etcd-servers=', 'expected URLs'],
  ['--etcd-prefix=/', 'must not be empty'],
  ['--etcd-certfile=x', 'need each other'],
])('refuses %s', (flag, message) => {
  const parse = () => parseFlags([flag]);
  expect(parse).toThrow(UsageError);
  expect(parse).toThrow(message);
});

it('refuses an etcd beside a store that would listen', () => {
  const flags = ['--etcd-servers=http://127.0.0.1:1', '--listen-client-urls=http://127.0.0.1:0'];
  expect(() => parseFlags(flags)).toThrow('there is no store here that could listen');
});
