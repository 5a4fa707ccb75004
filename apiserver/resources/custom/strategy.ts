// What is particular to custom resources beyond their schema: status belongs to /status when there is one, and a
// definition on its way out takes no new instances.
import { ApiError } from '../../object/api-error.js';
import type { KubeObject } from '../../object/kube-object.js';
import type { Strategy } from '../resource.js';
import { keepStatus } from '../strategies/status.js';

export interface CustomTraits {
  readonly hasStatus: boolean;
  /** Asked with each creation: a definition that is being deleted keeps its rows, and their watches. */
  readonly isTerminating: () => boolean;
}

export const customStrategy = ({ hasStatus, isTerminating }: CustomTraits): Strategy => ({
  prepareForCreate: (object: KubeObject) => {
    if (isTerminating()) throw terminating();
    if (hasStatus) Reflect.deleteProperty(object, 'status');
  },
  ...(hasStatus ? { prepareForUpdate: keepStatus } : {}),
  // Two writers that both replace the whole object must see each other.
  allowUnconditionalUpdate: false,
});

const terminating = (): ApiError =>
  new ApiError(
    405,
    'MethodNotAllowed',
    'create not allowed while custom resource definition is terminating',
  );
