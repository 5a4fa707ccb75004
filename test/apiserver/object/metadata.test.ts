// Metadata: what it may hold and what an update may not change.
import { describe, expect, it } from '@jest/globals';
import type { ObjectMeta } from '../../../apiserver/object/kube-object.js';
import {
  validateFieldManager,
  validateObjectMeta,
  validateObjectMetaUpdate,
  type MetaRules,
} from '../../../apiserver/object/metadata.js';

const rules: MetaRules = { namespaced: true, nameKind: 'dns-subdomain', field: 'metadata' };
const good: ObjectMeta = { name: 'a', namespace: 'default' };

function problems(meta: ObjectMeta, more: Partial<MetaRules> = {}): string[] {
  return validateObjectMeta(meta, { ...rules, ...more }).map(
    ({ field, message }) => `${field}: ${message}`,
  );
}

describe('validateObjectMeta', () => {
  it('accepts a name and a namespace', () => {
    expect(problems(good)).toEqual([]);
  });

  it('asks for a name and, where due, a namespace', () => {
    expect(problems({})).toEqual([
      'metadata.name: Required value: name or generateName is required',
      'metadata.namespace: Required value',
    ]);
    expect(problems({ name: 'a', namespace: 'b' }, { namespaced: false })).toEqual([
      'metadata.namespace: Forbidden: not allowed on this type',
    ]);
  });

  it('lists every bad label, annotation and finalizer', () => {
    const fields = validateObjectMeta(
      {
        ...good,
        name: 'A',
        generateName: 'BB-',
        labels: { 'a b': 'c', d: '-' },
        annotations: { '/': 'x', 'Upper.Case/ok': 'x' },
        finalizers: ['plain', 'a b'],
      },
      rules,
    ).map(({ field }) => field);
    expect(new Set(fields)).toEqual(
      new Set([
        'metadata.generateName',
        'metadata.name',
        'metadata.labels',
        'metadata.annotations',
        'metadata.finalizers',
        'metadata.finalizers[0]',
        'metadata.finalizers[1]',
      ]),
    );
  });

  it('limits all annotations together to 256 KiB of UTF-8', () => {
    expect(problems({ ...good, annotations: { a: 'x'.repeat(256 * 1024 - 1) } })).toEqual([]);
    expect(problems({ ...good, annotations: { a: '😀'.repeat(64 * 1024) } })).toEqual([
      'metadata.annotations: Too long: may not be more than 262144 bytes',
    ]);
  });

  it('allows one controlling owner and asks every owner for its parts', () => {
    const owner = { apiVersion: 'v1', kind: 'Pod', name: 'a', uid: 'u', controller: true };
    expect(problems({ ...good, ownerReferences: [owner] })).toEqual([]);
    expect(problems({ ...good, ownerReferences: [owner, { ...owner, name: 'b' }] })[0]).toContain(
      'Only one reference can have Controller set to true. Found "true" in references for a and b',
    );
    const unidentified = { ...owner };
    Reflect.deleteProperty(unidentified, 'uid');
    expect(problems({ ...good, ownerReferences: [unidentified] })).toEqual([
      'metadata.ownerReferences.uid: Invalid value: "": must not be empty',
    ]);
    expect(problems({ ...good, ownerReferences: [{} as typeof owner] })).toHaveLength(4); // as: what clients send
    expect(problems({ ...good, ownerReferences: [{ ...owner, uid: '' }] })).toEqual([
      'metadata.ownerReferences.uid: Invalid value: "": must not be empty',
    ]);
  });

  it('checks managed fields and managers', () => {
    expect(problems({ ...good, managedFields: [{ manager: 'm' }] })).toEqual([
      'metadata.managedFields[0].operation: Invalid value: "": must be `Apply` or `Update`',
    ]);
    expect(validateFieldManager('a\u0001', 'fieldManager')).toHaveLength(1);
    expect(validateFieldManager('x'.repeat(129), 'fieldManager')).toHaveLength(1);
  });

  it('lets custom resources have plain finalizers', () => {
    expect(problems({ ...good, finalizers: ['plain'] }, { anyFinalizer: true })).toEqual([]);
  });
});

describe('validateObjectMetaUpdate', () => {
  it('refuses other identities', () => {
    const old = { ...good, uid: 'u', creationTimestamp: '2026-01-01T00:00:00Z' };
    expect(validateObjectMetaUpdate(old, old)).toEqual([]);
    expect(
      validateObjectMetaUpdate({ ...old, uid: 'v', name: 'b' }, old).map(
        ({ field, message }) => `${field}: ${message}`,
      ),
    ).toEqual([
      'metadata.name: Invalid value: "b": field is immutable',
      'metadata.uid: Invalid value: "v": field is immutable',
    ]);
  });

  it('refuses new finalizers on an object that is going', () => {
    const old = { ...good, deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['a/b'] };
    expect(validateObjectMetaUpdate({ ...old, finalizers: [] }, old)).toEqual([]);
    expect(validateObjectMetaUpdate({ ...old, finalizers: ['a/b', 'a/c'] }, old)[0]?.message).toBe(
      'Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"a/c"}',
    );
  });
});
