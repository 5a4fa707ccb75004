// /scale: the replica count of a workload as an autoscaling/v1 Scale. Reading makes one from the parent; writing
// changes the parent's spec.replicas and nothing else, by the parent's own rules.
import { badRequest, methodNotSupported, notFound } from '../../object/api-error.js';
import { invalid, invalidObject } from '../../object/field-error.js';
import { cloneJson, stringifyJson } from '../../object/json.js';
import { isJsonObject, type JsonObject, type KubeObject } from '../../object/kube-object.js';
import { applyJsonPatch } from '../../patch/json-patch.js';
import { applyMergePatch } from '../../patch/merge-patch.js';
import { applyStrategicMergePatch } from '../../patch/strategic-merge.js';
import { findEntry } from '../verbs/get.js';
import { callersFault, patchType, readPatch, type ReadPatch } from '../verbs/patch.js';
import { writeParameters, type WriteParameters } from '../query-options.js';
import { checkName, readBody, settleNamespace, typed } from '../read-body.js';
import type { RestCall, RestReply } from '../rest-call.js';
import { placeOf, writeCall, type RestDeps } from '../rest-deps.js';
import { mainRules, updateObject } from '../update-flow.js';
import { scaleOf, setReplicas } from './scale-view.js';

const scaleKind = {
  gvk: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
  schemaName: 'io.k8s.api.autoscaling.v1.Scale',
};

export async function scale(rest: RestDeps, call: RestCall): Promise<RestReply> {
  switch (call.verb) {
    case 'get':
      return reply(scaleOf((await findEntry(rest, call)).parse(), call.resource));
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
      const asked = ask(scaleOf(current.object, resource));
      settleNamespace(call, asked);
      checkName(call, asked);
      const next = cloneJson(current.object);
      const { uid, resourceVersion } = asked.metadata;
      next.metadata.uid = uid ?? '';
      // A Scale without a version takes the object as it is, even where a PUT must name one.
      if ((resourceVersion ?? '') !== '') next.metadata.resourceVersion = resourceVersion ?? '';
      setReplicas(next, resource, replicasOf(asked));
      return updateObject(writing, current, next, mainRules);
    },
    { dryRun: parameters.isDryRun },
  );
  const revision =
    written.revision === undefined ? {} : { resourceVersion: String(written.revision) };
  const { object } = written;
  return reply(scaleOf({ ...object, metadata: { ...object.metadata, ...revision } }, resource));
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
