// Event core/v1 (stored) <-> events.k8s.io/v1: the same object under other field names.
import type { JsonObject, KubeObject } from '../../object/kube-object.js';

/** [core/v1, events.k8s.io/v1] */
const names: readonly (readonly [string, string])[] = [
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
  ['reportingComponent', 'reportingController'],
];

const toNew = new Map(names);
const toCore = new Map(names.map(([core, other]) => [other, core]));

function renamed(
  object: KubeObject,
  to: ReadonlyMap<string, string>,
  apiVersion: string,
): KubeObject {
  const result: JsonObject = {};
  for (const [name, value] of Object.entries(object)) result[to.get(name) ?? name] = value;
  return { ...result, apiVersion, kind: object.kind, metadata: object.metadata };
}

export const eventFromStored = (stored: KubeObject): KubeObject =>
  renamed(stored, toNew, 'events.k8s.io/v1');

export const eventToStored = (object: KubeObject): KubeObject => renamed(object, toCore, 'v1');
