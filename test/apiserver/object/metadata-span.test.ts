import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { metadataSpans } from '../../../apiserver/object/metadata-span.js';
import { partialMetadata } from '../../../apiserver/http/answers/partial-metadata.js';

const jsonOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const cut = (json: Buffer, [start, end]: readonly [number, number]): unknown =>
  JSON.parse(json.subarray(start, end).toString());

describe('metadata in finished bytes', () => {
  it('is found with its managed fields, whatever stands around and in it', () => {
    const members = fc.dictionary(fc.string(), fc.jsonValue());
    fc.assert(
      fc.property(members, members, members, fc.boolean(), (before, inside, after, isManaged) => {
        const metadata = { ...inside, ...(isManaged ? { managedFields: [inside, '"]}'] } : {}) };
        // JSON.stringify drops __proto__ of a spread like any other reader of ours would not: left out.
        for (const part of [before, inside, after]) delete part['metadata'];
        const object = { ...before, metadata, ...after };
        const json = jsonOf(object);
        const spans = metadataSpans(json);
        expect(cut(json, spans.metadata)).toEqual(JSON.parse(JSON.stringify(metadata)));
        if (isManaged) {
          expect(spans.managedFields && cut(json, spans.managedFields)).toEqual(
            JSON.parse(JSON.stringify([inside, '"]}'])),
          );
        }
      }),
      { numRuns: 300 },
    );
  });

  it('may be empty', () => {
    const json = jsonOf({ kind: 'Pod', metadata: {}, spec: { metadata: { managedFields: [] } } });
    expect(metadataSpans(json).managedFields).toBeUndefined();
    expect(JSON.parse(Buffer.from(partialMetadata(json, 'v1')).toString())).toEqual({
      kind: 'PartialObjectMetadata',
      apiVersion: 'meta.k8s.io/v1',
      metadata: {},
    });
  });

  it('must be there', () => {
    expect(() => metadataSpans(jsonOf({ kind: 'Pod' }))).toThrow('object without metadata');
    expect(() => metadataSpans(Buffer.from('{"kind":"Po'))).toThrow('object without metadata');
  });
});
