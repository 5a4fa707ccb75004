// Subresources: which one, and what each lets through. Those that are a view of the parent object are update
// rules; the others have a file of their own.
import { ApiError, methodNotSupported } from '../../object/api-error.js';
import { get } from '../verbs/get.js';
import { patch } from '../verbs/patch.js';
import type { RestCall, RestReply } from '../rest-call.js';
import type { RestDeps } from '../rest-deps.js';
import type { UpdateRules } from '../update-flow.js';
import { update } from '../verbs/update.js';
import { approvalRules } from './approval.js';
import { bindPod } from './binding.js';
import { evict } from './eviction.js';
import { finalizeRules } from './finalize.js';
import { connect } from './kubelet.js';
import { ephemeralContainersRules, resizeRules } from './pod-parts.js';
import { scale } from './scale.js';
import { statusRules } from './status.js';

type Handler = (rest: RestDeps, call: RestCall) => Promise<RestReply>;

const handlers: Readonly<Record<string, Handler>> = {
  status: (rest, call) => viewOf(rest, call, statusRules(rest, call.resource)),
  approval: (rest, call) => viewOf(rest, call, approvalRules),
  finalize: (rest, call) => viewOf(rest, call, finalizeRules),
  ephemeralcontainers: (rest, call) => viewOf(rest, call, ephemeralContainersRules),
  resize: (rest, call) => viewOf(rest, call, resizeRules),
  scale,
  binding: bindPod,
  eviction: evict,
  log: connect,
  exec: connect,
  attach: connect,
  portforward: connect,
  proxy: connect,
};

export async function handleSubresource(rest: RestDeps, call: RestCall): Promise<RestReply> {
  const { resource, subresource: name = '', verb } = call;
  const subresource = resource.subresources[name];
  const handler = handlers[name];
  if (subresource === undefined || handler === undefined) {
    throw new ApiError(404, 'NotFound', 'the server could not find the requested resource');
  }
  const verbs: readonly string[] = subresource.verbs;
  if (!verbs.includes('connect') && !verbs.includes(verb)) {
    throw methodNotSupported({ group: resource.group, plural: `${resource.plural}/${name}` }, verb);
  }
  return handler(rest, call);
}

async function viewOf(rest: RestDeps, call: RestCall, rules: UpdateRules): Promise<RestReply> {
  switch (call.verb) {
    case 'get':
      return get(rest, call);
    case 'update':
      return update(rest, call, rules);
    case 'patch':
      return patch(rest, call, rules);
    default:
      throw methodNotSupported(call.resource, call.verb);
  }
}
