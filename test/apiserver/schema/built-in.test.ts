// What ajv finds in objects of built-in types, and how it is told: order, paths, limits.
import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../../../apiserver/object/kube-object.js';
import { decodeBody } from '../../../apiserver/schema/decode.js';
import { identityOf } from '../../../apiserver/schema/distinct.js';
import { types, validator } from './reading.js';

const crdName = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition';

function problems(object: JsonObject, schemaName: string): string[] {
  const name = schemaName.startsWith('io.') ? schemaName : `io.k8s.api.${schemaName}`;
  return validator.validate(object, name).map(({ field, message }) => `${field}: ${message}`);
}

describe('the schemas of built-in types', () => {
  it('tell violations in the order of the type, items by index', () => {
    const containers = [
      { image: 'a' },
      { name: 'b', env: [{}] },
      { volumeMounts: [{}], env: [{}] },
    ];
    expect(problems({ spec: { restartPolicy: 'X', containers } }, 'core.v1.Pod')).toEqual([
      'spec.containers[0].name: Required value',
      'spec.containers[1].env[0].name: Required value',
      'spec.containers[2].env[0].name: Required value',
      'spec.containers[2].name: Required value',
      'spec.containers[2].volumeMounts[0].mountPath: Required value',
      'spec.containers[2].volumeMounts[0].name: Required value',
      'spec.restartPolicy: Unsupported value: "X": supported values: "Always", "Never", "OnFailure"',
    ]);
  });

  it('hold values to their types, should a part of the server itself put in others', () => {
    expect(problems({ spec: { containers: 'x', hostNetwork: 1 } }, 'core.v1.Pod')).toEqual([
      'spec.containers: Invalid value: "x": must be of type array',
      'spec.hostNetwork: Invalid value: 1: must be of type boolean',
    ]);
    const lease = { spec: { leaseTransitions: 2 ** 40, renewTime: 'now' } };
    expect(problems(lease, 'coordination.v1.Lease')).toEqual([
      'spec.leaseTransitions: Invalid value: 1099511627776: must be of format int32',
      'spec.renewTime: Invalid value: "now": must be of format date-time',
    ]);
  });

  it('take null for nothing and a bigint for an integer', () => {
    const spec = { containers: [{ name: 'a', image: null }], activeDeadlineSeconds: 2n ** 60n };
    expect(problems({ spec, metadata: null }, 'core.v1.Pod')).toEqual([]);
    expect(problems({ spec: { containers: null } }, 'core.v1.Pod')).toEqual([
      'spec.containers: Required value',
    ]);
    expect(problems({ spec: { selector: {}, template: null } }, 'apps.v1.Deployment')).toEqual([
      'spec.template.spec.containers: Required value',
    ]);
  });

  it('reach into maps, whose keys stand in brackets', () => {
    const properties = { 'a/b~c': { 'x-kubernetes-validations': [{ message: 'm' }] } };
    const schema = { openAPIV3Schema: { type: 'object', properties } };
    const versions = [{ name: 'v1', served: true, storage: true, schema }];
    const spec = { group: 'g', scope: 'Cluster', names: { plural: 'p', kind: 'K' }, versions };
    expect(problems({ spec }, crdName)).toEqual([
      'spec.versions[0].schema.openAPIV3Schema.properties[a/b~c].x-kubernetes-validations[0].rule: Required value',
    ]);
  });

  it('keep the limits that markers set', () => {
    const name = 'resource.v1alpha3.ResourcePoolStatusRequest';
    const spec = (limit: number): JsonObject => ({ spec: { driver: 'd', limit } });
    expect(problems(spec(0), name)).toEqual([
      'spec.limit: Invalid value: 0: must be greater than or equal to 1',
    ]);
    expect(problems(spec(1001), name)).toEqual([
      'spec.limit: Invalid value: 1001: must be less than or equal to 1000',
    ]);
    expect(problems(spec(1000), name)).toEqual([]);
  });

  it('list at most a thousand violations and say so', () => {
    const containers = Array.from({ length: 100_000 }, () => ({}));
    const found = problems({ spec: { containers } }, 'core.v1.Pod');
    expect(found).toHaveLength(1001);
    expect(found.at(-1)).toBe(
      '<nil>: Too many: must have at most 1000 violations; the others are not listed',
    );
  });
});

describe('what is derived from a type', () => {
  it('stays while other types come and go', () => {
    let computed = 0;
    const compute = (): object => ({ computed: ++computed });
    types.derived(compute, 'io.k8s.api.core.v1.Pod');
    types.put('com.example.v1.Passing', { type: 'object' });
    types.delete('com.example.v1.Passing');
    types.derived(compute, 'io.k8s.api.core.v1.Pod');
    expect(computed).toBe(1);
  });
});

describe('identityOf', () => {
  it('is the same for equal values only', () => {
    expect(identityOf({ a: 1, b: [1n, null] })).toBe(identityOf({ b: [1, null], a: 1n }));
    expect(identityOf({ a: undefined })).toBe(identityOf({}));
    expect(identityOf('1')).not.toBe(identityOf(1));
    expect(identityOf(['a,b'])).not.toBe(identityOf(['a', 'b']));
    expect(identityOf({ 'a":1,"b': 1 })).not.toBe(identityOf({ a: 1, b: 1 }));
  });
});

describe('repeated keys without end', () => {
  it.each([
    [
      'application/json',
      `${'{"a":'.repeat(400)}{${'"x":1,'.repeat(20_000)}"y":1}${'}'.repeat(400)}`,
    ],
    [
      'application/json',
      `{${Array.from({ length: 500 }, (_, key) => `"k${key}":1,"k${key}":2`).join(',')}}`,
    ],
    ['application/yaml', 'a: 1\n'.repeat(20_000)],
  ])('are told a hundred times at most (%s)', (mediaType, text) => {
    const { duplicates } = decodeBody(Buffer.from(text), mediaType);
    expect(duplicates.length).toBeGreaterThan(0);
    expect(duplicates.length).toBeLessThanOrEqual(100);
  });
});
