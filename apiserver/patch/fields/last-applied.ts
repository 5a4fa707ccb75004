// The bridge from kubectl's client-side apply, which keeps its last configuration in an annotation: a first
// server-side apply by "kubectl" may take over the fields the annotation lists, and keeps the annotation in step.
import { cloneJson, parseJson } from '../../object/json.js';
import { isJsonObject, type JsonObject, type KubeObject } from '../../object/kube-object.js';
import { compareValues } from './compare-values.js';
import { difference, emptySet, type FieldSet } from './field-set.js';
import { goJson } from './go-text.js';
import { appliedFields } from './owned-fields.js';
import type { TypePlan } from './type-plan.js';
import { typeErrors } from './typed-value.js';

export const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration';
/** The manager's name kubectl uses with --server-side; others opt out of the bridge. */
export const bridgedManager = 'kubectl';
const annotationBytesMax = 256 * 1024;

/** Fields of the last client-side configuration that still are as it set them. */
export function fieldsOfLastApplied(plan: TypePlan, live: KubeObject): FieldSet {
  const configuration = readAnnotation(live);
  if (configuration === undefined || configuration['apiVersion'] !== live.apiVersion)
    return emptySet;
  if (typeErrors(plan, configuration).length > 0) return emptySet;
  const { added, modified, removed } = compareValues(plan, configuration, live);
  return [modified, added, removed].reduce(difference, appliedFields(plan, configuration));
}

function readAnnotation(live: KubeObject): JsonObject | undefined {
  const text = live.metadata.annotations?.[lastAppliedAnnotation];
  if (typeof text !== 'string' || text === '') return undefined;
  try {
    const value = parseJson(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Rewrites the annotation of `object` (the caller's own), if it has one; drops it when it would be too large. */
export function refreshLastApplied(object: KubeObject, applied: KubeObject): void {
  const annotations = object.metadata.annotations;
  if (annotations === undefined || (annotations[lastAppliedAnnotation] ?? '') === '') return;
  const configuration = cloneJson(applied);
  delete configuration.metadata.annotations?.[lastAppliedAnnotation];
  annotations[lastAppliedAnnotation] = `${goJson(configuration)}\n`;
  const bytes = Object.entries(annotations).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  );
  // Object.keys of a record of strings; a plain key.
  if (bytes > annotationBytesMax) Reflect.deleteProperty(annotations, lastAppliedAnnotation);
}
