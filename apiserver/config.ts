// Config: flags and environment become one checked value. Read next: config/server-flags.ts, the table of the flags.
import { join } from 'node:path';
import {
  describeFlags,
  must,
  parseArguments,
  UsageError,
  type FlagValues,
} from './config/flag-table.js';
import { etcdConfig, type EtcdConfig } from './config/etcd-config.js';
import { flags } from './config/server-flags.js';
import { memberConfig, type MemberConfig } from './config/member-config.js';

export { flags } from './config/server-flags.js';
export type { MemberConfig } from './config/member-config.js';
export { UsageError } from './config/flag-table.js';

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
  /** Of --cert-dir: used when they are there. */
  readonly certDirFiles: { readonly certificate: string; readonly key: string } | undefined;
  readonly tokenFile: string | undefined;
  readonly anonymous: 'public-paths' | 'all' | 'none';
  readonly auditLogPath: string | undefined;
  readonly inFlight: { readonly readingMax: number; readonly writingMax: number };
  readonly connectionsMax: number;
  readonly requestTimeoutMs: number;
  readonly watchTimeoutMinMs: number;
  /** What keys begin with, e.g. `/registry`. */
  readonly keyRoot: string;
  /** 0: never. */
  readonly compactEveryMs: number;
  /** The etcd that keeps the objects; undefined: a store in this process. */
  readonly etcd: EtcdConfig | undefined;
  readonly store: MemberConfig;
  readonly admissionPlugins: {
    readonly enabled: readonly string[];
    readonly disabled: readonly string[];
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
  const store = memberConfig(values);
  if (must(values, 'in-memory') && store.peers.listenUrls.length > 0) {
    // It would come back without its votes.
    throw new UsageError('a member of a cluster keeps its log: --in-memory cannot be one');
  }
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
    certDirFiles: filesOfCertDir(values['cert-dir']),
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
    admissionPlugins: chosenPlugins(values),
    controllers: must(values, 'controllers'),
    keyRoot: must(values, 'etcd-prefix'),
    compactEveryMs: must(values, 'etcd-compaction-interval'),
    etcd: etcdConfig(values, store),
    store,
    exitWithParent: must(values, 'exit-with-parent'),
  };
}

export const describeServerFlags = (): string => describeFlags(flags);

type Values = FlagValues<typeof flags>;

function servingFiles(values: Values): Config['servingFiles'] {
  const certificate = values['tls-cert-file'];
  const key = values['tls-private-key-file'];
  if (certificate === undefined && key === undefined) return undefined;
  if (certificate === undefined || key === undefined) {
    throw new UsageError('--tls-cert-file and --tls-private-key-file need each other');
  }
  return { certificate, key };
}

function filesOfCertDir(folder: string | undefined): Config['certDirFiles'] {
  if (folder === undefined) return undefined;
  return { certificate: join(folder, 'apiserver.crt'), key: join(folder, 'apiserver.key') };
}

function chosenPlugins(values: Values): Config['admissionPlugins'] {
  const enabled = values['enable-admission-plugins'] ?? [];
  const disabled = values['disable-admission-plugins'] ?? [];
  const [both] = enabled.filter((name) => disabled.includes(name));
  if (both !== undefined) {
    throw new UsageError(
      `${both} is in --enable-admission-plugins and in --disable-admission-plugins`,
    );
  }
  return { enabled, disabled };
}

function anonymousMode(flag: boolean | undefined): Config['anonymous'] {
  if (flag === undefined) return 'public-paths';
  return flag ? 'all' : 'none';
}
