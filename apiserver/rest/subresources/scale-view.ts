// A workload as a Scale: where its replicas and its selector are. Built-in kinds have them in the usual places, a
// custom resource where its definition says.
import { internalError } from '../../object/api-error.js';
import {
  isJsonObject,
  type Json,
  type JsonObject,
  type KubeObject,
} from '../../object/kube-object.js';
import type { Resource } from '../../resources/resource.js';

export function scaleOf(parent: KubeObject, { scale }: Resource): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = parent.metadata;
  const metadata = { name, namespace, uid, resourceVersion, creationTimestamp };
  const replicas = valueAt(parent, scale?.specReplicasPath ?? '.spec.replicas');
  if (replicas === undefined && scale !== undefined)
    throw internalError(
      `the spec replicas field ${JSON.stringify(scale.specReplicasPath)} does not exist`,
    );
  const selector =
    scale === undefined
      ? selectorText(valueAt(parent, '.spec.selector'))
      : textOf(valueAt(parent, scale.labelSelectorPath ?? ''));
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: metadata as KubeObject['metadata'], // as: undefined members print as absent
    spec: replicas === undefined ? {} : { replicas },
    status: {
      replicas: valueAt(parent, scale?.statusReplicasPath ?? '.status.replicas') ?? 0,
      ...(selector === '' ? {} : { selector }),
    },
  };
}

export function setReplicas(parent: KubeObject, { scale }: Resource, replicas: number): void {
  const members = membersOf(scale?.specReplicasPath ?? '.spec.replicas');
  const last = members.pop() ?? 'replicas';
  let at: JsonObject = parent;
  for (const member of members) {
    const inner = Object.hasOwn(at, member) ? at[member] : undefined;
    const child: JsonObject = isJsonObject(inner) ? inner : {};
    at[member] = child;
    at = child;
  }
  at[last] = replicas;
}

/** `.spec.replicas` -> its members. */
const membersOf = (path: string): string[] => path.split('.').filter((member) => member !== '');

/** '' is nowhere. */
function valueAt(object: JsonObject, path: string): Json | undefined {
  if (path === '') return undefined;
  let value: Json | undefined = object;
  for (const member of membersOf(path))
    value = isJsonObject(value) && Object.hasOwn(value, member) ? value[member] : undefined;
  return value;
}

/** A selector as kubectl would take it after -l; replication controllers have a plain map. */
function selectorText(selector: JsonObject[string]): string {
  if (!isJsonObject(selector)) return '';
  const isPlain =
    selector['matchLabels'] === undefined && selector['matchExpressions'] === undefined;
  const labels = isPlain
    ? selector
    : isJsonObject(selector['matchLabels'])
      ? selector['matchLabels']
      : {};
  const parts = Object.entries(labels).map(([key, value]): readonly [string, string] => [
    key,
    `${key}=${textOf(value)}`,
  ]);
  const expressions = Array.isArray(selector['matchExpressions'])
    ? selector['matchExpressions']
    : [];
  for (const expression of isPlain ? [] : expressions) {
    if (isJsonObject(expression))
      parts.push([textOf(expression['key']), expressionText(expression)]);
  }
  return parts
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, text]) => text)
    .join(',');
}

function expressionText({ key, operator, values }: JsonObject): string {
  const name = textOf(key);
  const list = Array.isArray(values) ? values.map(textOf).sort().join(',') : '';
  switch (operator) {
    case 'In':
      return `${name} in (${list})`;
    case 'NotIn':
      return `${name} notin (${list})`;
    case 'DoesNotExist':
      return `!${name}`;
    default:
      return name;
  }
}

const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
