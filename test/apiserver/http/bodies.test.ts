import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { load } from 'js-yaml';
import { indentText } from '../../../apiserver/http/answers/json-body.js';
import { listBody } from '../../../apiserver/http/answers/list-body.js';
import { partialMetadata } from '../../../apiserver/http/answers/partial-metadata.js';
import { warningHeader } from '../../../apiserver/http/answers/warning.js';
import { frameOf, sharedFrame } from '../../../apiserver/http/answers/watch-stream.js';
import { yamlText } from '../../../apiserver/http/answers/yaml-body.js';
import type { Json } from '../../../apiserver/object/kube-object.js';

const bytes = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
const textOf = (chunks: Iterable<Uint8Array>): string => Buffer.concat([...chunks]).toString();

describe('indented JSON', () => {
  it('is what JSON.stringify prints with two blanks, for any document', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(indentText(JSON.stringify(value))).toBe(JSON.stringify(value, undefined, 2));
      }),
    );
  });

  it('leaves numbers as they were written', () => {
    expect(indentText('{"a":9223372036854775807}')).toBe('{\n  "a": 9223372036854775807\n}');
  });
});

describe('YAML', () => {
  it('reads back as the same document, whatever it holds', () => {
    const value = fc.jsonValue({ depthSize: 'small' }).filter((json) => !Object.is(json, -0));
    fc.assert(
      fc.property(value, (json) => {
        expect(load(yamlText(json as Json))).toEqual(JSON.parse(JSON.stringify(json)));
      }),
    );
  });

  it('looks as kubectl prints it', () => {
    expect(
      yamlText({ kind: 'Pod', spec: { containers: [{ name: 'a', args: ['-x', 'yes'] }] }, a: {} }),
    ).toBe(
      'a: {}\nkind: Pod\nspec:\n  containers:\n  - args:\n    - "-x"\n    - "yes"\n    name: a\n',
    );
  });
});

describe('PartialObjectMetadata', () => {
  it('is the metadata of any object, cut out of its bytes', () => {
    const object = fc.record({
      apiVersion: fc.string(),
      spec: fc.jsonValue(),
      metadata: fc.dictionary(fc.string(), fc.jsonValue()),
      kind: fc.string(),
    });
    fc.assert(
      fc.property(object, (value) => {
        expect(JSON.parse(textOf([partialMetadata(bytes(value), 'v1')]))).toEqual({
          kind: 'PartialObjectMetadata',
          apiVersion: 'meta.k8s.io/v1',
          metadata: JSON.parse(JSON.stringify(value.metadata)) as unknown,
        });
      }),
    );
  });
});

describe('a list', () => {
  const pods = { kind: 'PodList', apiVersion: 'v1' };

  it('is head, items and tail, of exactly the length it announces', () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 200_000 }), { maxLength: 6 });
    fc.assert(
      fc.property(sizes, (lengths) => {
        const entries = lengths.map((length) => ({ bytes: bytes({ x: 'y'.repeat(length) }) }));
        const { chunks, lentChunks, length } = listBody(pods, { revision: 7, entries });
        let lent = '';
        for (const chunk of lentChunks) lent += Buffer.from(chunk).toString('latin1');
        const text = textOf(chunks);
        expect(text).toHaveLength(length);
        expect(lent).toBe(text);
        expect(JSON.parse(text)).toMatchObject({
          kind: 'PodList',
          apiVersion: 'v1',
          metadata: { resourceVersion: '7' },
          items: lengths.map((count) => ({ x: 'y'.repeat(count) })),
        });
      }),
      { numRuns: 30 },
    );
  });

  it('says how to go on', () => {
    const page = { revision: 7, entries: [], continueToken: 'abc', remainingItemCount: 3 };
    expect(JSON.parse(textOf(listBody(pods, page).chunks))).toMatchObject({
      metadata: { resourceVersion: '7', continue: 'abc', remainingItemCount: 3 },
    });
  });
});

describe('a watch frame', () => {
  it('is one line of type and object', () => {
    expect(textOf([frameOf('ADDED', bytes({ a: 1 }))])).toBe('{"type":"ADDED","object":{"a":1}}\n');
  });

  it('is encoded once a form, and errors pass as they are', () => {
    let encoded = 0;
    const encode = (object: Uint8Array): Uint8Array => {
      encoded++;
      return object;
    };
    const event = { type: 'ADDED', object: { bytes: bytes({}) }, frames: new Map() } as const;
    expect(sharedFrame(event, 'json', encode)).toBe(sharedFrame(event, 'json', encode));
    expect(encoded).toBe(1);
    const failure = { type: 'ERROR', object: { bytes: bytes({}) }, frames: new Map() } as const;
    sharedFrame(failure, 'json', encode);
    expect(encoded).toBe(1);
  });
});

describe('a warning header', () => {
  it('is quoted, in one line, and carries UTF-8 as bytes', () => {
    expect(warningHeader('unknown field "spec.x"', [])).toBe('299 - "unknown field \\"spec.x\\""');
    expect(warningHeader('a\r\nb', [])).toBe('299 - "a  b"');
    expect(Buffer.from(warningHeader('é', []) ?? '', 'latin1').toString()).toBe('299 - "é"');
  });

  it('is not sent twice, and not without end', () => {
    expect(warningHeader('x', ['299 - "x"'])).toBeUndefined();
    const sent: string[] = [];
    for (let i = 0; i < 100; i++) {
      const header = warningHeader(`${i} ${'y'.repeat(2000)}`, sent);
      if (header !== undefined) sent.push(header);
    }
    expect(sent.join('').length).toBeLessThanOrEqual(4096);
  });
});
