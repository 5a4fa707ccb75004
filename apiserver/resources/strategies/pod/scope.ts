// PodScope: what the parts of a pod's spec must know of its other parts while they are checked.
import type { JsonObject } from '../../../object/kube-object.js';

export interface PodScope {
  /** A Pod itself, not a template: some rules only hold there. */
  readonly isPod: boolean;
  /** '' in a template. */
  readonly name: string;
  /** Well-formed volumes by name. */
  readonly volumes: ReadonlyMap<string, JsonObject>;
  /** Names in spec.resourceClaims. */
  readonly claims: ReadonlySet<string>;
  readonly graceSeconds: number | undefined;
  readonly restartPolicy: string;
  readonly hostUsers: boolean;
}

export interface NamedContainer {
  readonly container: JsonObject;
  /** `spec.containers[0]` */
  readonly path: string;
}
