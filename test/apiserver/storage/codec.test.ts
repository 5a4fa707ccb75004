import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseJson } from '../../../apiserver/object/json.js';
import type { KubeObject } from '../../../apiserver/object/kube-object.js';
import { Codec } from '../../../apiserver/storage/codec.js';

const codec = new Codec({
  kind: 'ConfigMap',
  apiVersion: 'v1',
  storedKind: 'ConfigMap',
  storedApiVersion: 'v1',
});
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const object = (): KubeObject => ({
  data: { x: '1' },
  metadata: { labels: { a: 'b' }, uid: 'u', name: 'n', resourceVersion: '3' },
  apiVersion: 'v1',
  kind: 'ConfigMap',
});

describe('the codec', () => {
  it('stores kind, apiVersion and metadata first, without resourceVersion', () => {
    expect(text(codec.encode(object()))).toBe(
      '{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"n","uid":"u","labels":{"a":"b"}},"data":{"x":"1"}}',
    );
  });

  it('serves the stored bytes with the resourceVersion slipped in', () => {
    const served = text(codec.finish(codec.encode(object()), 7));
    expect(served).toContain('"metadata":{"resourceVersion":"7","name":"n"');
    expect(JSON.parse(served)).toEqual({
      ...object(),
      metadata: { ...object().metadata, resourceVersion: '7' },
    });
  });

  it('shows a deleted object’s last state at the revision of its deletion', () => {
    const served = codec.finish(codec.encode(object()), 7);
    expect(text(codec.restamp(served, 12345))).toBe(text(served).replace('"7"', '"12345"'));
  });

  it('serves what somebody else wrote into the store, whatever its order', () => {
    const foreign = Buffer.from(
      '{ "metadata": {"name":"n"}, "kind":"ConfigMap", "apiVersion":"v1", "data":{"x":"1"} }',
    );
    expect(text(codec.finish(foreign, 9))).toBe(
      '{"kind":"ConfigMap","apiVersion":"v1","metadata":{"resourceVersion":"9","name":"n"},"data":{"x":"1"}}',
    );
  });

  it('loses nothing of any object', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.nat(), (data, revision) => {
        const whole = { ...object(), data: data as KubeObject['data'] };
        const stored = codec.encode(whole);
        const expected = parseJson(JSON.stringify(whole)) as KubeObject;
        expected.metadata.resourceVersion = String(revision);
        expect(codec.decode(stored, revision)).toEqual(expected);
        expect(parseJson(text(codec.finish(stored, revision)))).toEqual(expected);
      }),
    );
  });

  it('converts between the stored version and the served one', () => {
    const renamed = new Codec({
      kind: 'Thing',
      apiVersion: 'v2',
      storedKind: 'Thing',
      storedApiVersion: 'v1',
      fromStored: ({ old, ...rest }) => ({ ...rest, new: old }),
      toStored: ({ new: value, ...rest }) => ({ ...rest, old: value }),
    });
    const thing = { kind: 'Thing', apiVersion: 'v2', metadata: { name: 't' }, new: 1 };
    const stored = renamed.encode(thing);
    expect(text(stored)).toBe('{"kind":"Thing","apiVersion":"v1","metadata":{"name":"t"},"old":1}');
    expect(JSON.parse(text(renamed.finish(stored, 5)))).toEqual({
      ...thing,
      metadata: { name: 't', resourceVersion: '5' },
    });
  });
});
