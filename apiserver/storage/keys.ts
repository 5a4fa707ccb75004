// Keys: where an object lies in the store. Two layouts: frontdesk's own (`/registry/<plural>/<namespace>/<name>`)
// and a real cluster's, which departs from it for a few kinds. The row carries both paths.
import { ApiError } from '../object/api-error.js';

export type StorageLayout = 'frontdesk' | 'kubernetes';

/** The part of a Resource row that decides where its objects lie and how they are written. */
export interface StoredKind {
  readonly path: string;
  readonly kubernetesPath: string;
  readonly apiVersion: string;
  readonly kind: string;
}

/** The part of a Resource row that keys need. */
export interface KeyedResource {
  readonly scope: 'Namespaced' | 'Cluster';
  readonly storage: Pick<StoredKind, 'path' | 'kubernetesPath'>;
}

export class KeyLayout {
  readonly layout: StorageLayout;
  /** Without a trailing slash, e.g. `/registry`. */
  readonly root: string;

  constructor(layout: StorageLayout = 'frontdesk', root = '/registry') {
    this.layout = layout;
    this.root = root;
  }

  /** The path below the root, e.g. `pods` or `services/specs`. */
  path(resource: KeyedResource): string {
    return this.layout === 'kubernetes' ? resource.storage.kubernetesPath : resource.storage.path;
  }

  /** Always ends in a slash, so that `pods/` is no prefix of `podtemplates/`. */
  prefix(resource: KeyedResource, namespace?: string): string {
    const base = `${this.root}/${this.path(resource)}/`;
    return namespace === undefined ? base : `${base}${checkSegment(namespace, 'Namespace')}/`;
  }

  key(resource: KeyedResource, namespace: string | undefined, name: string): string {
    const prefix = this.prefix(resource, resource.scope === 'Namespaced' ? namespace : undefined);
    return prefix + checkSegment(name, 'Name');
  }
}

/** A name from a URL may be anything; a slash in it would reach into another namespace's keys. */
function checkSegment(segment: string, what: string): string {
  const problem = segmentProblem(segment);
  if (problem === undefined) return segment;
  throw new ApiError(
    400,
    'BadRequest',
    `${what} parameter invalid: ${JSON.stringify(segment)}: ${problem}`,
  );
}

function segmentProblem(segment: string): string | undefined {
  if (segment === '.') return "may not be '.'";
  if (segment === '..') return "may not be '..'";
  if (segment.includes('/')) return "may not contain '/'";
  if (segment.includes('%')) return "may not contain '%'";
  return undefined;
}
