// AdmissionChain: what may still change a write (mutate) and what may refuse it (validate), in a fixed order.
// Mutation runs before the kind's own preparation and validation, validation after; both see dry runs too.
import type { KubeObject } from '../object/kube-object.js';
import type { Resource } from '../resources/resource.js';
import type { UserInfo } from '../auth/user-info.js';

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

export interface AdmissionRequest {
  readonly operation: Operation;
  readonly resource: Resource;
  readonly subresource: string | undefined;
  /** Undefined for cluster-scoped resources. */
  readonly namespace: string | undefined;
  /** '' when the server has not named the object yet. */
  readonly name: string;
  /** Mutating plugins may change it. Undefined for DELETE. */
  readonly object: KubeObject | undefined;
  readonly oldObject: KubeObject | undefined;
  readonly user: UserInfo;
  readonly isDryRun: boolean;
}

/** Both throw ApiError to refuse. */
export interface AdmissionPlugin {
  /** As in --enable-admission-plugins, e.g. `NamespaceLifecycle`. */
  readonly name: string;
  readonly mutate?: (request: AdmissionRequest) => Promise<void> | void;
  readonly validate?: (request: AdmissionRequest) => Promise<void> | void;
}

export class AdmissionChain {
  private readonly plugins: readonly AdmissionPlugin[];

  constructor(plugins: readonly AdmissionPlugin[]) {
    this.plugins = plugins;
  }

  async mutate(request: AdmissionRequest): Promise<void> {
    for (const plugin of this.plugins) {
      const running = plugin.mutate?.(request);
      if (running !== undefined) await running; // most plugins answer at once: no turn lost
    }
  }

  async validate(request: AdmissionRequest): Promise<void> {
    for (const plugin of this.plugins) {
      const running = plugin.validate?.(request);
      if (running !== undefined) await running;
    }
  }
}
