import { describe, expect, it } from '@jest/globals';
import { localApiServices } from '../../../apiserver/resources/api-services.js';
import { builtInGroupOrder, builtInResources } from '../../../apiserver/resources/built-in.js';
import { Catalog } from '../../../apiserver/resources/catalog.js';

const now = '2026-01-01T00:00:00Z';
const services = localApiServices(new Catalog(builtInResources({}), builtInGroupOrder()), now);
const named = (name: string): object | undefined =>
  services.find(({ metadata }) => metadata.name === name);

describe('local APIServices', () => {
  it('are there for every group version but the one they belong to', () => {
    expect(services.map(({ metadata }) => metadata.name)).toEqual(
      expect.arrayContaining(['v1.', 'v1.apps', 'v1.autoscaling', 'v2.autoscaling']),
    );
    expect(named('v1.apiregistration.k8s.io')).toBeUndefined();
  });

  it('are available and served by nobody else', () => {
    expect(named('v1.apps')).toMatchObject({
      spec: { group: 'apps', version: 'v1' },
      status: {
        conditions: [
          { type: 'Available', status: 'True', reason: 'Local', lastTransitionTime: now },
        ],
      },
    });
    expect(named('v1.')).toMatchObject({ spec: { version: 'v1', groupPriorityMinimum: 18000 } });
    expect(named('v1.')).not.toHaveProperty('spec.group');
  });
});
