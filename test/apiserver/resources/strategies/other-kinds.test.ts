import { describe, expect, it } from '@jest/globals';
import { clusterCases } from './cluster-rules.js';
import { namespacedCases } from './namespaced-rules.js';
import {
  contextOf,
  created,
  createErrors,
  expectErrors,
  objectOf,
  set,
  strategyOf,
  updateErrors,
} from './support.js';

const cases = [...namespacedCases, ...clusterCases];
describe.each(cases.map((entry) => [entry.strategy, entry] as const))('%s', (name, entry) => {
  const strategy = strategyOf(name);

  it('accept a valid object and fill in their defaults', () => {
    expect(createErrors(strategy, entry.valid)).toEqual([]);
    expect(created(strategy, entry.valid)).toMatchObject(entry.becomes ?? {});
  });

  it('refuse what breaks a rule', () => {
    for (const [changes, errors] of entry.refused)
      expectErrors(strategy, entry.valid, changes, errors);
  });

  it('keep what may not change', () => {
    for (const [path, value, error] of entry.fixed ?? [])
      expect(
        updateErrors(strategy, created(strategy, entry.valid), (next) => {
          set(next, path, value);
        }),
      ).toEqual([error]);
  });
});

it('a CertificateSigningRequest says who asked, whatever it claims', () => {
  const request = objectOf('CertificateSigningRequest', 'c', {
    spec: {
      username: 'root',
      groups: ['system:masters'],
      signerName: 'kubernetes.io/kube-apiserver-client',
      usages: ['client auth'],
      request: Buffer.from(
        '-----BEGIN CERTIFICATE REQUEST-----\nAA==\n-----END CERTIFICATE REQUEST-----\n',
      ).toString('base64'),
    },
  });
  const csrs = strategyOf('certificatesigningrequests.certificates.k8s.io');
  expect(createErrors(csrs, request)).toEqual([]);
  csrs.prepareForCreate?.(request, {
    ...contextOf(),
    requester: { name: 'eve', uid: '7', groups: ['g'], extra: {} },
  });
  expect(request['spec']).toMatchObject({ username: 'eve', uid: '7', groups: ['g'] });
});
