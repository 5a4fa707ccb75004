import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { scanLabels } from '../../../../apiserver/storage/cache/label-scan.js';

const head = '{"metadata":{';
const scan = (metadata: object): Record<string, string> | undefined =>
  scanLabels(
    Buffer.from(JSON.stringify({ metadata, spec: { labels: { no: 'no' } } })),
    head.length,
  );

describe('labels from bytes', () => {
  it('are metadata’s own, wherever they stand', () => {
    const labels = { app: 'w"e\\b', 'a.b/c': '' };
    expect(scan({ name: 'x', generation: 1, labels })).toEqual(labels);
    expect(
      scan({ annotations: { note: '"labels":{"a":"b"}}' }, owners: [{ labels: 1 }], labels }),
    ).toEqual(labels);
    expect(scan({ name: 'x', generation: 1 })).toEqual({});
    expect(scan({})).toEqual({});
  });

  it('agree with the parser for any metadata', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.dictionary(fc.string(), fc.string()),
        (others, labels) => {
          expect(scan({ ...others, labels })).toEqual(labels);
        },
      ),
    );
  });

  it('are left to the parser when the bytes are not compact', () => {
    expect(scanLabels(Buffer.from('{"metadata":{ "labels":{}}}'), head.length)).toBe(undefined);
    expect(scanLabels(Buffer.from('{"metadata":{"labels"'), head.length)).toBe(undefined);
  });
});
