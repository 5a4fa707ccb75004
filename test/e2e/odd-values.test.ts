// Values that are easy to damage on the way: integers beyond doubles, names of JavaScript's own, text of all kinds.
// They come back as they went in, through every way of writing and reading.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../support/api-client.js';
import { startApi, type Api } from '../support/api-server.js';

let server: Api;
let api: ApiClient;

beforeAll(async () => {
  server = await startApi();
  ({ api } = server);
});

afterAll(() => server.stop());

const pods = '/api/v1/namespaces/default/pods';
const configMaps = '/api/v1/namespaces/default/configmaps';
const json = { headers: { 'Content-Type': 'application/json' } };

describe('an integer that no double holds', () => {
  const spec = `{"terminationGracePeriodSeconds":9223372036854775807,"containers":[{"name":"c","image":"i"}]}`;
  const exact = '"terminationGracePeriodSeconds":9223372036854775807';

  it('survives creation, every patch, a PUT, lists and watches', async () => {
    const created = await api.post(pods, `{"metadata":{"name":"exact"},"spec":${spec}}`, json);
    expect(created.text).toContain(exact);
    const version = (created.json['metadata'] as { resourceVersion: string }).resourceVersion;
    for (const [type, patch] of [
      ['strategic', { metadata: { labels: { a: '1' } } }],
      ['merge', { metadata: { annotations: { b: '2' } } }],
      ['json', [{ op: 'add', path: '/metadata/labels/c', value: '3' }]],
      ['apply', { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'exact', labels: { d: '4' } } }],
    ] as const) {
      const answer = await api.patch(`${pods}/exact?fieldManager=m`, type, patch);
      expect([type, answer.code]).toEqual([type, 200]);
      expect(answer.text).toContain(exact);
    }
    const stored = (await api.get(`${pods}/exact`)).text;
    expect(stored).toContain(exact);
    expect((await api.put(`${pods}/exact`, stored, json)).text).toContain(exact);
    expect((await api.get(pods)).text).toContain(exact);
    const response = await api.open(
      'GET',
      `${pods}?watch=1&timeoutSeconds=1&resourceVersion=${version}`,
    );
    const lines: string[] = [];
    for await (const chunk of response) lines.push(String(chunk));
    expect(lines.join('').match(/9223372036854775807/g)).toHaveLength(4);
    const yaml = await api.get(`${pods}/exact`, { headers: { Accept: 'application/yaml' } });
    expect(yaml.text).toContain('terminationGracePeriodSeconds: 9223372036854775807');
  });
});

describe('a key with a meaning in JavaScript', () => {
  it('is a key like any other', async () => {
    const data = '{"__proto__":"a","constructor":"b","hasOwnProperty":"c","toString":"d"}';
    const created = await api.post(configMaps, `{"metadata":{"name":"keys"},"data":${data}}`, json);
    expect(created.code).toBe(201);
    await api.patch(`${configMaps}/keys`, 'merge', '{"data":{"__proto__":"e"}}');
    await api.patch(`${configMaps}/keys`, 'strategic', '{"data":{"constructor":null}}');
    await api.patch(
      `${configMaps}/keys?fieldManager=m`,
      'apply',
      '{"apiVersion":"v1","kind":"ConfigMap","data":{"valueOf":"f"}}',
    );
    const { text } = await api.get(`${configMaps}/keys`);
    expect(text).toContain(
      '"data":{"__proto__":"e","hasOwnProperty":"c","toString":"d","valueOf":"f"}',
    );
    expect(text).toContain('"f:__proto__":{}');
    const other = await api.post(configMaps, { metadata: { name: 'plain' } });
    expect(other.json).not.toHaveProperty('data');
  });
});

describe('text', () => {
  it.each([
    ['of many scripts', 'grüße, мир, 世界, 👩‍👩‍👧, ‮right to left'],
    ['with control characters', '\0 \x01 \x1f \x7f \u0085 \u2028 \u2029 \\ " /'],
    ['that looks like other values', 'null'],
    ['with white space around it', '  \t\r\n '],
  ])('%s comes back the same', async (what, value) => {
    const name = what.replaceAll(' ', '-');
    const created = await api.post(configMaps, { metadata: { name }, data: { value } });
    expect(created.json['data']).toEqual({ value });
    const yaml = await api.get(`${configMaps}/${name}`, {
      headers: { Accept: 'application/yaml' },
    });
    const again = await api.put(`${configMaps}/${name}`, yaml.text, {
      headers: { 'Content-Type': 'application/yaml' },
    });
    expect(again.json).toEqual(created.json);
  });

  it('that is no UTF-8 is stored as what can be read of it', async () => {
    const bytes = Buffer.concat([
      Buffer.from('{"metadata":{"name":"broken"},"data":{"k":"a'),
      Uint8Array.of(0xff),
      Buffer.from('b"}}'),
    ]);
    const created = await api.post(configMaps, bytes, json);
    expect(created.json['data']).toEqual({ k: 'a\ufffdb' });
  });
});
