// Subresources that a kubelet or an endpoint would answer (log, exec, attach, port-forward, proxy). There is
// none behind this server: the answers are those a real one gives when it cannot reach it.
import { ApiError, badRequest, serviceUnavailable } from '../../object/api-error.js';
import { isJsonObject } from '../../object/kube-object.js';
import { findEntry } from '../verbs/get.js';
import { callWith, type RestCall, type RestReply } from '../rest-call.js';
import type { RestDeps } from '../rest-deps.js';

export async function connect(rest: RestDeps, call: RestCall): Promise<RestReply> {
  const { resource, name = '' } = call;
  const object = (await findEntry(rest, callWith(call, { query: new URLSearchParams() }))).parse();
  if (resource.plural === 'services') {
    throw serviceUnavailable(`no endpoints available for service "${name}"`);
  }
  if (resource.plural === 'nodes') {
    throw serviceUnavailable(`error trying to reach service: no kubelet answers for node ${name}`);
  }
  const spec = isJsonObject(object['spec']) ? object['spec'] : {};
  const nodeName = spec['nodeName'];
  if (typeof nodeName !== 'string' || nodeName === '') {
    throw badRequest(`pod ${name} does not have a host assigned`);
  }
  throw new ApiError(
    500,
    'InternalError',
    `Internal error occurred: error dialing backend: no kubelet answers for node ${nodeName}`,
  );
}
