// /scale: the replica count of a workload as an autoscaling/v1 Scale. Reading makes one from the parent; writing
// changes the parent's spec.replicas and nothing else, by the parent's own rules.
import { badRequest, methodNotSupported, notFound } from '../../object/api-error.js';
import { invalid, invalidObject } from '../../object/field-error.js';
import { cloneJson, stringifyJson } from '../../object/json.js';
import {
  isJsonObject,
  type Json,
  type JsonObject,
  type KubeObject,
} from '../../object/kube-object.js';
import { applyJsonPatch } from '../../patch/json-patch.js';
import { applyMergePatch } from '../../patch/merge-patch.js';
import { applyStrategicMergePatch } from '../../patch/strategic-merge.js';
import { findEntry } from '../get.js';
import { callersFault, patchType, readPatch, type ReadPatch } from '../patch.js';
import { writeParameters, type WriteParameters } from '../query-options.js';
import { checkName, readBody, settleNamespace, typed } from '../read-body.js';
import type { RestCall, RestReply } from '../rest-call.js';
import { placeOf, writeCall, type RestDeps } from '../rest-deps.js';
import { mainRules, updateObject } from '../update-flow.js';

const scaleKind = {
  gvk: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
  schemaName: 'io.k8s.api.autoscaling.v1.Scale',
};

export async function scale(rest: RestDeps, call: RestCall): Promise<RestReply> {
  switch (call.verb) {
    case 'get':
      return reply(scaleOf((await findEntry(rest, call)).parse()));
    case 'update': {
      const parameters = writeParameters(call.query, 'UpdateOptions');
      const asked = readBody(rest, call, scaleKind, parameters.fieldValidation);
      return write(rest, call, parameters, () => asked);
    }
    case 'patch': {
      const type = patchType(call, true);
      const parameters = writeParameters(call.query, 'PatchOptions', type === 'apply');
      const patching = readPatch(call, type);
      return write(rest, call, parameters, (scaled) =>
        patchScale(rest, call, parameters, { scaled, patching }),
      );
    }
    default:
      throw methodNotSupported(call.resource, call.verb);
  }
}

const reply = (scaled: KubeObject): RestReply => ({
  type: 'object',
  code: 200,
  entry: { bytes: new TextEncoder().encode(stringifyJson(scaled)) },
});

async function write(
  rest: RestDeps,
  call: RestCall,
  parameters: WriteParameters,
  ask: (current: KubeObject) => KubeObject,
): Promise<RestReply> {
  const { resource, namespace, name = '' } = call;
  const writing = writeCall(rest, call, parameters);
  const written = await rest.objects.update(
    placeOf(rest, resource, namespace, name),
    async (current) => {
      if (current === undefined) throw notFound(resource, name);
      const asked = ask(scaleOf(current.object));
      settleNamespace(call, asked);
      checkName(call, asked);
      const next = cloneJson(current.object);
      const { uid, resourceVersion } = asked.metadata;
      next.metadata.uid = uid ?? '';
      next.metadata.resourceVersion = resourceVersion ?? '';
      next['spec'] = { ...(next['spec'] as JsonObject), replicas: replicasOf(asked) }; // as: workloads have one
      return updateObject(writing, current, next, mainRules);
    },
    { dryRun: parameters.isDryRun },
  );
  const revision =
    written.revision === undefined ? {} : { resourceVersion: String(written.revision) };
  const { object } = written;
  return reply(scaleOf({ ...object, metadata: { ...object.metadata, ...revision } }));
}

function patchScale(
  rest: RestDeps,
  call: RestCall,
  { fieldValidation }: WriteParameters,
  { scaled, patching }: { scaled: KubeObject; patching: ReadPatch },
): KubeObject {
  const { type, value, duplicates } = patching;
  const result = callersFault(() => {
    if (type === 'json') return applyJsonPatch(scaled, value);
    if (!isJsonObject(value)) throw badRequest('the patch must be a JSON object');
    if (type !== 'strategic') return applyMergePatch(scaled, value);
    const schema = rest.types.get(scaleKind.schemaName);
    return applyStrategicMergePatch(scaled, value, schema, rest.types.resolve);
  });
  const copy = cloneJson(result) as JsonObject; // as: a patched object, checked next
  return typed(rest, call, scaleKind, { value: copy, duplicates, fieldValidation });
}

function replicasOf(asked: KubeObject): number {
  const spec = isJsonObject(asked['spec']) ? asked['spec'] : {};
  const replicas = spec['replicas'] ?? 0;
  if (typeof replicas === 'number' && replicas >= 0) return replicas;
  throw invalidObject({ group: 'autoscaling', kind: 'Scale' }, asked.metadata.name ?? '', [
    invalid('spec.replicas', replicas, 'must be greater than or equal to 0'),
  ]);
}

function scaleOf(parent: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = parent.metadata;
  const spec = isJsonObject(parent['spec']) ? parent['spec'] : {};
  const status = isJsonObject(parent['status']) ? parent['status'] : {};
  const selector = selectorText(spec['selector']);
  const metadata = { name, namespace, uid, resourceVersion, creationTimestamp };
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: metadata as KubeObject['metadata'], // as: undefined members print as absent
    spec: spec['replicas'] === undefined ? {} : { replicas: spec['replicas'] },
    status: {
      replicas: status['replicas'] ?? 0,
      ...(selector === '' ? {} : { selector }),
    },
  };
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
