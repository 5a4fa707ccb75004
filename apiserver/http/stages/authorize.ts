// authorize: asks the Authorizer; a refusal is a 403 with the wording kubectl users know.
import { ApiError, forbidden } from '../../object/api-error.js';
import {
  mastersGroup,
  type Attributes,
  type Authorizer,
  type Decision,
} from '../../auth/authorizer.js';
import type { UserInfo } from '../../auth/user-info.js';
import type { Call, Reply } from '../call.js';
import type { Stage } from '../pipeline.js';
import type { RequestInfo } from './request-info.js';

export const authorize =
  (authorizer: Authorizer): Stage =>
  (call, next) => {
    // Whatever rules there are, this group stands above them: it is how an admin repairs the rules.
    if (call.user.groups.includes(mastersGroup)) {
      call.decision = 'allow';
      return next();
    }
    const decision = authorizer.authorize(attributesOf(call.info, call.user));
    if (!(decision instanceof Promise)) return enforce(call, decision, next);
    return decision.then((found) => enforce(call, found, next));
  };

function enforce(call: Call, decision: Decision, next: () => Promise<Reply>): Promise<Reply> {
  call.decision = decision.allowed ? 'allow' : 'forbid';
  if (decision.allowed) return next();
  throw refusal(attributesOf(call.info, call.user), decision.reason);
}

function attributesOf(info: RequestInfo, user: UserInfo): Attributes {
  if (info.type === 'path') {
    return { user, verb: info.verb, resource: undefined, path: info.path };
  }
  const { group, version, plural, subresource, namespace, name } = info;
  const resource = { group, version, plural, subresource, namespace, name };
  return { user, verb: info.verb, resource, path: info.path };
}

/** Source of the wording: apiserver's responsewriters.Forbidden and authorizer messages. */
export function refusal({ user, verb, resource, path }: Attributes, reason: string): ApiError {
  const tail = reason === '' ? '' : `: ${reason}`;
  if (resource === undefined) {
    const message = `forbidden: User ${JSON.stringify(user.name)} cannot ${verb} path ${JSON.stringify(path)}${tail}`;
    return new ApiError(403, 'Forbidden', message, { details: {} });
  }
  const { group, plural, subresource, namespace, name } = resource;
  const kind = subresource === '' ? plural : `${plural}/${subresource}`;
  const scope =
    namespace === '' ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`;
  return forbidden(
    { group, plural },
    name,
    `User ${JSON.stringify(user.name)} cannot ${verb} resource ${JSON.stringify(kind)} in API group ${JSON.stringify(group)} ${scope}${tail}`,
  );
}
