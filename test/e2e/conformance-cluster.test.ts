// What every cluster has from its first moment, and what a Pod may ask of a RuntimeClass.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Api, startApi } from '../support/api-server.js';
import type { ApiClient, Json } from '../support/api-client.js';
import { expectFailure } from '../support/failure.js';

const pods = '/api/v1/namespaces/default/pods';
const classes = '/apis/node.k8s.io/v1/runtimeclasses';

let desk: Api;
let api: ApiClient;

beforeAll(async () => {
  desk = await startApi();
  ({ api } = desk);
});

afterAll(() => desk.stop());

const pod = (name: string, spec: Json): Json => ({
  metadata: { name },
  spec: { containers: [{ name: 'c', image: 'nginx' }], ...spec },
});

describe('a new cluster', () => {
  it('has the flow schemas and priority levels, each schema with its level', async () => {
    const base = '/apis/flowcontrol.apiserver.k8s.io/v1';
    const schemas = (await api.get(`${base}/flowschemas`)).json['items'] as Json[]; // as: a list's
    expect(schemas).toHaveLength(13);
    for (const { metadata, spec } of schemas) {
      const level = (spec as Json)['priorityLevelConfiguration'] as Json; // as: required fields
      const found = await api.get(`${base}/prioritylevelconfigurations/${String(level['name'])}`);
      expect(found.code).toBe(200);
      const { name } = metadata as Json; // as: every object's
      const same = await api.patch(`${base}/flowschemas/${String(name)}`, 'merge', {
        metadata: { labels: { seen: 'yes' } },
      });
      expect([name, same.code]).toEqual([name, 200]);
    }
  });

  it('tells a request which of them it belongs to', async () => {
    const { headers } = await api.get(pods);
    const base = '/apis/flowcontrol.apiserver.k8s.io/v1';
    const schema = (await api.get(`${base}/flowschemas/exempt`)).json['metadata'] as Json; // as: every object's
    const level = (await api.get(`${base}/prioritylevelconfigurations/exempt`)).json;
    expect(headers['x-kubernetes-pf-flowschema-uid']).toBe(schema['uid']);
    expect(headers['x-kubernetes-pf-prioritylevel-uid']).toBe((level['metadata'] as Json)['uid']);
  });

  it('says where Service addresses come from', async () => {
    const { json } = await api.get('/apis/networking.k8s.io/v1/servicecidrs/kubernetes');
    expect(json).toMatchObject({
      spec: { cidrs: ['10.0.0.0/24'] },
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    });
  });
});

describe('a Pod with a runtimeClassName', () => {
  it('is refused when there is no such RuntimeClass', async () => {
    expectFailure(
      await api.post(pods, pod('lost', { runtimeClassName: 'missing' })),
      '403 Forbidden',
      'pods "lost" is forbidden: pod rejected: RuntimeClass "missing" not found',
    );
  });

  it('gets the overhead, node selector and tolerations of its class', async () => {
    const toleration = { key: 'sandbox', operator: 'Exists' };
    await api.post(classes, {
      metadata: { name: 'sandboxed' },
      handler: 'h',
      overhead: { podFixed: { cpu: '10m', memory: '8Mi' } },
      scheduling: { nodeSelector: { sandbox: 'yes' }, tolerations: [toleration] },
    });
    const made = await api.post(
      pods,
      pod('boxed', { runtimeClassName: 'sandboxed', nodeSelector: { disk: 'ssd' } }),
    );
    expect(made.json['spec']).toMatchObject({
      overhead: { cpu: '10m', memory: '8Mi' },
      nodeSelector: { disk: 'ssd', sandbox: 'yes' },
      tolerations: [toleration],
    });
    expectFailure(
      await api.post(
        pods,
        pod('other', { runtimeClassName: 'sandboxed', overhead: { cpu: '20m' } }),
      ),
      '403 Forbidden',
      "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead",
    );
    expectFailure(
      await api.post(
        pods,
        pod('torn', { runtimeClassName: 'sandboxed', nodeSelector: { sandbox: 'no' } }),
      ),
      '403 Forbidden',
      'conflict: runtimeClass.scheduling.nodeSelector[sandbox] = yes',
    );
  });

  it('has no overhead without a class', async () => {
    expectFailure(
      await api.post(pods, pod('free', { overhead: { cpu: '20m' } })),
      '403 Forbidden',
      'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
    );
  });
});
