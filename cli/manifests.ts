// Manifests from a file, a folder or standard input: YAML or JSON, many documents a file, Lists opened up.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { UsageError } from '../apiserver/config.js';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name?: string; readonly namespace?: string };
}

export async function readManifests(source: string | undefined): Promise<Manifest[]> {
  if (source === undefined) throw new UsageError('name the manifests with -f FILE, DIR or -');
  const { loadAll } = await import('js-yaml');
  const manifests: Manifest[] = [];
  for (const { from, content } of await contents(source)) {
    manifests.push(...loadAll(content).flatMap((document) => opened(document, from)));
  }
  if (manifests.length === 0) throw new UsageError(`no objects in ${source}`);
  return manifests;
}

async function contents(source: string): Promise<{ from: string; content: string }[]> {
  if (source === '-') return [{ from: 'standard input', content: await text(process.stdin) }];
  const paths = (await stat(source)).isDirectory()
    ? (await readdir(source))
        .filter((name) => /\.(?:ya?ml|json)$/.test(name))
        .sort()
        .map((name) => join(source, name))
    : [source];
  return Promise.all(paths.map(async (from) => ({ from, content: await readFile(from, 'utf8') })));
}

function opened(document: unknown, from: string): Manifest[] {
  if (document === null || document === undefined) return [];
  if (typeof document !== 'object') throw new UsageError(`${from}: expected objects`);
  if ('items' in document && Array.isArray(document.items)) {
    return document.items.flatMap((item: unknown) => opened(item, from));
  }
  if (!isManifest(document)) {
    throw new UsageError(`${from}: every object needs apiVersion, kind and metadata`);
  }
  return [document];
}

const isManifest = (value: object): value is Manifest =>
  'apiVersion' in value &&
  typeof value.apiVersion === 'string' &&
  'kind' in value &&
  typeof value.kind === 'string' &&
  'metadata' in value &&
  typeof value.metadata === 'object' &&
  value.metadata !== null;
