import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ApiError } from '../../../../apiserver/object/api-error.js';
import { cloneJson } from '../../../../apiserver/object/json.js';
import type { Json, JsonObject, KubeObject } from '../../../../apiserver/object/kube-object.js';
import { clusterCases } from './cluster-rules.js';
import { namespacedCases } from './namespaced-rules.js';
import { contextOf, nginxPod, strategies, strategyOf } from './support.js';

const names = Object.keys(strategies);
const samples = [nginxPod, ...[...namespacedCases, ...clusterCases].map((entry) => entry.valid)];
const scraps: Json[] = [
  null,
  0,
  -1,
  '',
  'x',
  true,
  [],
  {},
  [null],
  [[]],
  { a: null },
  1e300,
  '1Gi',
  'None',
];

/** Replaces a value somewhere in the object. */
function mutate(value: Json | undefined, path: number[], scrap: Json): Json | undefined {
  const [step, ...rest] = path;
  if (step === undefined || typeof value !== 'object' || value === null) return scrap;
  const keys = Object.keys(value);
  const key = keys[step % Math.max(keys.length, 1)];
  if (key === undefined) return scrap;
  const copy = cloneJson(value) as JsonObject;
  copy[key] = mutate(copy[key], rest, scrap);
  return copy;
}

it('no strategy ever fails on odd input: it reports, or passes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...names),
      fc.constantFrom(...samples),
      fc.array(fc.nat(12), { minLength: 1, maxLength: 7 }),
      fc.constantFrom(...scraps),
      async (name, sample, path, scrap) => {
        const strategy = strategyOf(name);
        const broken = {
          ...(mutate(sample, path, scrap) as JsonObject),
          metadata: { ...sample.metadata },
        };
        const object = broken as unknown as KubeObject;
        const old = cloneJson(object);
        strategy.applyDefaults?.(object);
        strategy.prepareForCreate?.(object, contextOf());
        const errors = [
          ...(strategy.validate?.(object) ?? []),
          ...(strategy.validateCreate?.(object) ?? []),
        ];
        try {
          await strategy.allocate?.(object, undefined, contextOf());
        } catch (error) {
          expect(error).toBeInstanceOf(ApiError);
        }
        strategy.claims?.(object);
        strategy.warnings?.(object, undefined);
        strategy.prepareForUpdate?.(object, old, contextOf());
        errors.push(...(strategy.validateUpdate?.(object, old) ?? []));
        errors.push(...(strategy.validateStatusUpdate?.(object, old) ?? []));
        strategy.graceSeconds?.(object, undefined);
        for (const error of errors) expect(typeof error.message).toBe('string');
      },
    ),
    { numRuns: 3000 },
  );
});
