// What most kinds do with status: nobody sets it on creation, the main endpoint leaves it alone.
import type { FieldError } from '../../object/field-error.js';
import type { JsonObject, KubeObject } from '../../object/kube-object.js';
import type { Strategy } from '../resource.js';
import { checkAtMost, checkNotNegative } from './checks.js';
import { child, copyField, optionalInteger } from './fields.js';
import { invalid } from '../../object/field-error.js';

/** `zero` holds the numbers that are served even when 0. */
export const clearStatus =
  (zero: JsonObject = {}) =>
  (object: KubeObject): void => {
    object['status'] = { ...zero };
  };

export function keepStatus(object: KubeObject, old: KubeObject): void {
  copyField(object, old, 'status');
}

/** prepareForCreate and prepareForUpdate of a kind with nothing but a status. */
export const withStatus = (
  zero: JsonObject = {},
): Pick<Strategy, 'prepareForCreate' | 'prepareForUpdate'> => ({
  prepareForCreate: clearStatus(zero),
  prepareForUpdate: keepStatus,
});

type Limit = readonly [key: string, limitKey: string, detail: string];

/** Counters of a workload's status: none below zero, none above what it counts a part of. */
export const checkCounters =
  (keys: readonly string[], limits: readonly Limit[] = []) =>
  (object: KubeObject, old: KubeObject): FieldError[] => {
    const errors: FieldError[] = [];
    const status = child(object, 'status');
    if (status === undefined) return errors;
    checkNotNegative(status, keys, 'status', errors);
    for (const limit of limits) checkAtMost(status, limit, errors);
    const before = optionalInteger(child(old, 'status'), 'collisionCount');
    const after = optionalInteger(status, 'collisionCount');
    if (before !== undefined && (after ?? 0) < before)
      errors.push(invalid('status.collisionCount', after ?? 0, 'cannot be decremented'));
    return errors;
  };

export const overReplicas = 'cannot be greater than status.replicas';
