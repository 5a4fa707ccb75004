// PUT: the whole object anew. Creates it only for the kinds that allow that.
import { conflict, notFound, staleObject } from '../../object/api-error.js';
import { cloneJson } from '../../object/json.js';
import type { KubeObject } from '../../object/kube-object.js';
import { createObject } from './create.js';
import { writeParameters } from '../query-options.js';
import { checkName, ownKind, readBody, settleNamespace } from '../read-body.js';
import type { RestCall, RestReply } from '../rest-call.js';
import { placeOf, writeCall, type RestDeps, type WriteCall } from '../rest-deps.js';
import { mainRules, updateObject, type UpdateRules } from '../update-flow.js';

export async function update(
  rest: RestDeps,
  call: RestCall,
  rules: UpdateRules = mainRules,
): Promise<RestReply> {
  const { resource, namespace, name = '' } = call;
  const parameters = writeParameters(call.query, 'UpdateOptions');
  const object = readBody(rest, call, ownKind(resource), parameters.fieldValidation);
  settleNamespace(call, object);
  checkName(call, object);
  const write = writeCall(rest, call, parameters);
  const place = placeOf(rest, resource, namespace, name);
  const options = { dryRun: parameters.isDryRun };
  if (rules.isMain && resource.strategy.allowCreateOnUpdate === true) {
    const existing = await rest.objects.read(place);
    if (existing === undefined) {
      const created = await createObject(write, object, 'record');
      return { type: 'object', code: 201, entry: { bytes: created.bytes } };
    }
  }
  const isOneTry = isTriedOnce(write, object);
  const written = await rest.objects.update(
    place,
    async (current, attempt) => {
      if (current === undefined) throw notFound(resource, name);
      // The flow changes what it is given (it takes the resourceVersion away): the only try may use the body.
      if (isOneTry && attempt > 0) throw conflict(resource, name, staleObject);
      return updateObject(write, current, isOneTry ? object : cloneJson(object), rules);
    },
    options,
  );
  return { type: 'object', code: 200, entry: { bytes: written.bytes } };
}

/** With a resourceVersion a lost race is final. Kinds with claims may also lose one of those, and try again. */
const isTriedOnce = ({ resource }: WriteCall, { metadata }: KubeObject): boolean => {
  const { resourceVersion = '' } = metadata;
  return (
    resourceVersion !== '' && resourceVersion !== '0' && resource.strategy.claims === undefined
  );
};
