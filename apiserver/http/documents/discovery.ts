// Discovery: which groups, versions and resources there are. Each document is made once per generation of the
// catalog and sent as bytes. Field order and sorting are interface: clients and their tests compare text.
import { createHash } from 'node:crypto';
import { apiVersionOf, parseApiVersion, type JsonObject } from '../../object/kube-object.js';
import type { Catalog } from '../../resources/catalog.js';
import type { Resource, Subresource } from '../../resources/resource.js';
import { CachedDocument, type DocumentReply, type DocumentRequest } from './cached-document.js';
import { clausesOf } from '../answers/negotiate.js';

type AggregatedVersion = 'v2' | 'v2beta1';

const json = 'application/json';
const encoder = new TextEncoder();

/** Pages below /api and /apis that name no resource. */
export class Discovery {
  readonly #catalog: Catalog;
  readonly #serverAddress: string;
  #generation = -1;
  #documents = new Map<string, CachedDocument | undefined>();

  /** `serverAddress` is host:port, for clients that look for the server's own address in /api. */
  constructor(catalog: Catalog, serverAddress: string) {
    this.#catalog = catalog;
    this.#serverAddress = serverAddress;
  }

  /**
   * `path` is one of /api, /api/v1, /apis, /apis/G, /apis/G/V, with or without a slash at the end. Undefined:
   * no such page (404).
   */
  answer(path: string, request: DocumentRequest): DocumentReply | undefined {
    if (this.#generation !== this.#catalog.generation) {
      this.#documents = new Map();
      this.#generation = this.#catalog.generation;
    }
    const page = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
    const isRoot = page === '/api' || page === '/apis';
    const aggregated = isRoot ? aggregatedVersion(request.accept) : undefined;
    if (aggregated !== undefined)
      return this.#document(`${page} ${aggregated}`, () =>
        this.#aggregated(page, aggregated),
      )?.replyTagged(request);
    const document = this.#document(page, () => this.#plain(page));
    return document?.reply(request, isRoot ? { Vary: 'Accept' } : {});
  }

  #document(key: string, make: () => CachedDocument | undefined): CachedDocument | undefined {
    const known = this.#documents.get(key);
    if (known !== undefined) return known;
    const made = make();
    // Pages that do not exist are not remembered: their names are the client's choice, without end.
    if (made !== undefined) this.#documents.set(key, made);
    return made;
  }

  #plain(page: string): CachedDocument | undefined {
    const value = this.#plainValue(page.split('/').slice(1));
    return value && new CachedDocument(encode(value), json);
  }

  #plainValue([root, first, second, ...rest]: readonly string[]): JsonObject | undefined {
    if (rest.length > 0) return undefined;
    if (root === 'api') {
      if (first === undefined) return this.#legacyVersions();
      return second === undefined && first === 'v1' ? this.#resourceList('', 'v1') : undefined;
    }
    if (root !== 'apis' || first === '') return undefined;
    if (first === undefined) return this.#groupList();
    return second === undefined ? this.#group(first) : this.#resourceList(first, second);
  }

  #legacyVersions(): JsonObject {
    return {
      kind: 'APIVersions',
      versions: ['v1'],
      serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: this.#serverAddress }],
    };
  }

  #groupList(): JsonObject {
    const groups = this.#catalog.groups().filter(({ name }) => name !== '');
    return {
      kind: 'APIGroupList',
      apiVersion: 'v1',
      groups: groups.map(({ name, versions }) => groupOf(name, versions)),
    };
  }

  #group(wanted: string): JsonObject | undefined {
    const group = this.#catalog.groups().find(({ name }) => name === wanted);
    return group && { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(wanted, group.versions) };
  }

  #resourceList(group: string, version: string): JsonObject | undefined {
    const rows = this.#catalog.version(group, version);
    if (rows.length === 0) return undefined;
    const resources = rows.flatMap((row) => [
      resourceEntry(row),
      ...Object.values(row.subresources).map((subresource) => subresourceEntry(row, subresource)),
    ]);
    resources.sort((a, b) => (a.name < b.name ? -1 : 1));
    return {
      kind: 'APIResourceList',
      // The core group's page is older than this field, and stays without it.
      ...(group === '' ? {} : { apiVersion: 'v1' }),
      groupVersion: apiVersionOf(group, version),
      resources,
    };
  }

  #aggregated(page: string, version: AggregatedVersion): CachedDocument {
    const isCore = page === '/api';
    const items = this.#catalog
      .groups()
      .filter(({ name }) => (name === '') === isCore)
      .map(({ name, versions }) => ({
        metadata: name === '' ? {} : { name },
        versions: versions.map((it) => ({
          version: it,
          resources: this.#catalog.version(name, it).map(aggregatedEntry),
          freshness: 'Current',
        })),
      }));
    return new CachedDocument(
      encode({
        kind: 'APIGroupDiscoveryList',
        apiVersion: `apidiscovery.k8s.io/${version}`,
        metadata: {},
        items,
      }),
      // Clients tell by these parameters which document they got.
      `${json};g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
    );
  }
}

const encode = (value: JsonObject): Uint8Array => encoder.encode(`${JSON.stringify(value)}\n`);

/** The aggregated form a client likes best, unless it likes plain JSON better. */
function aggregatedVersion(accept: string | undefined): AggregatedVersion | undefined {
  if (accept?.includes('apidiscovery.k8s.io') !== true) return undefined;
  for (const { type, subtype, parameters } of clausesOf(accept)) {
    const isJson =
      (type === 'application' && (subtype === 'json' || subtype === '*')) || type === '*';
    if (!isJson) continue;
    const { g, v, as } = parameters;
    if (g === undefined && v === undefined && as === undefined) return undefined;
    const isKnown = g === 'apidiscovery.k8s.io' && as === 'APIGroupDiscoveryList';
    if (isKnown && (v === 'v2' || v === 'v2beta1')) return v;
  }
  return undefined;
}

function groupOf(name: string, versions: readonly string[]): JsonObject {
  const all = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: all, preferredVersion: all[0] };
}

function resourceEntry(row: Resource): JsonObject & { name: string } {
  return {
    name: row.plural,
    singularName: row.singular,
    namespaced: row.scope === 'Namespaced',
    kind: row.kind,
    verbs: [...row.verbs].sort(),
    ...(row.shortNames.length === 0 ? {} : { shortNames: [...row.shortNames] }),
    ...(row.categories.length === 0 ? {} : { categories: [...row.categories] }),
    ...(row.virtual ? {} : { storageVersionHash: storageVersionHash(row) }),
  };
}

function subresourceEntry(
  row: Resource,
  { name, kind, verbs }: Subresource,
): JsonObject & { name: string } {
  const isOwnGroup = kind.group === row.group && kind.version === row.version;
  return {
    name: `${row.plural}/${name}`,
    singularName: '',
    namespaced: row.scope === 'Namespaced',
    ...(isOwnGroup ? {} : { group: kind.group, version: kind.version }),
    kind: kind.kind,
    verbs: subresourceVerbs(name, verbs),
  };
}

function aggregatedEntry(row: Resource): JsonObject {
  const subresources = Object.values(row.subresources)
    .map(({ name, kind, verbs }) => ({
      subresource: name,
      responseKind: { ...kind },
      verbs: subresourceVerbs(name, verbs),
    }))
    .sort((a, b) => (a.subresource < b.subresource ? -1 : 1));
  return {
    resource: row.plural,
    responseKind: { group: row.group, version: row.version, kind: row.kind },
    scope: row.scope,
    singularResource: row.singular,
    verbs: [...row.verbs].sort(),
    ...(row.shortNames.length === 0 ? {} : { shortNames: [...row.shortNames] }),
    ...(row.categories.length === 0 ? {} : { categories: [...row.categories] }),
    ...(subresources.length === 0 ? {} : { subresources }),
  };
}

/** A connection is opened with GET or POST; a proxy passes every method on. */
const connectVerbs: Readonly<Record<string, readonly string[]>> = {
  proxy: ['create', 'delete', 'get', 'patch', 'update'],
};

const subresourceVerbs = (name: string, verbs: Subresource['verbs']): string[] =>
  verbs[0] === 'connect' ? [...(connectVerbs[name] ?? ['create', 'get'])] : [...verbs].sort();

/** Changes when the stored form does: first 8 bytes of SHA-256 of `group/version/kind`, base64. */
function storageVersionHash({ storage }: Resource): string {
  const { group, version } = parseApiVersion(storage.apiVersion);
  const digest = createHash('sha256').update(`${group}/${version}/${storage.kind}`).digest();
  return digest.subarray(0, 8).toString('base64');
}
