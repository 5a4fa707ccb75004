// Seeding: objects that must exist are created if they do not, many in one transaction. They are written in
// their final form (defaults and status included), so that a start touches no schema.
import { parseApiVersion, type KubeObject } from '../object/kube-object.js';
import { stringifyJson } from '../object/json.js';
import { formatTime } from '../object/time.js';
import { cacheOf, placeOf, type RestDeps } from '../rest/rest-deps.js';
import { guarded } from '../storage/store-failure.js';
import { encodeKey } from '../storage/store-keys.js';
import type { Compare, Op } from '../../store/index.js';

/** Objects a transaction; etcd's default limit is 128 operations. */
const chunkMax = 120;

export async function seed(rest: RestDeps, objects: readonly KubeObject[]): Promise<void> {
  const now = formatTime(rest.clock.now());
  const ops = objects.flatMap((object) => createOp(rest, object, now) ?? []);
  for (let from = 0; from < ops.length; from += chunkMax) {
    const success = ops.slice(from, from + chunkMax);
    await guarded(rest.store.txn({ compare: [], success, failure: [] }));
  }
}

/** A nested transaction: put if absent, with the object's claims. Undefined: the kind is not served. */
function createOp(rest: RestDeps, object: KubeObject, now: string): Op | undefined {
  const { group, version } = parseApiVersion(object.apiVersion);
  const resource = rest.catalog.findKind(group, version, object.kind);
  if (resource === undefined) return undefined;
  const { name = '', namespace, ...metadata } = object.metadata;
  const place = placeOf(rest, resource, namespace, name);
  const whole: KubeObject = {
    ...object,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      uid: rest.newUid(),
      ...(resource.hasGeneration ? { generation: 1 } : {}),
      creationTimestamp: now,
      ...metadata,
    },
  };
  const key = encodeKey(place.key);
  const value = cacheOf(rest, resource).kind.codec.encode(whole);
  const compare: Compare[] = [{ key, target: 'create', result: 'equal', number: 0 }];
  const success: Op[] = [{ type: 'put', key, value }];
  for (const claim of place.claims?.(whole) ?? []) {
    const claimKey = encodeKey(claim.key);
    compare.push({ key: claimKey, target: 'create', result: 'equal', number: 0 });
    const claimed = new TextEncoder().encode(stringifyJson(claim.value));
    success.push({ type: 'put', key: claimKey, value: claimed });
  }
  return { type: 'txn', txn: { compare, success, failure: [] } };
}
