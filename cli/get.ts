// frontdesk get and watch: the server's own tables, or the objects as YAML, JSON or names.
import { ApiClient } from './api-client.js';
import { parseClientArguments, type ClientArguments } from './client-flags.js';
import { pathOf, ResourceNames, shownName, type ServedResource } from './resource-names.js';
import { printTable, type Table } from './table.js';
import { UsageError } from '../apiserver/config.js';

const tableForm = 'application/json;as=Table;v=v1;g=meta.k8s.io';

interface Wanted {
  readonly client: ApiClient;
  readonly resource: ServedResource;
  readonly name: string | undefined;
  readonly namespace: string | undefined;
  readonly flags: ClientArguments['flags'];
}

async function readWanted(argv: readonly string[]): Promise<Wanted> {
  const { flags, words } = parseClientArguments(argv);
  const [first = '', second, extra] = words;
  const [word = '', slashName] = first.split('/');
  if (word === '') throw new UsageError('say what to get: RESOURCE [NAME]');
  if (extra !== undefined) throw new UsageError(`unexpected argument: ${JSON.stringify(extra)}`);
  const client = await ApiClient.open(flags.kubeconfig);
  const resource = await new ResourceNames(client).ofWord(word);
  const namespace =
    flags['all-namespaces'] === true ? undefined : (flags.namespace ?? client.namespace);
  return { client, resource, name: slashName ?? second, namespace, flags };
}

export async function get(argv: readonly string[]): Promise<number> {
  const { client, resource, name, namespace, flags } = await readWanted(argv);
  const query = new URLSearchParams(
    flags.selector === undefined ? {} : { labelSelector: flags.selector },
  );
  const path = `${pathOf(resource, namespace, name)}?${query.toString()}`;
  const isTable = flags.output === 'table' || flags.output === 'wide';
  const accept = isTable ? tableForm : formOf(flags.output);
  const { body } = await client.send({ path, accept });
  client.close();
  process.stdout.write(shown(body, resource, namespace, flags.output));
  return 0;
}

export async function watch(argv: readonly string[]): Promise<number> {
  const { client, resource, name, namespace, flags } = await readWanted(argv);
  const query = new URLSearchParams({ watch: 'true' });
  if (flags.selector !== undefined) query.set('labelSelector', flags.selector);
  if (name !== undefined) query.set('fieldSelector', `metadata.name=${name}`);
  const isTable = flags.output === 'table' || flags.output === 'wide';
  const path = `${pathOf(resource, namespace)}?${query.toString()}`;
  const lines = client.lines({ path, ...(isTable ? { accept: tableForm } : {}) });
  let columns: Table['columnDefinitions'] | undefined;
  for await (const line of lines) {
    const { type, object } = JSON.parse(line) as { type: string; object: Table }; // as: a watch frame
    if (!isTable || type === 'ERROR') {
      process.stdout.write(`${line}\n`);
      continue;
    }
    const isFirst = columns === undefined;
    columns ??= object.columnDefinitions;
    const table = { ...object, columnDefinitions: columns };
    const text = printTable(table, {
      wide: flags.output === 'wide',
      namespaces: resource.namespaced && namespace === undefined,
      header: isFirst,
      event: type,
    });
    process.stdout.write(text);
  }
  return 0;
}

const formOf = (output: ClientArguments['flags']['output']): string =>
  output === 'yaml' ? 'application/yaml' : 'application/json';

interface Listed {
  readonly metadata?: { readonly name?: string };
  readonly items?: readonly Listed[];
}

function shown(
  body: string,
  resource: ServedResource,
  namespace: string | undefined,
  output: ClientArguments['flags']['output'],
): string {
  switch (output) {
    case 'yaml':
      return body;
    case 'json':
      return `${JSON.stringify(JSON.parse(body), undefined, 2)}\n`;
    case 'name': {
      const answer = JSON.parse(body) as Listed; // as: an object or a list of them
      const items = answer.items ?? [answer];
      return items.map(({ metadata }) => `${shownName(resource, metadata?.name ?? '')}\n`).join('');
    }
    default:
      return printTable(JSON.parse(body) as Table, {
        wide: output === 'wide',
        namespaces: resource.namespaced && namespace === undefined,
        header: true,
      });
  }
}
