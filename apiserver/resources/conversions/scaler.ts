// HorizontalPodAutoscaler v1 <-> v2 (stored). What v1 has no field for travels in annotations, in the shapes
// a real server writes, so that a v1 client's read-modify-write loses nothing.
import {
  isJsonObject,
  type Json,
  type JsonObject,
  type KubeObject,
} from '../../object/kube-object.js';

const prefix = 'autoscaling.alpha.kubernetes.io/';
const keys = {
  metrics: `${prefix}metrics`,
  currentMetrics: `${prefix}current-metrics`,
  conditions: `${prefix}conditions`,
  behavior: `${prefix}behavior`,
} as const;

const defaultCpuPercent = 80;

type Fields = Readonly<Record<string, Json | undefined>>;

const child = (value: Json | undefined, name: string): JsonObject | undefined => {
  const inner = isJsonObject(value) ? value[name] : undefined;
  return isJsonObject(inner) ? inner : undefined;
};

const items = (value: Json | undefined): JsonObject[] =>
  Array.isArray(value) ? value.filter(isJsonObject) : [];

/** An object without its absent fields. */
function present(fields: Fields): JsonObject {
  const object: JsonObject = {};
  for (const [name, value] of Object.entries(fields))
    if (value !== undefined && value !== null) object[name] = value;
  return object;
}

const without = (object: JsonObject, ...names: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));

const isCpuPercent = (metric: JsonObject): boolean =>
  metric['type'] === 'Resource' &&
  child(metric, 'resource')?.['name'] === 'cpu' &&
  child(child(metric, 'resource'), 'target')?.['averageUtilization'] !== undefined;

/** Where a metric of each type keeps its source, in both versions. */
const sources = {
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
  ContainerResource: 'containerResource',
  External: 'external',
} as const;

const sourceOf = (metric: JsonObject): string | undefined =>
  Object.entries(sources).find(([type]) => type === metric['type'])?.[1];

/** v2 `{metric, target|current, describedObject}` -> v1's flat fields; `kind` picks target* or current*. */
function flatten(metric: JsonObject, kind: 'target' | 'current'): JsonObject {
  const field = sourceOf(metric);
  const source = field === undefined ? undefined : child(metric, field);
  if (field === undefined || source === undefined) return metric;
  const values = child(source, kind) ?? {};
  const identity = child(source, 'metric');
  const isObject = field === 'object';
  const average = isObject ? 'averageValue' : `${kind}AverageValue`;
  const flat = present({
    name: source['name'],
    container: source['container'],
    target: source['describedObject'],
    metricName: identity?.['name'],
    [field === 'external' ? 'metricSelector' : 'selector']: identity?.['selector'],
    // v1 has no way to leave an object metric's value out: a real server writes "0" there.
    [`${kind}Value`]: values['value'] ?? (isObject ? '0' : undefined),
    [average]: values['averageValue'],
    [`${kind}AverageUtilization`]: values['averageUtilization'],
  });
  return { type: metric['type'], [field]: flat };
}

function targetType(target: JsonObject): string {
  if (target['averageUtilization'] !== undefined) return 'Utilization';
  return target['averageValue'] === undefined ? 'Value' : 'AverageValue';
}

function unflatten(metric: JsonObject, kind: 'target' | 'current'): JsonObject {
  const field = sourceOf(metric);
  const source = field === undefined ? undefined : child(metric, field);
  if (field === undefined || source === undefined) return metric;
  const isObject = field === 'object';
  const average = source[isObject ? 'averageValue' : `${kind}AverageValue`];
  const value = source[`${kind}Value`];
  const values = present({
    value: isObject && average !== undefined && value === '0' ? undefined : value,
    averageValue: average,
    averageUtilization: source[`${kind}AverageUtilization`],
  });
  const identity = present({
    name: source['metricName'],
    selector: source[field === 'external' ? 'metricSelector' : 'selector'],
  });
  return {
    type: metric['type'],
    [field]: present({
      name: source['name'],
      container: source['container'],
      describedObject: isObject ? source['target'] : undefined,
      metric: Object.keys(identity).length === 0 ? undefined : identity,
      [kind]: kind === 'target' ? { type: targetType(values), ...values } : values,
    }),
  };
}

/** undefined for text that is not JSON: a client's broken annotation is dropped, as upstream does. */
function parse(text: Json | undefined): Json | undefined {
  if (typeof text !== 'string') return undefined;
  try {
    return JSON.parse(text) as Json; // as: JSON.parse gives JSON
  } catch {
    return undefined;
  }
}

function withAnnotations(object: KubeObject, added: Readonly<Record<string, string>>): KubeObject {
  const own = Object.values(keys) as readonly string[]; // as: plain strings to compare with
  const kept = Object.entries(object.metadata.annotations ?? {}).filter(
    ([key]) => !own.includes(key),
  );
  const metadata = without(object.metadata, 'annotations');
  const annotations = { ...Object.fromEntries(kept), ...added };
  return {
    ...object,
    metadata: Object.keys(annotations).length === 0 ? metadata : { ...metadata, annotations },
  };
}

const percentOf = (metrics: readonly JsonObject[], kind: 'target' | 'current'): Json | undefined =>
  metrics
    .filter(
      (metric) => metric['type'] === 'Resource' && child(metric, 'resource')?.['name'] === 'cpu',
    )
    .map((metric) => child(child(metric, 'resource'), kind)?.['averageUtilization'])
    .find((percent) => percent !== undefined);

/** v2 -> v1. */
export function scalerToV1(stored: KubeObject): KubeObject {
  const spec = child(stored, 'spec');
  const status = child(stored, 'status');
  const metrics = items(spec?.['metrics']);
  const current = items(status?.['currentMetrics']);
  const conditions = items(status?.['conditions']);
  const others = metrics.filter((metric) => !isCpuPercent(metric));
  const added: Record<string, string> = {};
  if (others.length > 0)
    added[keys.metrics] = JSON.stringify(others.map((metric) => flatten(metric, 'target')));
  if (current.length > 0)
    added[keys.currentMetrics] = JSON.stringify(
      current.map((metric) => flatten(metric, 'current')),
    );
  if (conditions.length > 0) added[keys.conditions] = JSON.stringify(conditions);
  if (spec?.['behavior'] !== undefined) added[keys.behavior] = JSON.stringify(spec['behavior']);
  const rest = withAnnotations(stored, added);
  return {
    ...without(rest, 'spec', 'status'),
    apiVersion: 'autoscaling/v1',
    kind: stored.kind,
    metadata: rest.metadata,
    ...present({
      spec: spec && specToV1(spec, metrics),
      status: status && statusToV1(status, current),
    }),
  };
}

function specToV1(spec: JsonObject, metrics: readonly JsonObject[]): JsonObject {
  const rest = without(spec, 'metrics', 'behavior');
  return present({ ...rest, targetCPUUtilizationPercentage: percentOf(metrics, 'target') });
}

function statusToV1(status: JsonObject, current: readonly JsonObject[]): JsonObject {
  const rest = without(status, 'currentMetrics', 'conditions');
  return present({ ...rest, currentCPUUtilizationPercentage: percentOf(current, 'current') });
}

/** v1 -> v2; without any metric the old implicit 80 % of CPU becomes an explicit one. */
export function scalerToStored(object: KubeObject): KubeObject {
  return { ...scalerFromV1(object), apiVersion: 'autoscaling/v2', kind: object.kind };
}

/** The same for any JSON object ; table cells read v1 objects through it. */
export function scalerFromV1(object: JsonObject): KubeObject {
  const source: KubeObject = {
    ...object,
    apiVersion: 'autoscaling/v1',
    kind: 'HorizontalPodAutoscaler',
    metadata: child(object, 'metadata') ?? {},
  };
  const annotations = source.metadata.annotations ?? {};
  const spec = child(source, 'spec');
  const status = child(source, 'status');
  return {
    ...withAnnotations(source, {}),
    ...present({
      spec: spec && specToV2(spec, annotations),
      status: status && statusToV2(status, annotations),
    }),
  };
}

function specToV2(spec: JsonObject, annotations: Fields): JsonObject {
  const { targetCPUUtilizationPercentage: percent, ...rest } = spec;
  const metrics = items(parse(annotations[keys.metrics])).map((it) => unflatten(it, 'target'));
  if (percent !== undefined) metrics.unshift(cpuMetric('target', percent));
  if (metrics.length === 0) metrics.push(cpuMetric('target', defaultCpuPercent));
  return present({ ...rest, metrics, behavior: parse(annotations[keys.behavior]) });
}

function statusToV2(status: JsonObject, annotations: Fields): JsonObject {
  const { currentCPUUtilizationPercentage: percent, ...rest } = status;
  let metrics = items(parse(annotations[keys.currentMetrics])).map((it) =>
    unflatten(it, 'current'),
  );
  if (metrics.length === 0 && percent !== undefined) metrics = [cpuMetric('current', percent)];
  const conditions = parse(annotations[keys.conditions]);
  return present({
    ...rest,
    currentMetrics: metrics.length === 0 ? undefined : metrics,
    conditions,
  });
}

function cpuMetric(kind: 'target' | 'current', averageUtilization: Json): JsonObject {
  const values =
    kind === 'target' ? { type: 'Utilization', averageUtilization } : { averageUtilization };
  return { type: 'Resource', resource: { name: 'cpu', [kind]: values } };
}
