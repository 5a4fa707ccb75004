// RestHandler: a verb on a resource or subresource -> the function that does it. Nothing else happens here.
import { internalError, methodNotSupported } from '../object/api-error.js';
import { toApiError } from '../storage/store-failure.js';
import { create } from './verbs/create.js';
import { removeCollection } from './verbs/delete-collection.js';
import { remove } from './verbs/delete.js';
import { get } from './verbs/get.js';
import { list } from './verbs/list.js';
import { patch } from './verbs/patch.js';
import type { Rest, RestCall, RestReply } from './rest-call.js';
import type { RestDeps } from './rest-deps.js';
import { review } from './reviews.js';
import { handleSubresource } from './subresources/subresources.js';
import { update } from './verbs/update.js';
import { watch } from './verbs/watch.js';

export type { RestDeps } from './rest-deps.js';

export class RestHandler implements Rest {
  private readonly deps: RestDeps;

  constructor(deps: RestDeps) {
    this.deps = deps;
  }

  async handle(call: RestCall): Promise<RestReply> {
    try {
      return await this.dispatch(call);
    } catch (error) {
      throw toApiError(error);
    }
  }

  private dispatch(call: RestCall): Promise<RestReply> {
    const { deps } = this;
    const { deprecationWarning, refusal } = call.resource;
    if (refusal !== undefined) throw internalError(refusal);
    if (deprecationWarning !== undefined) call.warn(deprecationWarning);
    if (call.subresource !== undefined) return handleSubresource(deps, call);
    if (!call.resource.verbs.includes(call.verb)) {
      throw methodNotSupported(call.resource, call.verb);
    }
    if (call.resource.virtual) return review(deps, call);
    switch (call.verb) {
      case 'get':
        return get(deps, call);
      case 'list':
        return list(deps, call);
      case 'watch':
        return watch(deps, call);
      case 'create':
        return create(deps, call);
      case 'update':
        return update(deps, call);
      case 'patch':
        return patch(deps, call);
      case 'delete':
        return remove(deps, call);
      case 'deletecollection':
        return removeCollection(deps, call);
    }
  }
}
