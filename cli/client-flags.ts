// Flags of the commands that talk to a server; names and letters are kubectl's.
import { describeFlags, parseArguments, type Parsed } from '../apiserver/config/flag-table.js';
import { boolean, integerIn, nonEmpty, oneOf } from '../apiserver/config/flag-values.js';

const clientFlags = {
  kubeconfig: {
    value: 'FILE',
    fallback: undefined,
    help: 'server and credentials; unset: $KUBECONFIG, ./frontdesk-data/kubeconfig, ~/.kube/config',
    parse: nonEmpty,
  },
  namespace: { value: 'NAME', fallback: undefined, help: '-n; namespace', parse: nonEmpty },
  'all-namespaces': {
    value: '',
    fallback: 'false',
    help: '-A; objects of every namespace',
    parse: boolean,
  },
  selector: { value: 'LABELS', fallback: undefined, help: '-l; label selector', parse: nonEmpty },
  output: {
    value: 'FORM',
    fallback: 'table',
    help: '-o; table, wide, yaml, json or name',
    parse: oneOf('table', 'wide', 'yaml', 'json', 'name'),
  },
  filename: {
    value: 'FILE|DIR|-',
    fallback: undefined,
    help: '-f; manifests: a file, a folder of them, or - for standard input',
    parse: nonEmpty,
  },
  'force-conflicts': {
    value: '',
    fallback: 'false',
    help: 'apply: take over fields that somebody else manages',
    parse: boolean,
  },
  'field-manager': {
    value: 'NAME',
    fallback: 'frontdesk',
    help: 'apply: who manages the fields',
    parse: nonEmpty,
  },
  watch: { value: '', fallback: 'false', help: 'inspect: follow changes', parse: boolean },
  history: {
    value: 'KEY',
    fallback: undefined,
    help: "inspect: a key's revisions that are not compacted",
    parse: nonEmpty,
  },
  limit: {
    value: 'COUNT',
    fallback: '1000',
    help: 'inspect: at most so many keys',
    parse: integerIn(1, 10_000),
  },
};

const letters = {
  n: 'namespace',
  A: 'all-namespaces',
  l: 'selector',
  o: 'output',
  f: 'filename',
  w: 'watch',
};

export type ClientArguments = Parsed<typeof clientFlags>;

export const parseClientArguments = (argv: readonly string[]): ClientArguments =>
  parseArguments(clientFlags, argv, {}, letters);

export const describeClientFlags = (): string => describeFlags(clientFlags);
