// Resource: a served kind as a row. Everything the server does for a kind it reads from here; a CRD
// becomes the same row at run time. What data cannot say is a Strategy.
import type { FieldError } from '../object/field-error.js';
import type { GroupVersionKind, Json, JsonObject, KubeObject } from '../object/kube-object.js';

export type Verb =
  'create' | 'delete' | 'deletecollection' | 'get' | 'list' | 'patch' | 'update' | 'watch';

/** Name of a definition in schemas/kubernetes-types.json, or of a CRD's version. */
export type SchemaName = string;

export interface Subresource {
  /** `status`, `scale`, `binding`, `eviction`, `log`, ... */
  readonly name: string;
  /** What is sent and returned; for `status` the parent's kind. */
  readonly kind: GroupVersionKind;
  readonly verbs: readonly Verb[] | readonly ['connect'];
  readonly schema: SchemaName | undefined;
}

/** One column of a kubectl table. */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly format: string;
  readonly description: string;
  /** > 0: only with -o wide. */
  readonly priority: number;
  /** The cell's value; `now` (ms) is for ages. Undefined prints as <none>, null as nothing. */
  readonly cell: (
    object: JsonObject,
    nowMs: number,
  ) => string | number | boolean | null | undefined;
}

/** How the store's key is made. Keys end in `<namespace>/<name>` or `<name>`. */
export interface StorageRow {
  /** Path below /registry in the default layout, e.g. `services`, `ingresses`; the plural. */
  readonly path: string;
  /** Path below /registry in a real cluster, e.g. `services/specs`, `minions`. */
  readonly kubernetesPath: string;
  /** Group version written to the store. */
  readonly apiVersion: string;
  readonly kind: string;
  /** Only when this row serves another version than the stored one. */
  readonly conversion?: {
    readonly fromStored: (object: KubeObject) => KubeObject;
    readonly toStored: (object: KubeObject) => KubeObject;
  };
}

/** Simple paths with a leading dot, as `.spec.replicas`. */
export interface ScalePaths {
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  /** Of a selector's text. */
  readonly labelSelectorPath: string | undefined;
}

export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly listKind: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly scope: 'Namespaced' | 'Cluster';
  readonly verbs: readonly Verb[];
  readonly schema: SchemaName;
  readonly storage: StorageRow;
  readonly subresources: Readonly<Record<string, Subresource>>;
  readonly columns: readonly Column[];
  /** Conditions of an object's table row (a finished pod's row is Completed); undefined: none. */
  readonly rowConditions?: (object: JsonObject) => readonly Json[] | undefined;
  /** Paths such as `spec.nodeName`, beside metadata.name and metadata.namespace, with their value when absent. */
  readonly selectableFields: Readonly<Record<string, (object: JsonObject) => string>>;
  readonly strategy: Strategy;
  /** False: spec changes do not count (ConfigMap, Secret, Event have no generation). */
  readonly hasGeneration: boolean;
  /** Sent as a Warning with the answer to every request for this version. */
  readonly deprecationWarning?: string;
  /** Defined by a CustomResourceDefinition. */
  readonly isCustom?: boolean;
  /** Why no request for this version can be answered (its objects cannot be converted); undefined: they can. */
  readonly refusal?: string;
  /** Where /scale finds what it shows; undefined: spec.replicas, status.replicas and spec.selector. */
  readonly scale?: ScalePaths;
  /** Custom resources and a few built-ins: `POST` may name an object that exists only by review (SubjectAccessReview). */
  readonly virtual: boolean;
}

/** A key that belongs to an object and to nobody else (a cluster IP, a node port): written and deleted in its txn. */
export interface Claim {
  /** Store key below the registry's root, with a slash in front. */
  readonly key: string;
  readonly value: JsonObject;
  /** What to say when somebody else has it and the caller named it. */
  readonly taken: FieldError;
}

export interface StrategyContext {
  /** RFC 3339, seconds. */
  readonly now: string;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly user: string;
  /** All that is known of the user, for kinds that record it. */
  readonly requester?: {
    readonly name: string;
    readonly uid: string;
    readonly groups: readonly string[];
    readonly extra: Readonly<Record<string, readonly string[]>>;
  };
  /** Names of the claims (last key segment) below such a prefix of keys that are taken now. */
  readonly claimed: (keyPrefix: string) => Promise<ReadonlySet<string>>;
}

/** What a kind adds to the generic flow. Functions may change the object they are given: it is the request's own. */
export interface Strategy {
  /** Defaults that depend on other fields; runs after the schema's. Must be idempotent. */
  readonly applyDefaults?: (object: KubeObject) => void;
  /** Clears what a creator may not set (status, ...), sets what only the server may. */
  readonly prepareForCreate?: (object: KubeObject, context: StrategyContext) => void;
  /** Carries over what an updater may not change silently. `old` must not be changed. */
  readonly prepareForUpdate?: (
    object: KubeObject,
    old: KubeObject,
    context: StrategyContext,
  ) => void;
  /** Runs once, when deletion is asked for; it may add finalizers. */
  readonly prepareForDelete?: (object: KubeObject, now: string) => void;
  /** Picks addresses and ports; reruns after a lost claim. */
  readonly allocate?: (
    object: KubeObject,
    old: KubeObject | undefined,
    context: StrategyContext,
  ) => Promise<FieldError[]>;
  readonly claims?: (object: KubeObject) => readonly Claim[];
  /** What always holds; runs on creation and on every update of the object. */
  readonly validate?: (object: KubeObject) => FieldError[];
  /** What holds beyond that on creation only. */
  readonly validateCreate?: (object: KubeObject) => FieldError[];
  /** What holds beyond `validate` against the object as it was. */
  readonly validateUpdate?: (object: KubeObject, old: KubeObject) => FieldError[];
  /** For writes to /status: what the server fills in or puts back. */
  readonly prepareForStatusUpdate?: (
    object: KubeObject,
    old: KubeObject,
    context: StrategyContext,
  ) => void;
  /** For writes to /status: `spec` and metadata are already the old ones. */
  readonly validateStatusUpdate?: (object: KubeObject, old: KubeObject) => FieldError[];
  /** Warning headers for what is legal but unwise. */
  readonly warnings?: (object: KubeObject, old: KubeObject | undefined) => string[];
  /** 'dns-subdomain' unless said otherwise; checks metadata.name (and generateName as prefix). */
  readonly name?: 'dns-subdomain' | 'dns-label' | 'dns1035-label' | 'path-segment';
  /** Seconds a delete waits for somebody else to confirm; undefined or 0: removed at once. */
  readonly graceSeconds?: (object: KubeObject, asked: number | undefined) => number | undefined;
  /** False: PUT to a missing name is 404 (almost all); true: it creates (Lease, Event, ...). */
  readonly allowCreateOnUpdate?: boolean;
  /** False: PUT must carry a resourceVersion. Default true (unconditional update allowed). */
  readonly allowUnconditionalUpdate?: boolean;
}
