// The flags of an API server that keeps its objects in an etcd of somebody else's. Names and meanings are kube-apiserver's.
import { etcdServers, durationIn, keyPrefix, nonEmpty } from './flag-values.js';
import type { FlagTable } from './flag-table.js';

const dayMs = 24 * 3600 * 1000;

export const etcdFlags = {
  'etcd-servers': {
    value: 'URL[,URL]',
    fallback: undefined,
    help: 'keep objects in this etcd (3.4 to 3.6; all URLs of one cluster) instead of a store of its own',
    parse: etcdServers,
  },
  'etcd-cafile': {
    value: 'FILE',
    fallback: undefined,
    help: 'authorities that the certificates of --etcd-servers come from; unset: those Node knows',
    parse: nonEmpty,
  },
  'etcd-certfile': {
    value: 'FILE',
    fallback: undefined,
    help: 'certificate to show to --etcd-servers',
    parse: nonEmpty,
  },
  'etcd-keyfile': {
    value: 'FILE',
    fallback: undefined,
    help: 'key of --etcd-certfile',
    parse: nonEmpty,
  },
  'etcd-prefix': {
    value: 'PREFIX',
    fallback: '/registry',
    help: 'what the keys of all objects begin with',
    parse: keyPrefix,
  },
  'etcd-compaction-interval': {
    value: 'DURATION',
    fallback: '5m0s',
    help: 'how often to compact the store, down to the revision of one interval ago; 0: never',
    parse: durationIn(0, dayMs),
  },
  'etcd-healthcheck-timeout': {
    value: 'DURATION',
    fallback: '2s',
    help: 'how long the health check waits for --etcd-servers',
    parse: durationIn(1, dayMs),
  },
  'etcd-readycheck-timeout': {
    value: 'DURATION',
    fallback: '2s',
    help: 'how long the readiness check waits for --etcd-servers',
    parse: durationIn(1, dayMs),
  },
  'etcd-db-metric-poll-interval': {
    value: 'DURATION',
    fallback: '30s',
    help: 'accepted and not used: the size is asked for when metrics are',
    parse: durationIn(0, dayMs),
  },
  'etcd-count-metric-poll-period': {
    value: 'DURATION',
    fallback: '1m0s',
    help: 'accepted and not used: objects are counted when metrics are asked for',
    parse: durationIn(0, dayMs),
  },
} as const satisfies FlagTable;
