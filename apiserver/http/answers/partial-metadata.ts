// PartialObjectMetadata: an object without anything but its metadata. Cut out of the finished bytes, never
// parsed: metadata informers list whole clusters this way.
import { metadataSpans } from '../../object/metadata-span.js';
import type { ChunkBuilder } from './chunk-builder.js';

const closeBrace = 0x7d;

const heads = {
  v1: headOf('v1'),
  v1beta1: headOf('v1beta1'),
} as const;

function headOf(version: string): Uint8Array {
  return Buffer.from(
    `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/${version}","metadata":`,
  );
}

/** `metadata`: its bytes alone. */
export function writePartialMetadata(
  builder: ChunkBuilder,
  metadata: Uint8Array,
  version: 'v1' | 'v1beta1',
): void {
  builder.bytes(heads[version]);
  builder.bytes(metadata);
  builder.text('}');
}

export function partialMetadata(object: Uint8Array, version: 'v1' | 'v1beta1'): Uint8Array {
  const head = heads[version];
  const [start, end] = metadataSpans(object).metadata;
  const bytes = Buffer.allocUnsafe(head.length + (end - start) + 1);
  bytes.set(head);
  bytes.set(object.subarray(start, end), head.length);
  bytes[bytes.length - 1] = closeBrace;
  return bytes;
}
