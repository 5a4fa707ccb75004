// Config: flags and environment become one checked value. The table `flags` is the whole truth: parsing,
// --help and docs/operations.md follow it. Names and meanings are kube-apiserver's and etcd's.
import { join } from 'node:path';
import {
  describeFlags,
  parseArguments,
  UsageError,
  type FlagTable,
  type FlagValues,
} from './config/flag-table.js';
import {
  boolean,
  durationIn,
  integerIn,
  ipAddress,
  ipRanges,
  list,
  nonEmpty,
  oneOf,
  portRange,
} from './config/flag-values.js';

export { UsageError } from './config/flag-table.js';

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
  'token-auth-file': {
    value: 'FILE',
    fallback: undefined,
    help: 'CSV lines of token,user,uid,"group1,group2"',
    parse: nonEmpty,
  },
  'authorization-mode': {
    value: 'MODE',
    fallback: 'AlwaysAllow',
    help: 'AlwaysAllow lets every authenticated user do everything',
    parse: oneOf('AlwaysAllow'),
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
  controllers: {
    value: 'LIST',
    fallback: '*',
    help: 'controllers to run: * for all, NAME, or -NAME for all but that one',
    parse: list,
  },
  'quota-backend-bytes': {
    value: 'BYTES',
    fallback: '0',
    help: 'size at which the store refuses writes but deletes; 0: 2 GiB, negative: none',
    parse: integerIn(-1, Number.MAX_SAFE_INTEGER),
  },
  'max-request-bytes': {
    value: 'BYTES',
    fallback: '1572864',
    help: 'biggest request the store takes: bounds the size of an object',
    parse: integerIn(1024, 2 ** 30),
  },
  'heartbeat-interval': {
    value: 'MS',
    fallback: '100',
    help: "time between a leader's heartbeats",
    parse: integerIn(1, 60_000),
  },
  'election-timeout': {
    value: 'MS',
    fallback: '1000',
    help: 'time without a leader after which members elect one',
    parse: integerIn(10, 50_000),
  },
  'exit-with-parent': {
    value: '',
    fallback: 'false',
    help: 'stop when the process that started this one has gone',
    parse: boolean,
  },
} as const satisfies FlagTable;

export interface Config {
  readonly bindAddress: string;
  readonly port: number;
  readonly dataDir: string;
  readonly inMemory: boolean;
  readonly kubeconfigPath: string;
  readonly storageLayout: 'frontdesk' | 'kubernetes';
  readonly serviceIpRanges: readonly string[];
  readonly nodePortRange: readonly [number, number];
  readonly clientCaFile: string | undefined;
  readonly servingFiles: { readonly certificate: string; readonly key: string } | undefined;
  readonly tokenFile: string | undefined;
  readonly anonymous: 'public-paths' | 'all' | 'none';
  readonly auditLogPath: string | undefined;
  readonly inFlight: { readonly readingMax: number; readonly writingMax: number };
  readonly connectionsMax: number;
  readonly requestTimeoutMs: number;
  readonly watchTimeoutMinMs: number;
  readonly store: {
    readonly quotaBytes: number;
    readonly requestBytesMax: number;
    readonly heartbeatMs: number;
    readonly electionMs: number;
  };
  /** As in --controllers. */
  readonly controllers: readonly string[];
  readonly exitWithParent: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Throws UsageError. */
export function parseFlags(argv: readonly string[], env: Environment = {}): Config {
  const { flags: values, words } = parseArguments(flags, argv, env);
  const [word] = words;
  if (word !== undefined) throw new UsageError(`unexpected argument: ${JSON.stringify(word)}`);
  const dataDir = must(values, 'data-dir');
  return {
    bindAddress: must(values, 'bind-address'),
    port: must(values, 'secure-port'),
    dataDir,
    inMemory: must(values, 'in-memory'),
    kubeconfigPath: values.kubeconfig ?? join(dataDir, 'kubeconfig'),
    storageLayout: must(values, 'storage-layout'),
    serviceIpRanges: must(values, 'service-cluster-ip-range'),
    nodePortRange: must(values, 'service-node-port-range'),
    clientCaFile: values['client-ca-file'],
    servingFiles: servingFiles(values),
    tokenFile: values['token-auth-file'],
    anonymous: anonymousMode(values['anonymous-auth']),
    auditLogPath: values['audit-log-path'],
    inFlight: {
      readingMax: must(values, 'max-requests-inflight'),
      writingMax: must(values, 'max-mutating-requests-inflight'),
    },
    connectionsMax: must(values, 'max-connections'),
    requestTimeoutMs: must(values, 'request-timeout'),
    watchTimeoutMinMs: must(values, 'min-request-timeout') * 1000,
    controllers: must(values, 'controllers'),
    store: {
      quotaBytes: must(values, 'quota-backend-bytes'),
      requestBytesMax: must(values, 'max-request-bytes'),
      heartbeatMs: must(values, 'heartbeat-interval'),
      electionMs: must(values, 'election-timeout'),
    },
    exitWithParent: must(values, 'exit-with-parent'),
  };
}

export const describeServerFlags = (): string => describeFlags(flags);

type Values = FlagValues<typeof flags>;

/** A flag with a fallback always has a value. */
function must<Name extends keyof Values>(values: Values, name: Name): NonNullable<Values[Name]> {
  const value = values[name];
  if (value === undefined) throw new UsageError(`--${name} needs a value`);
  return value;
}

function servingFiles(values: Values): Config['servingFiles'] {
  const certificate = values['tls-cert-file'];
  const key = values['tls-private-key-file'];
  if (certificate === undefined && key === undefined) return undefined;
  if (certificate === undefined || key === undefined) {
    throw new UsageError('--tls-cert-file and --tls-private-key-file need each other');
  }
  return { certificate, key };
}

function anonymousMode(flag: boolean | undefined): Config['anonymous'] {
  if (flag === undefined) return 'public-paths';
  return flag ? 'all' : 'none';
}
