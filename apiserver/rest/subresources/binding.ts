// pods/binding: a scheduler's decision. Sets spec.nodeName once, with the PodScheduled condition. The old
// `bindings` resource is the same with the pod's name in the body.
import { conflict, notFound, type Status } from '../../object/api-error.js';
import {
  invalidObject,
  notSupported,
  required,
  type FieldError,
} from '../../object/field-error.js';
import { cloneJson } from '../../object/json.js';
import { isJsonObject, type JsonObject, type KubeObject } from '../../object/kube-object.js';
import type { Resource } from '../../resources/resource.js';
import { writeParameters } from '../query-options.js';
import { checkName, readBody, settleNamespace } from '../read-body.js';
import { callWith, type RestCall, type RestReply } from '../rest-call.js';
import { placeOf, writeCall, type RestDeps } from '../rest-deps.js';
import { updateObject, type UpdateRules } from '../update-flow.js';

const bindingKind = {
  gvk: { group: '', version: 'v1', kind: 'Binding' },
  schemaName: 'io.k8s.api.core.v1.Binding',
};

const rules: UpdateRules = {
  isolate: () => undefined,
  validate: () => [],
  isMain: false,
  ownership: 'record',
};

export async function bindPod(rest: RestDeps, call: RestCall): Promise<RestReply> {
  const binding = readBinding(rest, call);
  checkName(call, binding);
  return bind(rest, call, call.resource, binding);
}

/** POST /api/v1/namespaces/x/bindings */
export async function bindByBody(
  rest: RestDeps,
  call: RestCall,
  pods: Resource,
): Promise<RestReply> {
  return bind(rest, call, pods, readBinding(rest, call));
}

function readBinding(rest: RestDeps, call: RestCall): KubeObject {
  const { fieldValidation } = writeParameters(call.query, 'CreateOptions');
  const binding = readBody(rest, call, bindingKind, fieldValidation);
  settleNamespace(call, binding);
  return binding;
}

async function bind(
  rest: RestDeps,
  call: RestCall,
  pods: Resource,
  binding: KubeObject,
): Promise<RestReply> {
  const { name = '' } = binding.metadata;
  const target = isJsonObject(binding['target']) ? binding['target'] : {};
  const nodeName = checkTarget(name, target);
  const parameters = writeParameters(call.query, 'CreateOptions');
  const write = writeCall(
    rest,
    callWith(call, { resource: pods, subresource: 'binding' }),
    parameters,
    pods,
  );
  await rest.objects.update(
    placeOf(rest, pods, call.namespace, name),
    async (current) => {
      if (current === undefined) throw notFound(pods, name);
      const next = cloneJson(current.object);
      assign(pods, next, nodeName, write.now);
      const { annotations } = binding.metadata;
      if (annotations !== undefined) {
        next.metadata.annotations = { ...next.metadata.annotations, ...annotations };
      }
      return updateObject(write, current, next, rules);
    },
    { dryRun: parameters.isDryRun },
  );
  return { type: 'status', code: 201, status: created };
}

const created: Status = {
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Success',
  code: 201,
};

function checkTarget(name: string, target: JsonObject): string {
  const errors: FieldError[] = [];
  const { kind = '', name: nodeName = '' } = target;
  if (kind !== '' && kind !== 'Node') {
    errors.push(notSupported('target.kind', kind, ['Node', '<empty>']));
  }
  if (nodeName === '') errors.push(required('target.name'));
  if (errors.length > 0) throw invalidObject({ group: '', kind: 'Binding' }, name, errors);
  return typeof nodeName === 'string' ? nodeName : '';
}

function assign(pods: Resource, pod: KubeObject, nodeName: string, now: string): void {
  const { name = '', deletionTimestamp } = pod.metadata;
  if (deletionTimestamp !== undefined) {
    throw conflict(pods, name, `pod ${name} is being deleted, cannot be assigned to a host`);
  }
  const spec = pod['spec'] as JsonObject; // as: stored pods have one
  const assigned = spec['nodeName'];
  if (typeof assigned === 'string' && assigned !== '') {
    throw conflict(pods, name, `pod ${name} is already assigned to node "${assigned}"`);
  }
  spec['nodeName'] = nodeName;
  const status = (pod['status'] ?? {}) as JsonObject; // as: schema-checked when stored
  const conditions = (status['conditions'] ?? []) as JsonObject[]; // as: the same
  pod['status'] = {
    ...status,
    conditions: [
      ...conditions.filter((condition) => condition['type'] !== 'PodScheduled'),
      { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: now },
    ],
  };
}
