// Which members of the built-in types exist even in an empty object: structs held by value and lists written
// although empty. The real server compares Go values, so on a create nobody "adds" them: managedFields then show
// `f:spec` without ".", but `f:rollingUpdate` (a pointer) with it. Data of Kubernetes' API types.
import type { Json } from '../../object/kube-object.js';
import type { SchemaNode } from '../../object/schema-node.js';

/** Names of types (the last part) that other types hold by value. */
const heldByValue: ReadonlySet<string> = new Set([
  'CustomResourceDefinitionNames',
  'CrossVersionObjectReference',
  'DaemonEndpoint',
  'DaemonSetUpdateStrategy',
  'DeploymentStrategy',
  'IngressLoadBalancerStatus',
  'JobTemplateSpec',
  'LoadBalancerStatus',
  'NodeDaemonEndpoints',
  'NodeSystemInfo',
  'ObjectMeta',
  'PodTemplateSpec',
  'ResourceRequirements',
  'StatefulSetUpdateStrategy',
  'VolumeResourceRequirements',
]);

/** `{}` or null for a member that is there in any case, undefined for one that is not. */
export function zeroValue(
  name: string,
  property: SchemaNode,
  parent: SchemaNode,
): Json | undefined {
  if (isHeldByValue(name, property)) return {};
  return isWrittenWhenEmpty(name, property, parent) ? null : undefined;
}

function isHeldByValue(name: string, { $ref }: SchemaNode): boolean {
  if ($ref === undefined) return false;
  return (
    name === 'spec' || name === 'status' || heldByValue.has($ref.slice($ref.lastIndexOf('.') + 1))
  );
}

/** Required lists of built-in types (`containers: null`). */
const isWrittenWhenEmpty = (name: string, { items }: SchemaNode, parent: SchemaNode): boolean =>
  items?.$ref !== undefined && parent.required?.includes(name) === true;
