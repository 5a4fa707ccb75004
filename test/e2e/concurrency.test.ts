// Many clients at the same object, name, address or port: exactly as many succeed as can.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Answer, ApiClient, Json } from '../support/api-client.js';
import { startApi, type Api } from '../support/api-server.js';
import { expectFailure } from '../support/failure.js';

const flags = [
  '--in-memory',
  '--service-cluster-ip-range=10.1.0.0/23',
  '--service-node-port-range=31000-31249',
];
const configMaps = '/api/v1/namespaces/default/configmaps';
const services = '/api/v1/namespaces/default/services';

let server: Api;
let api: ApiClient;

beforeAll(async () => {
  server = await startApi(flags);
  ({ api } = server);
});

afterAll(() => server.stop());

const times = <T>(count: number, make: (at: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => make(at));
const metadataOf = ({ json }: Answer): Json => json['metadata'] as Json;
const codesOf = (answers: readonly Answer[]): Record<string, number> => {
  const codes: Record<string, number> = {};
  for (const { code } of answers) codes[code] = (codes[code] ?? 0) + 1;
  return codes;
};
interface ServiceSpec {
  clusterIP: string;
  ports: { nodePort: number }[];
}
const specOf = ({ json }: Answer): ServiceSpec => json['spec'] as ServiceSpec;

describe('at the same time', () => {
  it('fifty creates of one name make one object', async () => {
    const answers = await Promise.all(
      times(50, (at) =>
        api.post(configMaps, { metadata: { name: 'one' }, data: { by: String(at) } }),
      ),
    );
    expect(codesOf(answers)).toEqual({ 201: 1, 409: 49 });
    const winner = answers.find(({ code }) => code === 201);
    expect((await api.get(`${configMaps}/one`)).json).toEqual(winner?.json);
  });

  it('fifty updates of one version change it once', async () => {
    const { json } = await api.post(configMaps, { metadata: { name: 'stale' }, data: { by: '' } });
    // All connections are open already: the requests arrive together.
    await Promise.all(times(50, () => api.get('/readyz')));
    const answers = await Promise.all(
      times(50, (at) => api.put(`${configMaps}/stale`, { ...json, data: { by: String(at) } })),
    );
    expect(codesOf(answers)).toEqual({ 200: 1, 409: 49 });
  });

  it('updates that try again until they have the newest version all count', async () => {
    await api.post(configMaps, { metadata: { name: 'counter' }, data: { n: '0' } });
    const path = `${configMaps}/counter`;
    const versions = await Promise.all(
      times(50, async () => {
        for (;;) {
          const { json } = await api.get(path);
          const { n } = json['data'] as { n: string };
          const answer = await api.put(path, { ...json, data: { n: String(Number(n) + 1) } });
          if (answer.code === 200) return metadataOf(answer)['resourceVersion'] as string;
          expectFailure(answer, '409 Conflict', 'the object has been modified');
        }
      }),
    );
    expect(new Set(versions).size).toBe(50);
    expect((await api.get(path)).json['data']).toEqual({ n: '50' });
  });

  it('fifty patches without a version are all in the result', async () => {
    await api.post(configMaps, { metadata: { name: 'patched' } });
    const answers = await Promise.all(
      times(50, (at) =>
        api.patch(`${configMaps}/patched`, 'merge', { data: { [`k${String(at)}`]: 'v' } }),
      ),
    );
    expect(codesOf(answers)).toEqual({ 200: 50 });
    const { json } = await api.get(`${configMaps}/patched`);
    expect(Object.keys(json['data'] as object)).toHaveLength(50);
  });

  it('fifty deletes delete once', async () => {
    await api.post(configMaps, { metadata: { name: 'gone' } });
    const answers = await Promise.all(times(50, () => api.delete(`${configMaps}/gone`)));
    expect(codesOf(answers)).toEqual({ 200: 1, 404: 49 });
  });

  it('generated names are all different', async () => {
    const answers = await Promise.all(
      times(100, () => api.post(configMaps, { metadata: { generateName: 'g-' } })),
    );
    expect(codesOf(answers)).toEqual({ 201: 100 });
    expect(new Set(answers.map((answer) => String(metadataOf(answer)['name']))).size).toBe(100);
  });

  it('two hundred Services get addresses and ports of their own', async () => {
    const spec = { type: 'NodePort', ports: [{ port: 80 }] };
    const answers = await Promise.all(
      times(200, (at) => api.post(services, { metadata: { name: `many-${String(at)}` }, spec })),
    );
    expect(codesOf(answers)).toEqual({ 201: 200 });
    const specs = answers.map(specOf);
    expect(new Set(specs.map(({ clusterIP }) => clusterIP)).size).toBe(200);
    expect(new Set(specs.map(({ ports }) => ports[0]?.nodePort)).size).toBe(200);
    await Promise.all(times(200, (at) => api.delete(`${services}/many-${String(at)}`)));
  });

  it('one address and one port go to one Service', async () => {
    const ports = [{ port: 80, nodePort: 31_100 }];
    const answers = await Promise.all(
      times(20, (at) =>
        api.post(services, {
          metadata: { name: `same-${String(at)}` },
          spec: { type: 'NodePort', clusterIP: '10.1.0.77', ports },
        }),
      ),
    );
    expect(codesOf(answers)).toEqual({ 201: 1, 422: 19 });
    const loser = answers.find(({ code }) => code === 422);
    expect(loser?.json['message']).toContain('provided IP is already allocated');
  });
});

describe('a range of addresses', () => {
  it('that is used up says so, and serves again what is given back', async () => {
    const tiny = await startApi([
      '--in-memory',
      '--service-cluster-ip-range=10.0.0.0/29',
      '--service-node-port-range=30000-30002',
    ]);
    const post = (name: string, type = 'ClusterIP'): Promise<Answer> =>
      tiny.api.post(services, { metadata: { name }, spec: { type, ports: [{ port: 80 }] } });
    // .1 is the kubernetes Service's; .2 to .6 are left.
    const made = await Promise.all(
      times(5, (at) => post(`s${String(at)}`, at < 3 ? 'NodePort' : 'ClusterIP')),
    );
    expect(made.map((answer) => specOf(answer).clusterIP).sort()).toEqual(
      times(5, (at) => `10.0.0.${String(at + 2)}`),
    );
    const refused = await post('late');
    expect(refused.code).toBeGreaterThanOrEqual(400);
    expect(refused.json['message']).toContain('range is full');
    expect((await tiny.api.delete(`${services}/s4`)).code).toBe(200);
    const portless = await post('late', 'NodePort');
    expect(portless.code).toBeGreaterThanOrEqual(400);
    const late = await post('late');
    expect(specOf(late).clusterIP).toBe(specOf(made[4] ?? late).clusterIP);
    // Headless and external ones need no address; turning one into the other gives its address back.
    const external = {
      spec: {
        type: 'ExternalName',
        externalName: 'example.com',
        clusterIP: null,
        clusterIPs: null,
        ports: null,
      },
    };
    expect((await tiny.api.patch(`${services}/s0`, 'merge', external)).code).toBe(200);
    expect((await post('last', 'NodePort')).code).toBe(201);
    await tiny.stop();
  });
});
