// Bodies of creates that cannot be read, or do not fit: each with the status, reason and words of kube-apiserver,
// and the server still serves. Read next: bad-requests.test.ts, bad-patches.test.ts.
import { describe, expect, it } from '@jest/globals';
import {
  configMap,
  configMaps,
  servedConfigMaps,
  type Case,
} from '../support/config-map-server.js';
import { expectFailure } from '../support/failure.js';

const served = servedConfigMaps();

const unreadable =
  "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: ";

describe('a body that cannot be read', () => {
  it.each<[...Case, body: string, type?: string]>([
    ['cut off', '400 BadRequest', `${unreadable}unexpected end of JSON input ({"a":)`, '{"a":'],
    ['empty', '400 BadRequest', `${unreadable}unexpected end of JSON input (<empty>)`, ''],
    ['a list', '400 BadRequest', 'json: cannot unmarshal array into Go value', '[]'],
    ['a number', '400 BadRequest', 'json: cannot unmarshal number into Go value', '1'],
    ['a string', '400 BadRequest', 'json: cannot unmarshal string into Go value', '"a"'],
    ['binary', '400 BadRequest', "invalid character '\\x00' looking for", '\0\x01\x02'],
    ['NaN', '400 BadRequest', "invalid character 'N'", '{"metadata":{"generation":NaN}}'],
    ['beyond a double', '400 BadRequest', 'number 1e999', '{"metadata":{"generation":1e999}}'],
    ['a comment', '400 BadRequest', "invalid character '/'", '{} // no'],
    ['two values', '400 BadRequest', 'after top-level value', '{} {}'],
    ['a raw control character', '400 BadRequest', 'in string literal', '{"a":"\n"}'],
    ['too deep', '400 BadRequest', 'exceeded max depth', '['.repeat(100_000)],
    ['too deep behind keys', '400 BadRequest', 'exceeded max depth', '{"a":'.repeat(100_000)],
    ['broken YAML', '400 BadRequest', 'yaml: line 1', 'a: [b', 'application/yaml'],
    ['YAML with a tab', '400 BadRequest', 'yaml: line 2', 'a:\n\t- b', 'application/yaml'],
    ['too deep YAML', '400 BadRequest', 'yaml: ', `a: ${'['.repeat(50_000)}`, 'application/yaml'],
    ['an alias bomb', '400 BadRequest', 'excessive aliasing', aliasBomb(), 'application/yaml'],
    ['an anchor in itself', '400 BadRequest', 'yaml: ', 'a: &a [*a]', 'application/yaml'],
    ['of another media type', '415 UnsupportedMediaType', 'application/json', '<a/>', 'text/xml'],
    ['of a broken media type', '415 UnsupportedMediaType', 'application/json', '{}', ';;;'],
    ['too large', '413 RequestEntityTooLarge', 'limit is 3145728', `"${'a'.repeat(4 << 20)}"`],
  ])('%s is refused', async (_what, failure, message, body, type = 'application/json') => {
    const answer = await served.api.post(configMaps, body, { headers: { 'Content-Type': type } });
    expectFailure(answer, failure, message);
  });

  it('may be chunked, and is refused at the same size', async () => {
    const headers = { 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' };
    const answer = await served.api.post(configMaps, 'a'.repeat(4 << 20), { headers });
    expectFailure(answer, '413 RequestEntityTooLarge', 'limit is 3145728');
  });

  it('is JSON when nothing is said about it', async () => {
    const answer = await served.api.post(configMaps, JSON.stringify(configMap('untyped')));
    expect(answer.code).toBe(201);
  });
});

/** Nine levels of nine references: 9^9 values in 500 bytes. */
function aliasBomb(): string {
  const names = 'a b c d e f g h i'.split(' ');
  const level = (at: number): string =>
    at === 0
      ? Array(9).fill('x').join()
      : Array(9)
          .fill(`*${names[at - 1] ?? ''}`)
          .join();
  return names.map((name, at) => `${name}: &${name} [${level(at)}]`).join('\n');
}

describe('an object that does not fit', () => {
  const cannot = 'ConfigMap in version "v1" cannot be handled as a ConfigMap: ';
  it.each<[...Case, object: object, path?: string]>([
    [
      'kind',
      '400 BadRequest',
      'Pod in version "v1" cannot be handled as a ConfigMap',
      { kind: 'Pod' },
    ],
    [
      'apiVersion',
      '400 BadRequest',
      '(apps/v1) does not match the expected API version (v1)',
      { apiVersion: 'apps/v1' },
    ],
    ['type of kind', '400 BadRequest', 'into Go struct field .kind of type string', { kind: 3 }],
    [
      'type of metadata',
      '400 BadRequest',
      `${cannot}json: cannot unmarshal string into Go struct field ConfigMap.metadata of type v1.ObjectMeta`,
      { metadata: 'x' },
    ],
    [
      'type of the name',
      '400 BadRequest',
      `${cannot}json: cannot unmarshal number into Go struct field ObjectMeta.metadata.name of type string`,
      { metadata: { name: 3 } },
    ],
    [
      'type of data',
      '400 BadRequest',
      `${cannot}json: cannot unmarshal array into Go struct field ConfigMap.data of type map[string]string`,
      { data: [] },
    ],
    [
      'type of a value',
      '400 BadRequest',
      `${cannot}json: cannot unmarshal number into Go struct field ConfigMap.data of type string`,
      { data: { a: 1 } },
    ],
    [
      'missing name',
      '422 Invalid',
      'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
      { metadata: {} },
    ],
    [
      'null metadata',
      '422 Invalid',
      'metadata.name: Required value: name or generateName is required',
      { metadata: null },
    ],
    [
      'malformed name',
      '422 Invalid',
      'ConfigMap "A_b" is invalid: metadata.name: Invalid value: "A_b": a lowercase RFC 1123 subdomain must',
      { metadata: { name: 'A_b' } },
    ],
    [
      'over-long name',
      '422 Invalid',
      'must be no more than 253',
      { metadata: { name: 'a'.repeat(254) } },
    ],
    ['unicode name', '422 Invalid', 'Invalid value: "ünï"', { metadata: { name: 'ünï' } }],
    [
      'malformed label',
      '422 Invalid',
      'metadata.labels: Invalid value: "a b"',
      { metadata: { name: 'z', labels: { 'a b': '1' } } },
    ],
    [
      'namespace of its own',
      '400 BadRequest',
      'the namespace of the provided object does not match the namespace sent on the request',
      { metadata: { name: 'z', namespace: 'other' } },
    ],
    [
      'resourceVersion',
      '400 BadRequest',
      'resourceVersion should not be set on objects to be created',
      { metadata: { name: 'z', resourceVersion: '5' } },
    ],
    [
      'empty data key',
      '422 Invalid',
      'data[]: Invalid value',
      { metadata: { name: 'z' }, data: { '': 'x' } },
    ],
    [
      'name that is taken',
      '409 AlreadyExists',
      'configmaps "taken" already exists',
      { metadata: { name: 'taken' } },
    ],
    [
      'missing namespace',
      '404 NotFound',
      'namespaces "nope" not found',
      {},
      '/api/v1/namespaces/nope/configmaps',
    ],
    [
      'unknown field, strictly',
      '400 BadRequest',
      `${cannot}strict decoding error: unknown field "foo"`,
      { foo: 1 },
      `${configMaps}?fieldValidation=Strict`,
    ],
    [
      'integer beyond 64 bits',
      '400 BadRequest',
      'into Go struct field ObjectMeta.metadata.generation of type int64',
      { metadata: { generation: 1e30 } },
    ],
  ])('is refused for its %s', async (_what, failure, message, object, path = configMaps) => {
    expectFailure(await served.api.post(path, configMap('z', object)), failure, message);
  });

  it('lists every violation with its field', async () => {
    const { json } = await served.api.post('/api/v1/namespaces/default/pods', {
      metadata: { name: 'many' },
      spec: {
        containers: [{ image: 'a' }, { name: 'B', image: 'b', ports: [{ containerPort: 0 }] }],
      },
    });
    expect(json['details']).toMatchObject({ name: 'many', kind: 'Pod' });
    const causes = (json['details'] as { causes: { field: string }[] }).causes;
    expect(causes.map(({ field }) => field)).toEqual(
      expect.arrayContaining([
        'spec.containers[0].name',
        'spec.containers[1].name',
        'spec.containers[1].ports[0].containerPort',
      ]),
    );
  });

  it('names unknown and repeated fields in warnings and does not store them', async () => {
    const body =
      '{"metadata":{"name":"warned","annotations":{"a":"1","a":"2"}},"foo":1,"data":{"__proto__":"p"}}';
    const answer = await served.api.post(configMaps, body, {
      headers: { 'Content-Type': 'application/json' },
    });
    expect(answer.code).toBe(201);
    expect(answer.headers['warning']).toBe(
      '299 - "duplicate field \\"metadata.annotations.a\\"", 299 - "unknown field \\"foo\\""',
    );
    const stored = await served.api.get(`${configMaps}/warned`);
    expect(stored.json).not.toHaveProperty('foo');
    expect(stored.text).toContain('"data":{"__proto__":"p"}');
  });
});
