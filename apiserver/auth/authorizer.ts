// Authorizer: may this user do this? One interface for the pipeline's authorize stage, impersonation and
// the access reviews; RBAC will be another implementation of it.
import type { UserInfo } from './user-info.js';

/** What is asked for: a resource request, or a path outside the API (`resource` undefined). */
export interface Attributes {
  readonly user: UserInfo;
  /** Kubernetes verb (get, list, create, impersonate, ...), or the lower-case method for a path. */
  readonly verb: string;
  readonly resource:
    | {
        readonly group: string;
        readonly version: string;
        readonly plural: string;
        readonly subresource: string;
        readonly namespace: string;
        readonly name: string;
      }
    | undefined;
  /** The URL's path, decoded. */
  readonly path: string;
}

export interface Decision {
  readonly allowed: boolean;
  /** Why, for audit and SubjectAccessReview.status.reason; may be ''. */
  readonly reason: string;
}

export interface Authorizer {
  authorize(attributes: Attributes): Decision | Promise<Decision>;
}

export const mastersGroup = 'system:masters';
export const authenticatedGroup = 'system:authenticated';
export const unauthenticatedGroup = 'system:unauthenticated';

/** Paths anybody may read: kubelets, load balancers and version probes come without credentials. */
const publicPaths = new Set(['/healthz', '/livez', '/readyz', '/version', '/version/']);
const publicPrefixes = ['/healthz/', '/livez/', '/readyz/'];

export const isPublicPath = (path: string): boolean =>
  publicPaths.has(path) || publicPrefixes.some((prefix) => path.startsWith(prefix));

const allowed: Decision = { allowed: true, reason: '' };
const denied: Decision = { allowed: false, reason: '' };

/** `--authorization-mode=AlwaysAllow`: everything for whoever is authenticated, public paths for the rest. */
export class AlwaysAllowAuthenticated implements Authorizer {
  authorize({ user, resource, path }: Attributes): Decision {
    if (!user.groups.includes(unauthenticatedGroup)) return allowed;
    return resource === undefined && isPublicPath(path) ? allowed : denied;
  }
}
