// Finds the served resource that a word or an object's kind means, from discovery.
import type { ApiClient } from './api-client.js';
import { UsageError } from '../apiserver/config.js';

export interface ServedResource {
  readonly groupVersion: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly shortNames: readonly string[];
  readonly namespaced: boolean;
}

interface ResourceList {
  readonly groupVersion: string;
  readonly resources: readonly {
    readonly name: string;
    readonly singularName: string;
    readonly kind: string;
    readonly namespaced: boolean;
    readonly shortNames?: readonly string[];
  }[];
}

interface GroupList {
  readonly groups: readonly { readonly preferredVersion: { readonly groupVersion: string } }[];
}

export class ResourceNames {
  readonly #client: ApiClient;
  readonly #lists = new Map<string, Promise<readonly ServedResource[]>>();

  constructor(client: ApiClient) {
    this.#client = client;
  }

  /** `pods`, `po`, `Pod`, `deployments.apps`. Core first, then the groups in the server's order. */
  async ofWord(word: string): Promise<ServedResource> {
    const [name = '', ...groupParts] = word.toLowerCase().split('.');
    const group = groupParts.join('.');
    for (const groupVersion of await this.#preferredVersions()) {
      if (group !== '' && groupVersion.split('/')[0] !== group) continue;
      const found = (await this.#list(groupVersion)).find((resource) => isNamed(resource, name));
      if (found !== undefined) return found;
    }
    throw new UsageError(`the server has no resource type ${JSON.stringify(word)}`);
  }

  async ofKind(apiVersion: string, kind: string): Promise<ServedResource> {
    const found = (await this.#list(apiVersion)).find((resource) => resource.kind === kind);
    if (found === undefined) throw new UsageError(`no kind ${kind} in version ${apiVersion}`);
    return found;
  }

  async #preferredVersions(): Promise<string[]> {
    // as: our own discovery document
    const { groups } = (await this.#client.json({ path: '/apis' })) as GroupList;
    return ['v1', ...groups.map((group) => group.preferredVersion.groupVersion)];
  }

  #list(groupVersion: string): Promise<readonly ServedResource[]> {
    let list = this.#lists.get(groupVersion);
    if (list === undefined) {
      list = this.#load(groupVersion);
      this.#lists.set(groupVersion, list);
    }
    return list;
  }

  async #load(groupVersion: string): Promise<readonly ServedResource[]> {
    // as: our own discovery document
    const document = (await this.#client.json({ path: rootOf(groupVersion) })) as ResourceList;
    return document.resources
      .filter(({ name }) => !name.includes('/'))
      .map(({ name, singularName, kind, namespaced, shortNames = [] }) => ({
        groupVersion,
        plural: name,
        singular: singularName,
        kind,
        shortNames,
        namespaced,
      }));
  }
}

const isNamed = (resource: ServedResource, name: string): boolean =>
  resource.plural === name ||
  resource.singular === name ||
  resource.kind.toLowerCase() === name ||
  resource.shortNames.includes(name);

const rootOf = (groupVersion: string): string =>
  groupVersion.includes('/') ? `/apis/${groupVersion}` : `/api/${groupVersion}`;

/** The URL path of a collection or an object. `namespace` undefined: all of them. */
export function pathOf(
  resource: ServedResource,
  namespace: string | undefined,
  name?: string,
): string {
  const inNamespace =
    resource.namespaced && namespace !== undefined
      ? `/namespaces/${encodeURIComponent(namespace)}`
      : '';
  const tail = name === undefined ? '' : `/${encodeURIComponent(name)}`;
  return `${rootOf(resource.groupVersion)}${inNamespace}/${resource.plural}${tail}`;
}

/** `deployment.apps/web`, as kubectl names things. */
export function shownName(resource: ServedResource, name: string): string {
  const [group = ''] = resource.groupVersion.includes('/')
    ? resource.groupVersion.split('/')
    : [''];
  return `${resource.singular}${group === '' ? '' : `.${group}`}/${name}`;
}
