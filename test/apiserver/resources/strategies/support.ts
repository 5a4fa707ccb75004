// What the strategies' tests share: objects as a client sends them, taken the way a request goes.
import { expect } from '@jest/globals';
import type { FieldError } from '../../../../apiserver/object/field-error.js';
import { cloneJson } from '../../../../apiserver/object/json.js';
import type { Json, JsonObject, KubeObject } from '../../../../apiserver/object/kube-object.js';
import type { Strategy, StrategyContext } from '../../../../apiserver/resources/resource.js';
import { createStrategies } from '../../../../apiserver/resources/strategies/strategies.js';

export const strategies = createStrategies({
  serviceIpRanges: ['10.96.0.0/16'],
  nodePortRange: [30000, 32767],
});

export function strategyOf(name: string): Strategy {
  const strategy = strategies[name];
  if (strategy === undefined) throw new Error(`no strategy for ${name}`);
  return strategy;
}

/** A random source that gives these numbers in turn, then 0. */
export function contextOf(
  taken: Readonly<Record<string, readonly string[]>> = {},
  numbers: number[] = [],
): StrategyContext {
  return {
    now: '2026-01-02T03:04:05Z',
    random: () => numbers.shift() ?? 0,
    user: 'admin',
    claimed: (prefix) => Promise.resolve(new Set(taken[prefix] ?? [])),
  };
}

export function objectOf(kind: string, name: string, rest: JsonObject = {}): KubeObject {
  return cloneJson<KubeObject>({
    apiVersion: 'v1',
    kind,
    metadata: {
      name,
      namespace: 'default',
      uid: 'uid-1',
      ...(rest['metadata'] as JsonObject | undefined),
    },
    ...Object.fromEntries(Object.entries(rest).filter(([key]) => key !== 'metadata')),
  });
}

/** Defaults and preparation, as on POST. */
export function created(strategy: Strategy, object: KubeObject): KubeObject {
  const next = cloneJson(object);
  strategy.applyDefaults?.(next);
  strategy.prepareForCreate?.(next, contextOf());
  return next;
}

export function createErrors(strategy: Strategy, object: KubeObject): string[] {
  const next = created(strategy, object);
  return lines([...(strategy.validate?.(next) ?? []), ...(strategy.validateCreate?.(next) ?? [])]);
}

/** Errors of changing a created object. */
export function updateErrors(
  strategy: Strategy,
  old: KubeObject,
  change: (object: KubeObject) => void,
): string[] {
  const next = updated(strategy, old, change);
  return lines([
    ...(strategy.validate?.(next) ?? []),
    ...(strategy.validateUpdate?.(next, old) ?? []),
  ]);
}

export function updated(
  strategy: Strategy,
  old: KubeObject,
  change: (object: KubeObject) => void,
): KubeObject {
  const next = cloneJson(old);
  change(next);
  strategy.applyDefaults?.(next);
  strategy.prepareForUpdate?.(next, old, contextOf());
  return next;
}

export const lines = (errors: readonly FieldError[]): string[] =>
  errors.map(({ field, message }) => `${field}: ${message}`);

/** Sets the value at a path such as `spec.containers.0.image`; undefined removes it. */
export function set(object: JsonObject, path: string, value: Json | undefined): void {
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let parent: Record<string, unknown> = object;
  for (const key of keys) {
    parent[key] ??= {};
    parent = parent[key] as Record<string, unknown>;
  }
  if (value === undefined) Reflect.deleteProperty(parent, last);
  else parent[last] = value;
}

export type Change = readonly [path: string, value: Json | undefined];

/** One row a rule: what is changed in a valid object, and the errors that must come, all and only those. */
export function expectErrors(
  strategy: Strategy,
  valid: KubeObject,
  changes: readonly Change[],
  expected: readonly string[],
): void {
  const object = cloneJson(valid);
  for (const [path, value] of changes) set(object, path, value);
  expect(createErrors(strategy, object)).toEqual(expected);
}

export const nginxPod = objectOf('Pod', 'nginx', {
  spec: { containers: [{ name: 'nginx', image: 'nginx:1.27', ports: [{ containerPort: 80 }] }] },
});

export const labelRule =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

/** A valid object of a kind, and what its strategy refuses. */
export interface Case {
  readonly strategy: string;
  readonly valid: KubeObject;
  /** What defaults and preparation add. */
  readonly becomes?: JsonObject;
  readonly refused: readonly (readonly [Change[], string[]])[];
  readonly fixed?: readonly (readonly [path: string, value: Json, error: string])[];
}
