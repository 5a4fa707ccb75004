// frontdesk delete: by name, or what manifests name.
import { ApiClient, ServerError } from './api-client.js';
import { parseClientArguments } from './client-flags.js';
import { describeFailure } from './failure.js';
import { readManifests } from './manifests.js';
import { pathOf, ResourceNames, shownName, type ServedResource } from './resource-names.js';
import { UsageError } from '../apiserver/config.js';

interface Target {
  readonly resource: ServedResource;
  readonly name: string;
  readonly namespace: string;
}

export async function deleteObjects(argv: readonly string[]): Promise<number> {
  const { flags, words } = parseClientArguments(argv);
  const client = await ApiClient.open(flags.kubeconfig);
  const namespace = flags.namespace ?? client.namespace;
  const targets =
    flags.filename === undefined
      ? await namedTargets(new ResourceNames(client), words, namespace)
      : await manifestTargets(new ResourceNames(client), flags.filename, namespace);
  let failures = 0;
  for (const { resource, name, namespace: place } of targets) {
    try {
      await client.send({ method: 'DELETE', path: pathOf(resource, place, name) });
      process.stdout.write(`${shownName(resource, name)} deleted\n`);
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      failures++;
      process.stderr.write(`frontdesk: ${describeFailure(error).line}\n`);
    }
  }
  client.close();
  return failures === 0 ? 0 : 1;
}

/** `RESOURCE NAME...` or `RESOURCE/NAME ...` */
async function namedTargets(
  names: ResourceNames,
  words: readonly string[],
  namespace: string,
): Promise<Target[]> {
  const [first = '', ...rest] = words;
  const pairs = first.includes('/')
    ? words.map((word) => word.split('/'))
    : rest.map((name) => [first, name]);
  if (pairs.length === 0) throw new UsageError('say what to delete: RESOURCE NAME, or -f FILE');
  return Promise.all(
    pairs.map(async ([word = '', name = '']) => ({
      resource: await names.ofWord(word),
      name,
      namespace,
    })),
  );
}

/** In reverse: what was made last goes first. */
async function manifestTargets(
  names: ResourceNames,
  source: string,
  namespace: string,
): Promise<Target[]> {
  const manifests = await readManifests(source);
  const targets = await Promise.all(
    manifests.map(async ({ apiVersion, kind, metadata }) => ({
      resource: await names.ofKind(apiVersion, kind),
      name: metadata.name ?? '',
      namespace: metadata.namespace ?? namespace,
    })),
  );
  return targets.reverse();
}
