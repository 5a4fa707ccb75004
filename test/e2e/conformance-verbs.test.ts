// The script of Kubernetes' conformance tests, over every kind there is: create two, read, list across namespaces,
// watch, patch, replace, go stale, print as a table, write the status, apply, delete one, delete the rest by label.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Api, startApi } from '../support/api-server.js';
import type { ApiClient, Json } from '../support/api-client.js';
import { expectFailure } from '../support/failure.js';
import { everyKind, type KindCase } from '../support/every-kind.js';

const namespace = 'verbs';
const marked = 'labelSelector=set%3Dverbs';
let desk: Api;
let api: ApiClient;

beforeAll(async () => {
  desk = await startApi();
  ({ api } = desk);
  await api.post('/api/v1/namespaces', { metadata: { name: namespace } });
});

afterAll(() => desk.stop());

interface Places {
  /** Across namespaces. */
  readonly all: string;
  readonly collection: string;
  readonly names: readonly [string, string, string];
  readonly body: (name: string) => Json;
}

function placesOf({ path, kind, isNamespaced, body, name }: KindCase): Places {
  const split = path.lastIndexOf('/');
  const [version, plural] = [path.slice(0, split), path.slice(split + 1)];
  const base = version === 'v1' ? '/api/v1' : `/apis/${version}`;
  const stem = isNamespaced ? '' : `${kind.toLowerCase()}-`;
  const nameOf = (serial: number): string => name?.(serial) ?? `${stem}verbs-${serial}`;
  const special = (serial: number): string => {
    return kind === 'APIService' ? `v${serial}.verbs.example.com` : nameOf(serial);
  };
  const bodyOf = (named: string): Json => {
    const whole: Json = {
      apiVersion: version,
      kind,
      metadata: { name: named, labels: { set: 'verbs' } },
      ...structuredClone(body),
    };
    const spec = whole['spec'] as Json | undefined; // as: the cases' own
    const [first = ''] = named.split('.');
    if (kind === 'APIService' && spec) spec['version'] = first;
    return whole;
  };
  return {
    all: `${base}/${plural}`,
    collection: isNamespaced ? `${base}/namespaces/${namespace}/${plural}` : `${base}/${plural}`,
    names: [special(1), special(2), special(3)],
    body: bodyOf,
  };
}

const metaOf = (object: Json): Json => object['metadata'] as Json; // as: every object has it
const namesOf = (list: Json): string[] =>
  (list['items'] as Json[]).map((item) => String(metaOf(item)['name'])); // as: a list's items

async function createTwo({ collection, names, body }: Places): Promise<Json> {
  const [first, second] = names;
  const dry = await api.post(`${collection}?dryRun=All`, body(first));
  expect([dry.code, dry.text]).toEqual([201, expect.stringContaining('"uid"')]);
  expect((await api.get(`${collection}/${first}`)).code).toBe(404);
  const made = await api.post(collection, body(first));
  expect([made.code, made.text]).toEqual([201, expect.stringContaining('"uid"')]);
  expectFailure(await api.post(collection, body(first)), '409 AlreadyExists', 'already exists');
  expect((await api.post(collection, body(second))).code).toBe(201);
  const found = await api.get(`${collection}/${first}`);
  expect(found.json).toEqual(made.json);
  return made.json;
}

async function change({ collection, names }: Places, created: Json): Promise<Json> {
  const at = `${collection}/${names[0]}`;
  const annotate = { metadata: { annotations: { patched: 'yes' } } };
  const patched = await api.patch(at, 'merge', annotate);
  expect([patched.code, metaOf(patched.json)['annotations']]).toEqual([200, { patched: 'yes' }]);
  expect(metaOf(patched.json)['generation']).toBe(metaOf(created)['generation']);
  const same = await api.patch(at, 'strategic', annotate);
  expect(metaOf(same.json)['resourceVersion']).toBe(metaOf(patched.json)['resourceVersion']);
  const put = await api.put(at, {
    ...patched.json,
    metadata: { ...metaOf(patched.json), labels: { set: 'verbs', put: 'yes' } },
  });
  expect([put.code, metaOf(put.json)['labels']]).toEqual([
    200,
    expect.objectContaining({ set: 'verbs', put: 'yes' }),
  ]);
  expectFailure(await api.put(at, patched.json), '409 Conflict', 'the object has been modified');
  const again = await api.put(at, put.json);
  expect(metaOf(again.json)['resourceVersion']).toBe(metaOf(put.json)['resourceVersion']);
  const added = [{ op: 'add', path: '/metadata/labels/json', value: 'yes' }];
  const last = await api.patch(at, 'json', added);
  expect(last.code).toBe(200);
  return last.json;
}

async function writeStatus({ collection, names }: Places, status: Json): Promise<void> {
  const at = `${collection}/${names[0]}/status`;
  const before = await api.get(at);
  expect(before.code).toBe(200);
  const patch = { metadata: { annotations: { status: 'patched' } }, status };
  const patched = await api.patch(at, 'merge', patch);
  expect([patched.code, patched.json['status']]).toEqual([200, expect.objectContaining(status)]);
  expect(patched.json['spec']).toEqual(before.json['spec']);
  const put = await api.put(at, patched.json);
  expect([put.code, put.json['status']]).toEqual([200, patched.json['status']]);
}

async function printTable({ collection, names }: Places): Promise<void> {
  const headers = { Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
  const { json } = await api.get(`${collection}?${marked}`, { headers });
  const columns = json['columnDefinitions'] as Json[]; // as: a table's
  const rows = json['rows'] as Json[]; // as: the same
  if (columns[0]?.['name'] === 'Name') {
    expect(rows.map(({ cells }) => (cells as unknown[])[0])).toEqual(names.slice(0, 2)); // as: cells
  }
  for (const { cells } of rows) expect(cells).toHaveLength(columns.length);
}

async function apply({ collection, names, body }: Places): Promise<void> {
  const at = `${collection}/${names[2]}?fieldManager=tests`;
  const first = await api.patch(at, 'apply', body(names[2]));
  expect([first.code, first.text]).toEqual([201, expect.stringContaining('"Apply"')]);
  const second = await api.patch(at, 'apply', body(names[2]));
  expect(second.code).toBe(200);
  expect(metaOf(second.json)['resourceVersion']).toBe(metaOf(first.json)['resourceVersion']);
}

async function remove({ collection, all, names }: Places): Promise<void> {
  const at = `${collection}/${names[0]}`;
  const other = { preconditions: { uid: 'another' } };
  expectFailure(await api.delete(at, other), '409 Conflict', 'Precondition failed');
  expect((await api.delete(`${at}?dryRun=All`)).code).toBe(200);
  expect((await api.delete(at, { propagationPolicy: 'Background' })).code).toBe(200);
  const left = namesOf((await api.get(`${all}?${marked}`)).json);
  expect(left.filter((name) => name !== names[0])).toEqual(names.slice(1));
  expect((await api.delete(`${collection}?${marked}&dryRun=All`)).code).toBe(200);
  expect((await api.delete(`${collection}?${marked}`)).code).toBe(200);
}

async function live(kindCase: KindCase): Promise<void> {
  const places = placesOf(kindCase);
  const [first] = places.names;
  const created = await createTwo(places);
  const listed = await api.get(`${places.all}?${marked}`);
  expect(namesOf(listed.json)).toEqual(places.names.slice(0, 2));
  expect(listed.json['kind']).toBe(`${kindCase.kind}List`);
  const one = await api.get(`${places.all}?fieldSelector=metadata.name%3D${first}&${marked}`);
  expect(namesOf(one.json)).toEqual([first]);
  const from = String(metaOf(listed.json)['resourceVersion']);
  const watch = await api.watch(
    `${places.all}?watch=1&${marked}&resourceVersion=${from}&fieldSelector=metadata.name%3D${first}`,
  );
  const changed = await change(places, created);
  if (kindCase.status !== undefined) await writeStatus(places, { ...kindCase.status });
  await printTable(places);
  await apply(places);
  if (kindCase.kind === 'Namespace') {
    // No deletecollection, and gone only when their content is.
    for (const name of places.names) await api.delete(`${places.collection}/${name}`);
  } else await remove(places);
  const seen = await watch.until(({ type }) => type === 'DELETED');
  watch.close();
  const versions = seen.map(({ object }) => Number(metaOf(object)['resourceVersion']));
  expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
  expect(versions).toContain(Number(metaOf(changed)['resourceVersion']));
  expect(new Set(seen.slice(0, -1).map(({ type }) => type))).toEqual(new Set(['MODIFIED']));
  expect((await api.get(`${places.collection}/${first}`)).code).toBe(404);
  if (kindCase.kind === 'Namespace') return;
  expect(namesOf((await api.get(`${places.all}?${marked}`)).json)).toEqual([]);
}

interface Served {
  readonly path: string;
  readonly resource: Json;
}

/** Every resource of the aggregated documents. */
async function served(): Promise<Served[]> {
  const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
  const answers = await Promise.all(
    ['/api', '/apis'].map((path) => api.get(path, { headers: { Accept: accept } })),
  );
  const groups = answers.flatMap(({ json }) => json['items'] as Json[]); // as: these documents' lists, here and below
  const versions = groups.flatMap((group) =>
    (group['versions'] as Json[]).map((version) => ({
      prefix: [metaOf(group)['name'], version['version']].filter(Boolean).join('/'),
      resources: version['resources'] as Json[],
    })),
  );
  return versions.flatMap(({ prefix, resources }) =>
    resources.map((resource) => ({ path: `${prefix}/${String(resource['resource'])}`, resource })),
  );
}

describe('every kind', () => {
  it('is tried here', async () => {
    const creatable = (await served()).filter(({ resource }) =>
      ['create', 'list'].every((verb) => (resource['verbs'] as string[]).includes(verb)),
    );
    const found = creatable.map(({ path }) => path);
    const withStatus = creatable
      .filter(({ resource }) =>
        ((resource['subresources'] ?? []) as Json[]).some(
          ({ subresource }) => subresource === 'status',
        ),
      )
      .map(({ path }) => path);
    const definitions = 'apiextensions.k8s.io/v1/customresourcedefinitions'; // have tests of their own
    expect(found.filter((path) => path !== definitions).sort()).toEqual(
      everyKind.map(({ path }) => path).sort(),
    );
    expect(withStatus.filter((path) => path !== definitions).sort()).toEqual(
      everyKind
        .filter(({ status }) => status !== undefined)
        .map(({ path }) => path)
        .sort(),
    );
  });

  it.each(everyKind.map((kindCase) => [kindCase.path, kindCase] as const))(
    'lives the life of %s',
    (_path, kindCase) => live(kindCase),
  );
});
