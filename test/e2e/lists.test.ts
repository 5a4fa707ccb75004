// Lists over raw HTTP: pages of one snapshot while others write, what is left to come, the past, and what the
// server has forgotten.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Answer, ApiClient, Json } from '../support/api-client.js';
import { expectFailure } from '../support/failure.js';
import { PatientServer } from '../support/patient-server.js';

const templates = '/api/v1/namespaces/default/podtemplates';
const total = 40;
const template = { spec: { containers: [{ name: 'c', image: 'i' }] } };

let server: PatientServer;
let api: ApiClient;

beforeAll(async () => {
  server = await PatientServer.start();
  ({ api } = server);
  await Promise.all(
    Array.from({ length: total }, (_, at) =>
      api.post(templates, {
        metadata: { name: nameOf(at), labels: { odd: String(at % 2) } },
        template,
      }),
    ),
  );
});

afterAll(() => server.stop());

const nameOf = (at: number): string => `t-${String(at).padStart(3, '0')}`;
const namesOf = ({ json }: Answer): string[] =>
  (json['items'] as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name);
const metadataOf = ({ json }: Answer): Json => json['metadata'] as Json;
const everything = Array.from({ length: total }, (_, at) => nameOf(at));

interface Paged {
  readonly names: string[];
  readonly versions: Set<unknown>;
}

async function pages(
  query: string,
  sizes: readonly number[],
  between?: () => Promise<unknown>,
): Promise<Paged> {
  const names: string[] = [];
  const versions = new Set<unknown>();
  let token: string | undefined = '';
  for (let at = 0; token !== undefined; at++) {
    const limit = sizes[at % sizes.length] ?? 1;
    const page = await api.get(`${templates}?limit=${String(limit)}&continue=${token}${query}`);
    expect(page.code).toBe(200);
    const { resourceVersion, continue: next, remainingItemCount } = metadataOf(page);
    const found = namesOf(page);
    expect(found.length).toBeLessThanOrEqual(limit);
    names.push(...found);
    versions.add(resourceVersion);
    if (query === '') {
      const left = total - names.length;
      expect(remainingItemCount).toBe(left === 0 ? undefined : left);
    }
    token = next as string | undefined; // as: it is text when there is one
    await between?.();
  }
  return { names, versions };
}

describe('a list in pages', () => {
  it('is one snapshot in order, whatever the sizes and whoever writes meanwhile', async () => {
    let count = 0;
    const { names, versions } = await pages('', [7, 3, 11], async () => {
      const name = `t-0${String((count += 1))}x`;
      expect((await api.post(templates, { metadata: { name }, template })).code).toBe(201);
      await api.delete(`${templates}/${name}`);
      await api.patch(`${templates}/${nameOf(39)}`, 'merge', { metadata: { labels: { n: name } } });
    });
    expect(names).toEqual(everything);
    expect(versions.size).toBe(1);
  });

  it('with a selector has full pages of what is selected', async () => {
    const { names } = await pages('&labelSelector=odd%3D1', [6]);
    expect(names).toEqual(everything.filter((_, at) => at % 2 === 1));
  });

  it('that fits in one page is whole', async () => {
    const page = await api.get(`${templates}?limit=500`);
    expect(namesOf(page)).toEqual(everything);
    expect(Object.keys(metadataOf(page))).toEqual(['resourceVersion']);
  });

  it('refuses a token and a version at once', async () => {
    const { continue: token } = metadataOf(await api.get(`${templates}?limit=1`));
    const answer = await api.get(`${templates}?continue=${String(token)}&resourceVersion=5`);
    expectFailure(
      answer,
      '400 BadRequest',
      'specifying resource version is not allowed when using continue',
    );
  });

  it('refuses a token of another kind of list', async () => {
    const { continue: token } = metadataOf(await api.get(`${templates}?limit=1`));
    const answer = await api.get(`/api/v1/nodes?limit=1&continue=${String(token)}`);
    expect([answer.code, answer.json['items']]).toEqual([200, []]);
  });
});

describe('a list of the past', () => {
  it('at exactly a version shows that moment', async () => {
    const before = await api.get(templates);
    await api.delete(`${templates}/${nameOf(0)}`);
    const at = String(metadataOf(before)['resourceVersion']);
    const exact = await api.get(`${templates}?resourceVersion=${at}&resourceVersionMatch=Exact`);
    expect(exact.text).toBe(before.text);
    const fresh = await api.get(
      `${templates}?resourceVersion=${at}&resourceVersionMatch=NotOlderThan`,
    );
    expect(namesOf(fresh)).not.toContain(nameOf(0));
    expect(Number(metadataOf(fresh)['resourceVersion'])).toBeGreaterThan(Number(at));
    await api.post(templates, {
      metadata: { name: nameOf(0), labels: { odd: '0' } },
      template,
    });
  });

  it('that has not come is refused with the cause clients look for', async () => {
    for (const match of ['Exact', 'NotOlderThan']) {
      const answer = await api.get(
        `${templates}?resourceVersion=999999&resourceVersionMatch=${match}`,
      );
      expectFailure(answer, '504 Timeout', 'Too large resource version: 999999, current: ');
      expect(answer.json['details']).toMatchObject({
        causes: [{ reason: 'ResourceVersionTooLarge' }],
      });
    }
  });

  it('that is forgotten is gone, with a token that goes on in the present', async () => {
    const first = await api.get(`${templates}?limit=10`);
    const { continue: token, resourceVersion: then } = metadataOf(first);
    const added = 't-010-new';
    await api.post(templates, { metadata: { name: added }, template });
    await server.compact(String(then));
    const expired = await api.get(`${templates}?limit=10&continue=${String(token)}`);
    expect(expired.code).toBe(410);
    expect(expired.json).toMatchObject({
      kind: 'Status',
      reason: 'Expired',
      message: expect.stringContaining('The provided continue parameter is too old'),
    });
    const { continue: fresh } = metadataOf(expired);
    const second = await api.get(`${templates}?limit=10&continue=${String(fresh)}`);
    expect(namesOf(second)).toEqual([nameOf(10), added, ...everything.slice(11, 19)]);
    const { resourceVersion: now, continue: more, remainingItemCount } = metadataOf(second);
    expect(now).not.toBe(then);
    expect(remainingItemCount).toBe(total - 19);
    const third = await api.get(`${templates}?limit=10&continue=${String(more)}`);
    expect(metadataOf(third)['resourceVersion']).toBe(now);
    await api.delete(`${templates}/${added}`);
  });

  it('that is forgotten cannot be listed exactly', async () => {
    const { resourceVersion } = metadataOf(await api.get(templates));
    await api.patch(`${templates}/${nameOf(1)}`, 'merge', { metadata: { labels: { n: 'y' } } });
    await server.compact(String(resourceVersion));
    const exact = `resourceVersion=${String(resourceVersion)}&resourceVersionMatch=Exact`;
    const answer = await api.get(`${templates}?${exact}`);
    expectFailure(answer, '410 Expired', 'too old');
  });
});
