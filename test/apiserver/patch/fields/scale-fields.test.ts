import { describe, expect, it } from '@jest/globals';
import {
  parentManagedFields,
  scaleManagedFields,
} from '../../../../apiserver/patch/fields/scale-fields.js';
import { deployment, Script } from '../script.js';

const replicasPath = 'spec.replicas';
const parentEntries = (): ReturnType<typeof scaleManagedFields> =>
  new Script().create('a', deployment({ replicas: 1, paused: true })).live?.metadata.managedFields;

describe('ownership across /scale', () => {
  it('shows who owns the replicas, as fields of the Scale', () => {
    expect(scaleManagedFields(parentEntries(), replicasPath)).toEqual([
      {
        manager: 'a',
        operation: 'Update',
        apiVersion: 'autoscaling/v1',
        time: '2026-01-01T00:00:01Z',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:spec': { 'f:replicas': {} } },
      },
    ]);
    expect(scaleManagedFields(parentEntries(), 'spec.paused.not')).toBeUndefined();
  });

  it('moves the replicas to whoever scaled, and nothing else', () => {
    const scale = [
      {
        manager: 'hpa',
        operation: 'Apply' as const,
        apiVersion: 'autoscaling/v1',
        time: '2026-01-01T00:00:09Z',
        fieldsType: 'FieldsV1' as const,
        fieldsV1: { 'f:spec': { 'f:replicas': {} } },
        subresource: 'scale',
      },
    ];
    const merged = parentManagedFields(parentEntries(), scale, {
      replicasPath,
      apiVersion: 'apps/v1',
    });
    expect(merged).toEqual([
      { ...scale[0], apiVersion: 'apps/v1' },
      expect.objectContaining({ manager: 'a', fieldsV1: { 'f:spec': { 'f:paused': {} } } }),
    ]);
  });

  it('gives everything back when the Scale was not changed', () => {
    const parent = parentEntries();
    const scale = scaleManagedFields(parent, replicasPath);
    expect(parentManagedFields(parent, scale, { replicasPath, apiVersion: 'apps/v1' })).toEqual(
      parent,
    );
  });
});
