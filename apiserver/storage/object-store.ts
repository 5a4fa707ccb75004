// ObjectStore: writes objects under optimistic concurrency. The caller gives a function of the current object;
// a lost race comes back with the newer one and the function runs again. Claims (an IP, a port) are keys of
// their own, taken and released in the object's own transaction, so that two objects never hold one.
import { alreadyExists, ApiError, tooManyRequests } from '../object/api-error.js';
import type { JsonObject, KubeObject } from '../object/kube-object.js';
import { invalidObject, type FieldError } from '../object/field-error.js';
import { stringifyJson } from '../object/json.js';
import type { Codec } from './codec.js';
import { guarded, toApiError } from './store-failure.js';
import { encodeKey } from './store-keys.js';
import {
  StoreError,
  type Compare,
  type KeyValue,
  type KeyValueStore,
  type Op,
  type TxnResult,
} from '../../store/index.js';

/** The part of resources' Claim that the store needs. */
export interface HeldClaim {
  readonly key: string;
  readonly value: JsonObject;
  readonly taken: FieldError;
}

export interface StoredObject {
  readonly object: KubeObject;
  readonly revision: number;
  /** Stored bytes. */
  readonly value: Uint8Array;
}

/** What an object is, as far as writing it goes. */
export interface ObjectPlace {
  readonly key: string;
  readonly codec: Codec;
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
  readonly name: string;
  readonly claims?: ((object: KubeObject) => readonly HeldClaim[]) | undefined;
}

export type Outcome =
  | { readonly type: 'put'; readonly object: KubeObject }
  /** `object`: what the reply shows as the last state. */
  | { readonly type: 'delete'; readonly object: KubeObject }
  | { readonly type: 'unchanged'; readonly object?: KubeObject };

export interface Written {
  readonly type: 'created' | 'updated' | 'deleted' | 'unchanged';
  /** Served bytes. */
  readonly bytes: Uint8Array;
  readonly object: KubeObject;
  readonly revision: number | undefined;
}

/** `attempt` counts from 0; above 0 a race was lost, over the object or over a claim. */
export type ChangeFunction = (
  current: StoredObject | undefined,
  attempt: number,
) => Promise<Outcome> | Outcome;

export interface WriteOptions {
  readonly dryRun: boolean;
}

const attemptsMax = 100;
/** Lost claims before the loss is reported: somebody insists on the same address. */
const claimAttemptsMax = 16;
const noValue = new Uint8Array();
/** etcd's default limit of a request, which is what a real cluster's objects must fit in. */
export const objectBytesMax = 1.5 * 2 ** 20;

export class ObjectStore {
  private readonly store: KeyValueStore;

  constructor(store: KeyValueStore) {
    this.store = store;
  }

  async read(place: ObjectPlace): Promise<StoredObject | undefined> {
    const { kvs } = await guarded(this.store.range({ key: encodeKey(place.key) }));
    return toStored(place, kvs[0]);
  }

  /** `make` runs again only when a claim was lost. 409 when the object exists. */
  async create(
    place: ObjectPlace,
    make: (attempt: number) => Promise<KubeObject> | KubeObject,
    options: WriteOptions,
  ): Promise<Written> {
    return this.write(
      place,
      undefined,
      async (current, attempt) => {
        if (current !== undefined) throw alreadyExists(place, place.name);
        return { type: 'put', object: await make(attempt) };
      },
      options,
    );
  }

  async update(
    place: ObjectPlace,
    change: ChangeFunction,
    options: WriteOptions,
  ): Promise<Written> {
    return this.write(place, await this.read(place), change, options);
  }

  private async write(
    place: ObjectPlace,
    first: StoredObject | undefined,
    change: ChangeFunction,
    options: WriteOptions,
  ): Promise<Written> {
    let current = first;
    let claimsLost = 0;
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      const outcome = settled(place, current, await change(current, attempt));
      if (outcome.type === 'unchanged' || options.dryRun) {
        if (current === undefined) await this.refuseExisting(place);
        return withoutWriting(place, current, outcome);
      }
      const write = planWrite(place, current, outcome);
      const result = await guarded(this.store.txn(write.txn));
      if (result.succeeded) return written(place, current, write, result.revision);
      const newest = toStored(place, rangeOf(result, 0));
      if ((newest?.revision ?? 0) === (current?.revision ?? 0)) {
        claimsLost += 1;
        if (claimsLost >= claimAttemptsMax) throw claimTaken(place, write, result);
      }
      current = newest;
    }
    throw tooManyRequests(`too many concurrent writes to ${place.plural} "${place.name}"`, 1);
  }

  /** A create that is only tried must still fail when the object is there. */
  private async refuseExisting(place: ObjectPlace): Promise<void> {
    if ((await this.read(place)) !== undefined) throw alreadyExists(place, place.name);
  }
}

/** An update that changes nothing still moves an object to the version that is stored now. */
function settled(
  { codec }: ObjectPlace,
  current: StoredObject | undefined,
  asked: Outcome,
): Outcome {
  const isKept = asked.type !== 'unchanged' || asked.object !== undefined || current === undefined;
  return isKept || codec.isStoredForm(current.value)
    ? asked
    : { type: 'put', object: current.object };
}

interface Write {
  readonly outcome: Exclude<Outcome, { type: 'unchanged' }>;
  readonly value: Uint8Array;
  readonly claims: readonly HeldClaim[];
  readonly txn: { compare: Compare[]; success: Op[]; failure: Op[] };
}

function planWrite(
  place: ObjectPlace,
  current: StoredObject | undefined,
  outcome: Write['outcome'],
): Write {
  const key = encodeKey(place.key);
  const compare: Compare[] = [
    { key, target: 'mod', result: 'equal', number: current?.revision ?? 0 },
  ];
  const failure: Op[] = [{ type: 'range', key }];
  const isPut = outcome.type === 'put';
  const value = isPut ? place.codec.encode(outcome.object) : noValue;
  if (value.length > objectBytesMax) throw toApiError(new StoreError('request-too-large'));
  const success: Op[] = [isPut ? { type: 'put', key, value } : { type: 'delete', key }];
  const held = current === undefined ? [] : (place.claims?.(current.object) ?? []);
  const wanted = isPut ? (place.claims?.(outcome.object) ?? []) : [];
  const heldKeys = new Set(held.map((claim) => claim.key));
  const wantedKeys = new Set(wanted.map((claim) => claim.key));
  const claims = wanted.filter((claim) => !heldKeys.has(claim.key));
  for (const claim of claims) {
    const claimKey = encodeKey(claim.key);
    compare.push({ key: claimKey, target: 'create', result: 'equal', number: 0 });
    failure.push({ type: 'range', key: claimKey, keysOnly: true });
    success.push({
      type: 'put',
      key: claimKey,
      value: new TextEncoder().encode(stringifyJson(claim.value)),
    });
  }
  for (const claim of held) {
    if (!wantedKeys.has(claim.key)) success.push({ type: 'delete', key: encodeKey(claim.key) });
  }
  return { outcome, value, claims, txn: { compare, success, failure } };
}

function written(
  { codec }: ObjectPlace,
  current: StoredObject | undefined,
  { outcome, value }: Write,
  revision: number,
): Written {
  const { object } = outcome;
  if (outcome.type === 'delete') {
    const bytes = codec.print(object, revision);
    return { type: 'deleted', bytes, object, revision };
  }
  const type = current === undefined ? 'created' : 'updated';
  return { type, bytes: codec.finish(value, revision), object, revision };
}

function withoutWriting(
  { codec }: ObjectPlace,
  current: StoredObject | undefined,
  outcome: Outcome,
): Written {
  if (outcome.type === 'unchanged' && current !== undefined && outcome.object === undefined) {
    const { object, revision, value } = current;
    return { type: 'unchanged', bytes: codec.finish(value, revision), object, revision };
  }
  const object = outcome.object ?? current?.object;
  if (object === undefined) throw new ApiError(500, 'InternalError', 'nothing to show');
  const bytes = codec.print(object, current?.revision);
  const revision = current?.revision;
  if (outcome.type === 'delete') return { type: 'deleted', bytes, object, revision };
  return { type: current === undefined ? 'created' : 'updated', bytes, object, revision };
}

function toStored(place: ObjectPlace, kv: KeyValue | undefined): StoredObject | undefined {
  if (kv === undefined) return undefined;
  const object = place.codec.decode(kv.value, kv.modRevision);
  return { object, revision: kv.modRevision, value: kv.value };
}

function rangeOf(result: TxnResult, at: number): KeyValue | undefined {
  const response = result.responses[at];
  return response?.type === 'range' ? response.kvs[0] : undefined;
}

function claimTaken(place: ObjectPlace, write: Write, result: TxnResult): ApiError {
  const taken = write.claims.filter((_, index) => rangeOf(result, index + 1) !== undefined);
  return invalidObject(
    place,
    place.name,
    taken.map((claim) => claim.taken),
  );
}
