// POST: an object that was not there. Also the second half of a PUT or an apply that finds nothing.
import { ApiError, badRequest } from '../../object/api-error.js';
import { cloneJson } from '../../object/json.js';
import type { KubeObject } from '../../object/kube-object.js';
import type { Written } from '../../storage/object-store.js';
import { refuseInvalid, structuralErrors } from '../checks.js';
import { recordWrite } from '../managed-fields.js';
import { generateName, wantsGeneratedName } from '../object-name.js';
import { writeParameters } from '../query-options.js';
import { ownKind, readBody, settleNamespace } from '../read-body.js';
import type { RestCall, RestReply } from '../rest-call.js';
import { placeOf, writeCall, type RestDeps, type WriteCall } from '../rest-deps.js';

/** Collisions of generated names are retried: 27^5 names make more than a few very unlikely. */
const generatedTriesMax = 8;

export async function create(rest: RestDeps, call: RestCall): Promise<RestReply> {
  const parameters = writeParameters(call.query, 'CreateOptions');
  const object = readBody(rest, call, ownKind(call.resource), parameters.fieldValidation);
  settleNamespace(call, object);
  const written = await createObject(writeCall(rest, call, parameters), object, 'record');
  return { type: 'object', code: 201, entry: { bytes: written.bytes } };
}

/** `ownership` 'applied': managedFields are there already. */
export async function createObject(
  write: WriteCall,
  object: KubeObject,
  ownership: 'record' | 'applied',
): Promise<Written> {
  if (!wantsGeneratedName(object)) return createNamed(write, object, ownership);
  const prefix = object.metadata.generateName ?? '';
  for (let attempt = 1; ; attempt++) {
    const named = cloneJson(object);
    named.metadata.name = generateName(prefix, write.rest.random);
    try {
      return await createNamed(write, named, ownership);
    } catch (error) {
      const isCollision = error instanceof ApiError && error.reason === 'AlreadyExists';
      if (!isCollision || attempt >= generatedTriesMax) throw error;
    }
  }
}

async function createNamed(
  write: WriteCall,
  object: KubeObject,
  ownership: 'record' | 'applied',
): Promise<Written> {
  const { rest, call, resource, parameters, context } = write;
  const { strategy } = resource;
  fillMetadata(write, object);
  if (ownership === 'record') recordWrite(write, undefined, object);
  const admitted = {
    operation: 'CREATE' as const,
    resource,
    subresource: undefined,
    namespace: object.metadata.namespace,
    name: object.metadata.name ?? '',
    object,
    oldObject: undefined,
    user: call.user,
    isDryRun: parameters.isDryRun,
  };
  await rest.admission.mutate(admitted);
  strategy.prepareForCreate?.(object, context);
  if (resource.hasGeneration) object.metadata.generation = 1;
  const errors = structuralErrors(rest, resource, object);
  errors.push(...(strategy.validate?.(object) ?? []));
  errors.push(...(strategy.validateCreate?.(object) ?? []));
  refuseInvalid(resource, object, errors);
  await rest.admission.validate(admitted);
  for (const text of strategy.warnings?.(object, undefined) ?? []) call.warn(text);

  const { namespace, name = '' } = object.metadata;
  const place = placeOf(rest, resource, namespace, name);
  const { allocate } = strategy;
  return rest.objects.create(
    place,
    async () => {
      if (allocate === undefined) return object;
      const attempt = cloneJson(object);
      refuseInvalid(resource, attempt, await allocate(attempt, undefined, context));
      return attempt;
    },
    { dryRun: parameters.isDryRun },
  );
}

/** What only the server may say about a new object. */
function fillMetadata({ rest, now }: WriteCall, { metadata }: KubeObject): void {
  if ((metadata.resourceVersion ?? '') !== '' && metadata.resourceVersion !== '0') {
    throw badRequest('resourceVersion should not be set on objects to be created');
  }
  delete metadata.resourceVersion;
  delete metadata['selfLink'];
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.generation;
  metadata.uid = rest.newUid();
  metadata.creationTimestamp = now;
}
