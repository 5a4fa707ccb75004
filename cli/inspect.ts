// frontdesk inspect: what the store holds, key by key: the teaching view of `etcdctl get /registry --prefix`.
import { ApiClient } from './api-client.js';
import { parseClientArguments } from './client-flags.js';
import { UsageError } from '../apiserver/config.js';

interface ShownKey {
  readonly key: string;
  readonly createRevision?: number;
  readonly modRevision?: number;
  readonly version?: number;
  readonly value?: unknown;
  readonly bytes?: string;
}

const endpoint = '/inspect/v1/keys';

export async function inspect(argv: readonly string[]): Promise<number> {
  const { flags, words } = parseClientArguments(argv);
  if (words.length > 1) throw new UsageError('inspect takes one prefix');
  const client = await ApiClient.open(flags.kubeconfig);
  const [prefix = '/registry/'] = words;
  const query = new URLSearchParams({ prefix });
  if (flags.history !== undefined) await showHistory(client, flags.history);
  else if (flags.watch === true) await follow(client, query);
  else {
    query.set('limit', String(flags.limit ?? ''));
    const answer = await client.json({ path: `${endpoint}?${query.toString()}` });
    // as: our own endpoint's answer
    const { revision, count, keys } = answer as {
      revision: number;
      count: number;
      keys: readonly ShownKey[];
    };
    const left = count > keys.length ? `, ${keys.length} shown` : '';
    process.stdout.write(`# revision ${revision}, ${count} keys${left}\n`);
    for (const key of keys) process.stdout.write(describe(key));
  }
  client.close();
  return 0;
}

async function showHistory(client: ApiClient, key: string): Promise<void> {
  const query = new URLSearchParams({ history: key });
  const answer = await client.json({ path: `${endpoint}?${query.toString()}` });
  // as: our own endpoint's answer
  const { revision, compactRevision, events } = answer as {
    revision: number;
    compactRevision: number;
    events: readonly { type: string; revision: number; kv?: ShownKey }[];
  };
  process.stdout.write(`# ${key} at revision ${revision}; compacted up to ${compactRevision}\n`);
  for (const event of events) {
    process.stdout.write(
      event.kv === undefined
        ? `${event.type} at revision ${event.revision}\n`
        : `${event.type} at revision ${event.revision}\n${describe(event.kv)}`,
    );
  }
}

async function follow(client: ApiClient, query: URLSearchParams): Promise<void> {
  query.set('watch', '1');
  for await (const line of client.lines({ path: `${endpoint}?${query.toString()}` })) {
    // as: our own endpoint's lines
    const { type, revision, kv } = JSON.parse(line) as {
      type: string;
      revision: number;
      kv: ShownKey;
    };
    process.stdout.write(`${type} at revision ${revision}\n${describe(kv)}`);
  }
}

function describe({ key, createRevision, modRevision, version, value, bytes }: ShownKey): string {
  const revisions =
    version === undefined
      ? ''
      : `  create ${String(createRevision)}  mod ${String(modRevision)}  version ${version}`;
  const shown = value === undefined ? bytes : JSON.stringify(value);
  return `${key}${revisions}\n${shown === undefined ? '' : `  ${shown}\n`}`;
}
