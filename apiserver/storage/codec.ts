// Codec: objects <-> stored bytes <-> served bytes. Stored: compact JSON in a fixed head
// (`{"kind":..,"apiVersion":..,"metadata":{`) without resourceVersion. Served: the same bytes with the
// resourceVersion slipped in after the head, so that a read never parses or prints an object.
import type { JsonObject, KubeObject, ObjectMeta } from '../object/kube-object.js';
import { parseJson, stringifyJson } from '../object/json.js';

/** What a served kind's objects look like in the store and on the wire. */
export interface ObjectForm {
  readonly apiVersion: string;
  readonly kind: string;
  readonly storedApiVersion: string;
  readonly storedKind: string;
  /** Only when the stored form is another version. */
  readonly fromStored?: (object: KubeObject) => KubeObject;
  readonly toStored?: (object: KubeObject) => KubeObject;
}

/** Go's field order, so that raw output reads as people know it. */
const metadataOrder = [
  'name',
  'generateName',
  'namespace',
  'uid',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'labels',
  'annotations',
  'ownerReferences',
  'finalizers',
  'managedFields',
] as const;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class Codec {
  readonly form: ObjectForm;
  private readonly storedHead: Buffer;
  private readonly servedHead: Buffer;
  private readonly isSameForm: boolean;

  constructor(form: ObjectForm) {
    this.form = form;
    this.storedHead = Buffer.from(headOf(form.storedKind, form.storedApiVersion));
    this.servedHead = Buffer.from(headOf(form.kind, form.apiVersion));
    this.isSameForm = form.fromStored === undefined && this.storedHead.equals(this.servedHead);
  }

  /** Where `metadata`'s first member begins in served bytes. */
  get metadataStart(): number {
    return this.servedHead.length;
  }

  /** False: written in another version than the one written now, so even an update that changes nothing rewrites it. */
  isStoredForm(value: Uint8Array): boolean {
    return startsWith(value, this.storedHead);
  }

  /** Served object -> stored bytes. */
  encode(object: KubeObject): Uint8Array {
    return encoder.encode(stringifyJson(ordered(this.toStored(object))));
  }

  /** Stored bytes -> served object, with its resourceVersion. */
  decode(value: Uint8Array, revision: number): KubeObject {
    const stored = parseJson(decoder.decode(value)) as KubeObject; // as: only objects are ever encoded
    const object = this.isSameForm ? stored : this.fromStored(stored);
    object.metadata.resourceVersion = String(revision);
    return object;
  }

  /** Stored bytes -> served bytes. */
  finish(value: Uint8Array, revision: number): Uint8Array {
    const head = this.servedHead;
    if (!this.isSameForm || !startsWith(value, head) || value[head.length] === closingBrace) {
      return this.print(this.decode(value, revision), revision);
    }
    const version = `"resourceVersion":"${revision}",`;
    // Not from node's pool: these bytes live long, and each would keep a whole slab with them.
    const bytes = Buffer.allocUnsafeSlow(value.length + version.length);
    bytes.set(head, 0);
    bytes.write(version, head.length, 'latin1');
    bytes.set(value.subarray(head.length), head.length + version.length);
    return bytes;
  }

  /** Served object -> served bytes, without passing through the store (dry run, nothing written). */
  print(object: KubeObject, revision: number | undefined): Uint8Array {
    const metadata: ObjectMeta = { ...object.metadata };
    if (revision === undefined) delete metadata.resourceVersion;
    else metadata.resourceVersion = String(revision);
    const shaped = ordered({ ...object, metadata });
    shaped.kind = this.form.kind;
    shaped.apiVersion = this.form.apiVersion;
    return encoder.encode(stringifyJson(shaped));
  }

  /** Served bytes with another resourceVersion: the last state of a deleted object, at the deletion's revision. */
  restamp(bytes: Uint8Array, revision: number): Uint8Array {
    const at = this.servedHead.length;
    const label = '"resourceVersion":"';
    const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const end = view.indexOf(0x22, at + label.length);
    return Buffer.concat([
      view.subarray(0, at),
      Buffer.from(label + String(revision)),
      view.subarray(end),
    ]);
  }

  private toStored(object: KubeObject): KubeObject {
    const stored = this.form.toStored?.(object) ?? object;
    const metadata = { ...stored.metadata };
    delete metadata.resourceVersion;
    return {
      ...stored,
      kind: this.form.storedKind,
      apiVersion: this.form.storedApiVersion,
      metadata,
    };
  }

  private fromStored(stored: KubeObject): KubeObject {
    const object = this.form.fromStored?.(stored) ?? stored;
    object.kind = this.form.kind;
    object.apiVersion = this.form.apiVersion;
    return object;
  }
}

const closingBrace = 0x7d;

const headOf = (kind: string, apiVersion: string): string =>
  `{"kind":${JSON.stringify(kind)},"apiVersion":${JSON.stringify(apiVersion)},"metadata":{`;

function ordered(object: KubeObject): KubeObject {
  const { kind, apiVersion, metadata, ...rest } = object;
  const sorted: JsonObject = {};
  if (metadata.resourceVersion !== undefined) sorted['resourceVersion'] = metadata.resourceVersion;
  for (const name of metadataOrder) {
    if (metadata[name] !== undefined) sorted[name] = metadata[name];
  }
  // The second spread adds what the order does not name; it does not move what is there.
  return { kind, apiVersion, metadata: { ...sorted, ...metadata }, ...rest };
}

function startsWith(bytes: Uint8Array, head: Uint8Array): boolean {
  if (bytes.length < head.length) return false;
  for (let i = 0; i < head.length; i++) if (bytes[i] !== head[i]) return false;
  return true;
}
