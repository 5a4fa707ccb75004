// The server's flags: the table that parsing, --help and docs/operations.md follow. Names and meanings are
// kube-apiserver's and etcd's. Read next: config.ts (what becomes of them).
import type { FlagTable } from './flag-table.js';
import {
  admissionPlugins,
  authorizationMode,
  boolean,
  durationIn,
  integerIn,
  ipAddress,
  ipRanges,
  list,
  nonEmpty,
  oneOf,
  portRange,
} from './flag-values.js';
import { etcdFlags } from './etcd-flags.js';
import { clusterFlags, etcdApiFlags, storeFlags } from './store-flags.js';

const dayMs = 24 * 3600 * 1000;

export const flags = {
  'bind-address': {
    value: 'IP',
    fallback: '127.0.0.1',
    help: 'address to listen on',
    parse: ipAddress,
  },
  'secure-port': {
    value: 'PORT',
    fallback: '6443',
    help: 'port to serve HTTPS on; 0 takes any free one',
    parse: integerIn(0, 65535),
  },
  'data-dir': {
    value: 'DIR',
    fallback: './frontdesk-data',
    help: 'where the store, the certificates and the kubeconfig are kept',
    parse: nonEmpty,
  },
  'in-memory': {
    value: '',
    fallback: 'false',
    help: 'keep nothing on disk but the kubeconfig',
    parse: boolean,
  },
  kubeconfig: {
    value: 'FILE',
    fallback: undefined,
    help: "where to write the admin's kubeconfig; unset: DIR/kubeconfig of --data-dir",
    parse: nonEmpty,
  },
  'storage-layout': {
    value: 'NAME',
    fallback: 'frontdesk',
    help: 'how keys are made: frontdesk, or kubernetes as in a real cluster',
    parse: oneOf('frontdesk', 'kubernetes'),
  },
  ...etcdFlags,
  'service-cluster-ip-range': {
    value: 'CIDR[,CIDR]',
    fallback: '10.0.0.0/24',
    help: "ranges that Services' cluster IPs come from",
    parse: ipRanges,
  },
  'service-node-port-range': {
    value: 'FIRST-LAST',
    fallback: '30000-32767',
    help: "range that Services' node ports come from",
    parse: portRange,
  },
  'client-ca-file': {
    value: 'FILE',
    fallback: undefined,
    help: "certificates of authorities whose client certificates are accepted beside the server's own",
    parse: nonEmpty,
  },
  'tls-cert-file': {
    value: 'FILE',
    fallback: undefined,
    help: 'certificate to serve with, followed by intermediates; unset: the server makes one',
    parse: nonEmpty,
  },
  'tls-private-key-file': {
    value: 'FILE',
    fallback: undefined,
    help: 'key of --tls-cert-file',
    parse: nonEmpty,
  },
  'cert-dir': {
    value: 'DIR',
    fallback: undefined,
    help: 'serve with apiserver.crt and apiserver.key of this folder when both are there; --tls-cert-file goes before',
    parse: nonEmpty,
  },
  'token-auth-file': {
    value: 'FILE',
    fallback: undefined,
    help: 'CSV lines of token,user,uid,"group1,group2"',
    parse: nonEmpty,
  },
  'authorization-mode': {
    value: 'MODE',
    fallback: 'AlwaysAllow',
    help: 'AlwaysAllow lets every authenticated user do everything; there is no other yet',
    parse: authorizationMode,
  },
  'anonymous-auth': {
    value: 'BOOL',
    fallback: undefined,
    help: 'true: requests without credentials reach authorization; false: all are refused; unset: only health and version are served',
    parse: boolean,
  },
  'audit-log-path': {
    value: 'FILE',
    fallback: undefined,
    help: 'append one JSON line a request, level Metadata; - is stdout',
    parse: nonEmpty,
  },
  'max-requests-inflight': {
    value: 'COUNT',
    fallback: '400',
    help: 'reading requests served at a time; more get 429',
    parse: integerIn(1, 100_000),
  },
  'max-mutating-requests-inflight': {
    value: 'COUNT',
    fallback: '200',
    help: 'writing requests served at a time; more get 429',
    parse: integerIn(1, 100_000),
  },
  'max-connections': {
    value: 'COUNT',
    fallback: '10000',
    help: 'connections open at a time; more are closed',
    parse: integerIn(1, 1_000_000),
  },
  'request-timeout': {
    value: 'DURATION',
    fallback: '1m0s',
    help: 'a request that takes longer gets 504; watches have their own timeout',
    parse: durationIn(1, dayMs),
  },
  'min-request-timeout': {
    value: 'SECONDS',
    fallback: '1800',
    help: 'a watch without timeoutSeconds lasts one to two times this long',
    parse: integerIn(1, 86_400),
  },
  'enable-admission-plugins': {
    value: 'LIST',
    fallback: undefined,
    help: 'admission plugins to run beside the default NamespaceLifecycle and RuntimeClass; of the others only the names are known yet',
    parse: admissionPlugins,
  },
  'disable-admission-plugins': {
    value: 'LIST',
    fallback: undefined,
    help: 'admission plugins not to run although they are on by default',
    parse: admissionPlugins,
  },
  controllers: {
    value: 'LIST',
    fallback: '*',
    help: 'controllers to run: * for all, NAME, or -NAME for all but that one',
    parse: list,
  },
  ...storeFlags,
  ...clusterFlags,
  ...etcdApiFlags,
  'exit-with-parent': {
    value: '',
    fallback: 'false',
    help: 'stop when the process that started this one has gone',
    parse: boolean,
  },
  'allow-privileged': {
    value: 'BOOL',
    fallback: undefined,
    help: 'accepted and not used: privileged containers are always allowed',
    parse: boolean,
  },
  'service-account-issuer': {
    value: 'URL',
    fallback: undefined,
    help: 'accepted and not used: there are no service account tokens yet',
    parse: nonEmpty,
  },
  'service-account-key-file': {
    value: 'FILE',
    fallback: undefined,
    help: 'accepted and not used, as --service-account-issuer',
    parse: nonEmpty,
  },
  'service-account-signing-key-file': {
    value: 'FILE',
    fallback: undefined,
    help: 'accepted and not used, as --service-account-issuer',
    parse: nonEmpty,
  },
} as const satisfies FlagTable;
