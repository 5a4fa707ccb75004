// The APIService objects of the groups this server serves itself: what `kubectl get apiservices` shows as
// Local. Pure: whoever seeds the store writes them (source of the priorities: kube-apiserver's aggregator).
import type { KubeObject } from '../object/kube-object.js';
import type { Catalog } from './catalog.js';

const corePriority = 18000;
const customPriority = 1000;

/** One APIService per group version but apiregistration's own; `now` (RFC 3339) dates the Available condition. */
export function localApiServices(catalog: Catalog, now: string): KubeObject[] {
  return catalog
    .groups()
    .filter(({ name }) => name !== 'apiregistration.k8s.io')
    .flatMap(({ name, versions }, index) =>
      versions.map((version, position) => ({
        apiVersion: 'apiregistration.k8s.io/v1',
        kind: 'APIService',
        metadata: {
          name: `${version}.${name}`,
          labels: { 'kube-aggregator.kubernetes.io/automanaged': 'onstart' },
        },
        spec: {
          ...(name === '' ? {} : { group: name }),
          version,
          groupPriorityMinimum: Math.max(corePriority - index * 100, customPriority),
          versionPriority: (versions.length - position) * 15,
        },
        status: {
          conditions: [
            {
              type: 'Available',
              status: 'True',
              reason: 'Local',
              message: 'Local APIServices are always available',
              lastTransitionTime: now,
            },
          ],
        },
      })),
    );
}
