// The plan of a whole Kubernetes object. A custom resource's schema says little or nothing about its metadata: the
// server's own declaration takes its place, so that labels and finalizers are owned one by one on every kind.
import type { ResolveSchema, SchemaNode } from '../../object/schema-node.js';
import { planOf, type FieldPlan, type MapPlan, type TypePlan } from './type-plan.js';

const objectPlans = new WeakMap<TypePlan, TypePlan>();

export function objectPlanOf(schema: SchemaNode, resolve: ResolveSchema): TypePlan {
  const plan = planOf(schema, resolve);
  let whole = objectPlans.get(plan);
  if (whole === undefined) objectPlans.set(plan, (whole = withMetadata(plan)));
  return whole;
}

function withMetadata(plan: TypePlan): TypePlan {
  const map = plan.map;
  if (map === undefined || map.field('metadata')?.type.map?.field('labels') !== undefined)
    return plan;
  const header: Readonly<Record<string, FieldPlan>> = {
    apiVersion: { type: text, element: 'f:apiVersion', zero: undefined },
    kind: { type: text, element: 'f:kind', zero: undefined },
    metadata: { type: planOf(objectMeta, (node) => node), element: 'f:metadata', zero: {} },
  };
  const complete: MapPlan = {
    isAtomic: false,
    field: (name) => (Object.hasOwn(header, name) ? header[name] : map.field(name)),
    get others() {
      return map.others;
    },
  };
  return { scalar: undefined, list: undefined, map: complete };
}

const text: TypePlan = { scalar: 'string', list: undefined, map: undefined };

const string: SchemaNode = { type: 'string' };
const integer: SchemaNode = { type: 'integer', format: 'int64' };
const time: SchemaNode = { type: 'string', format: 'date-time' };
const strings: SchemaNode = { type: 'object', additionalProperties: string };

/** metav1.ObjectMeta, as far as ownership is concerned. */
const objectMeta: SchemaNode = {
  type: 'object',
  properties: {
    annotations: strings,
    creationTimestamp: time,
    deletionGracePeriodSeconds: integer,
    deletionTimestamp: time,
    finalizers: { type: 'array', items: string, 'x-kubernetes-list-type': 'set' },
    generateName: string,
    generation: integer,
    labels: strings,
    managedFields: {
      type: 'array',
      items: { type: 'object' },
      'x-kubernetes-list-type': 'atomic',
    },
    name: string,
    namespace: string,
    ownerReferences: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['uid'],
      items: {
        type: 'object',
        'x-kubernetes-map-type': 'atomic',
        properties: {
          apiVersion: string,
          blockOwnerDeletion: { type: 'boolean' },
          controller: { type: 'boolean' },
          kind: string,
          name: string,
          uid: string,
        },
      },
    },
    resourceVersion: string,
    selfLink: string,
    uid: string,
  },
};
