import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Json, JsonObject } from '../../../../apiserver/object/kube-object.js';
import type { SchemaNode } from '../../../../apiserver/object/schema-node.js';
import { compareValues } from '../../../../apiserver/patch/fields/compare-values.js';
import { toFieldsV1, union } from '../../../../apiserver/patch/fields/field-set.js';
import { newFields } from '../../../../apiserver/patch/fields/new-fields.js';
import { planOf } from '../../../../apiserver/patch/fields/type-plan.js';
import { deploymentType, podType, resolve } from '../kubernetes-types.js';

const text = fc.constantFrom('a', 'b', '<', 'é', '\u{1f600}', '\uffee');
const names = fc.constantFrom(
  'apiVersion',
  'metadata',
  'labels',
  'annotations',
  'finalizers',
  'ownerReferences',
  'uid',
  'spec',
  'status',
  'containers',
  'initContainers',
  'name',
  'ports',
  'containerPort',
  'protocol',
  'env',
  'resources',
  'limits',
  'tolerations',
  'template',
  'strategy',
  'selector',
  'nobodyDeclaredThis',
);
const { any } = fc.letrec<{ any: Json; object: JsonObject }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 6 },
    text,
    fc.integer({ min: 0, max: 3 }),
    fc.constant(null),
    fc.array(tie('any'), { maxLength: 3 }),
    tie('object'),
  ),
  object: fc.dictionary(fc.oneof({ weight: 8, arbitrary: names }, text), tie('any'), {
    maxKeys: 6,
    noNullPrototype: true,
  }),
}));
const objects = fc.dictionary(names, any, { maxKeys: 6, noNullPrototype: true });

describe('the fields of a new object', () => {
  const kinds: [string, SchemaNode][] = [
    ['a Pod', podType],
    ['a Deployment', deploymentType],
    ['a kind without a schema', { type: 'object' }],
  ];

  for (const [kind, node] of kinds)
    it(`are those a comparison with nothing finds, in the order of the wire, for ${kind}`, () => {
      const plan = planOf(node, resolve);
      fc.assert(
        fc.property(objects, (object) => {
          const { added, modified } = compareValues(plan, {}, object);
          const expected = toFieldsV1(union(modified, added));
          expect(JSON.stringify(newFields(plan, object))).toBe(JSON.stringify(expected));
        }),
        { numRuns: 500 },
      );
    });
});
