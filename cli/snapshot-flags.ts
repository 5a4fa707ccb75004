// Flags of `frontdesk snapshot`, named as etcdctl's (save) and etcdutl's (status, restore). save also reads ETCDCTL_*.
import {
  describeFlags,
  parseArguments,
  type FlagValues,
  type Parsed,
} from '../apiserver/config/flag-table.js';
import { boolean, integerIn, list, nonEmpty, oneOf } from '../apiserver/config/flag-values.js';
import { initialCluster, someUrls } from '../apiserver/config/url-values.js';

const saveFlags = {
  endpoints: {
    value: 'URL',
    fallback: '127.0.0.1:2379',
    help: 'the server to take it from',
    parse: list,
  },
  cacert: {
    value: 'FILE',
    fallback: undefined,
    help: "authorities the server's certificate must come from",
    parse: nonEmpty,
  },
  cert: {
    value: 'FILE',
    fallback: undefined,
    help: 'certificate to show the server',
    parse: nonEmpty,
  },
  key: { value: 'FILE', fallback: undefined, help: 'key of --cert', parse: nonEmpty },
  user: { value: 'NAME[:PASSWORD]', fallback: undefined, help: 'who asks', parse: nonEmpty },
  password: { value: 'TEXT', fallback: undefined, help: 'password of --user', parse: nonEmpty },
};

const statusFlags = {
  'write-out': {
    value: 'FORM',
    fallback: 'simple',
    help: '-w; simple, table, json or fields',
    parse: oneOf('simple', 'table', 'json', 'fields'),
  },
};

const restoreFlags = {
  'data-dir': {
    value: 'DIR',
    fallback: undefined,
    help: 'folder to make; must not exist, or be empty; unset: NAME.etcd',
    parse: nonEmpty,
  },
  name: {
    value: 'NAME',
    fallback: 'default',
    help: "this member's name in --initial-cluster",
    parse: nonEmpty,
  },
  'initial-cluster': {
    value: 'NAME=URL[,NAME=URL]',
    fallback: 'default=http://localhost:2380',
    help: 'members of the new cluster and their peer URLs',
    parse: initialCluster,
  },
  'initial-cluster-token': {
    value: 'TEXT',
    fallback: 'etcd-cluster',
    help: 'goes into the ids: tells clusters with the same URLs apart',
    parse: nonEmpty,
  },
  'initial-advertise-peer-urls': {
    value: 'URL[,URL]',
    fallback: 'http://localhost:2380',
    help: "this member's peer URLs, as --initial-cluster has them",
    parse: someUrls,
  },
  'skip-hash-check': {
    value: '',
    fallback: 'false',
    help: 'take a file without SHA-256: the db file of a data folder',
    parse: boolean,
  },
  'bump-revision': {
    value: 'COUNT',
    fallback: '0',
    help: 'go on so many revisions later, so that no client has seen a newer one; with --mark-compacted',
    parse: integerIn(0, 1e12),
  },
  'mark-compacted': {
    value: '',
    fallback: 'false',
    help: 'compact up to the bumped revision, so that watches begin anew; with --bump-revision',
    parse: boolean,
  },
};

export type SaveFlags = FlagValues<typeof saveFlags>;
export type RestoreFlags = FlagValues<typeof restoreFlags>;

export const parseSaveArguments = (
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Parsed<typeof saveFlags> => parseArguments(saveFlags, argv, env, {}, 'ETCDCTL_');

export const parseStatusArguments = (argv: readonly string[]): Parsed<typeof statusFlags> =>
  parseArguments(statusFlags, argv, {}, { w: 'write-out' });

export const parseRestoreArguments = (argv: readonly string[]): Parsed<typeof restoreFlags> =>
  parseArguments(restoreFlags, argv);

export const describeSnapshotFlags = (): string =>
  [
    'snapshot save FILE',
    describeFlags(saveFlags),
    'snapshot status FILE',
    describeFlags(statusFlags),
    'snapshot restore FILE',
    describeFlags(restoreFlags),
  ].join('\n');

export const snapshotFlagNames: readonly string[] = [saveFlags, statusFlags, restoreFlags].flatMap(
  (table) => Object.keys(table),
);
