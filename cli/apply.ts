// frontdesk apply: server-side apply of manifests. One that fails does not keep the others from being tried.
import { ApiClient } from './api-client.js';
import { parseClientArguments, type ClientArguments } from './client-flags.js';
import { describeFailure } from './failure.js';
import { readManifests, type Manifest } from './manifests.js';
import { pathOf, ResourceNames, shownName } from './resource-names.js';
import { UsageError } from '../apiserver/config.js';

export async function apply(argv: readonly string[]): Promise<number> {
  const { flags, words } = parseClientArguments(argv);
  if (words.length > 0) throw new UsageError(`unexpected argument: ${JSON.stringify(words[0])}`);
  const manifests = await readManifests(flags.filename);
  const client = await ApiClient.open(flags.kubeconfig);
  const names = new ResourceNames(client);
  let failures = 0;
  for (const manifest of manifests) {
    try {
      process.stdout.write(`${await applyOne(client, names, manifest, flags)}\n`);
    } catch (error) {
      failures++;
      process.stderr.write(`frontdesk: ${describeFailure(error).line}\n`);
    }
  }
  client.close();
  return failures === 0 ? 0 : 1;
}

async function applyOne(
  client: ApiClient,
  names: ResourceNames,
  manifest: Manifest,
  flags: ClientArguments['flags'],
): Promise<string> {
  const { name, namespace } = manifest.metadata;
  if (name === undefined) throw new UsageError(`${manifest.kind}: apply needs metadata.name`);
  const resource = await names.ofKind(manifest.apiVersion, manifest.kind);
  const place = namespace ?? flags.namespace ?? client.namespace;
  const query = new URLSearchParams({
    fieldManager: flags['field-manager'] ?? 'frontdesk',
    force: String(flags['force-conflicts'] ?? false),
  });
  const { code, warnings } = await client.send({
    method: 'PATCH',
    path: `${pathOf(resource, place, name)}?${query.toString()}`,
    contentType: 'application/apply-patch+yaml',
    body: JSON.stringify(manifest),
  });
  for (const warning of warnings) process.stderr.write(`Warning: ${warning}\n`);
  return `${shownName(resource, name)} ${code === 201 ? 'created' : 'applied'}`;
}
