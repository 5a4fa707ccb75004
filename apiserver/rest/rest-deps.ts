// What the verbs work with, and one write as they see it. Built once by the composition root; nothing in rest/
// keeps state of its own.
import type { AdmissionChain } from '../admission/chain.js';
import type { Authorizer } from '../auth/authorizer.js';
import type { UserInfo } from '../auth/user-info.js';
import { formatTime } from '../object/time.js';
import type { Catalog } from '../resources/catalog.js';
import type { Resource, StrategyContext } from '../resources/resource.js';
import type { TypeRegistry } from '../schema/openapi.js';
import type { Validator } from '../schema/validator.js';
import type { KeyLayout } from '../storage/keys.js';
import type { ObjectPlace, ObjectStore } from '../storage/object-store.js';
import { guarded } from '../storage/store-failure.js';
import type { WatchCache, WatchCaches } from '../storage/cache/watch-cache.js';
import { prefixEnd, type Clock, type KeyValueStore } from '../../store/index.js';
import type { WriteParameters } from './query-options.js';
import type { RestCall } from './rest-call.js';

export interface RestDeps {
  readonly store: KeyValueStore;
  readonly objects: ObjectStore;
  readonly caches: WatchCaches;
  readonly layout: KeyLayout;
  readonly catalog: Catalog;
  readonly types: TypeRegistry;
  readonly validator: Validator;
  readonly admission: AdmissionChain;
  /** For access reviews. */
  readonly authorizer: Authorizer;
  /** For token reviews; undefined result: not a valid token. */
  readonly userOfToken: (token: string) => Promise<UserInfo | undefined>;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** A fresh UUID. */
  readonly newUid: () => string;
}

/** One write, as the steps of create, update and patch pass it on. */
export interface WriteCall {
  readonly rest: RestDeps;
  readonly call: RestCall;
  readonly resource: Resource;
  readonly parameters: WriteParameters;
  /** The field manager: as given, else from the user agent. */
  readonly manager: string;
  readonly now: string;
  readonly context: StrategyContext;
}

const managerMax = 128;

export function writeCall(
  rest: RestDeps,
  call: RestCall,
  parameters: WriteParameters,
  resource: Resource = call.resource,
): WriteCall {
  const now = formatTime(rest.clock.now());
  const manager =
    parameters.fieldManager === '' ? call.userAgent.slice(0, managerMax) : parameters.fieldManager;
  const context: StrategyContext = {
    now,
    random: rest.random,
    user: call.user.name,
    requester: call.user,
    claimed: (keyPrefix) => claimedBelow(rest.store, rest.layout.root + keyPrefix),
  };
  return { rest, call, resource, parameters, manager, now, context };
}

export const cacheOf = (rest: RestDeps, resource: Resource): WatchCache =>
  rest.caches.for(resource);

/** `namespace/name` or `name`: how the cache knows the object. */
export const pathOf = (resource: Resource, namespace: string | undefined, name: string): string =>
  resource.scope === 'Namespaced' ? `${namespace ?? ''}/${name}` : name;

export function placeOf(
  rest: RestDeps,
  resource: Resource,
  namespace: string | undefined,
  name: string,
): ObjectPlace {
  const { claims } = resource.strategy;
  const { root } = rest.layout;
  return {
    key: rest.layout.key(resource, namespace, name),
    codec: cacheOf(rest, resource).kind.codec,
    group: resource.group,
    plural: resource.plural,
    kind: resource.kind,
    name,
    claims:
      claims && ((object) => claims(object).map((claim) => ({ ...claim, key: root + claim.key }))),
  };
}

async function claimedBelow(store: KeyValueStore, prefix: string): Promise<ReadonlySet<string>> {
  const key = new TextEncoder().encode(prefix);
  const { kvs } = await guarded(store.range({ key, end: prefixEnd(key), keysOnly: true }));
  const decoder = new TextDecoder();
  return new Set(kvs.map((kv) => decoder.decode(kv.key).slice(prefix.length)));
}
