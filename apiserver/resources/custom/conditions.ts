// Conditions in an object's status: one a type, its time the last change of its status.
import type { JsonObject, KubeObject } from '../../object/kube-object.js';
import { child, children, ensure, text } from '../strategies/fields.js';

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

/** `now` is RFC 3339. Returns whether anything changed. */
export function setCondition(object: KubeObject, now: string, condition: Condition): boolean {
  const conditions = children(child(object, 'status'), 'conditions');
  const old = conditions.find((other) => text(other, 'type') === condition.type);
  if (old !== undefined && isSame(old, condition)) return false;
  const isTurned = old === undefined || text(old, 'status') !== condition.status;
  const { type, status, reason, message } = condition;
  const lastTransitionTime = isTurned ? now : text(old, 'lastTransitionTime');
  const made: JsonObject = { lastTransitionTime, message, reason, status, type };
  const others = conditions.filter((other) => other !== old);
  ensure(object, 'status')['conditions'] =
    old === undefined
      ? [...others, made]
      : conditions.map((other) => (other === old ? made : other));
  return true;
}

const isSame = (old: JsonObject, { status, reason, message }: Condition): boolean =>
  text(old, 'status') === status &&
  text(old, 'reason') === reason &&
  text(old, 'message') === message;
