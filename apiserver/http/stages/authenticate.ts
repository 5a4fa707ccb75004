// authenticate: finds the user of a request, or refuses it with 401. Requests without credentials become
// system:anonymous where the configuration lets them.
import { unauthorized } from '../../object/api-error.js';
import type { Authenticator, Identity } from '../../auth/authenticator.js';
import { isPublicPath } from '../../auth/authorizer.js';
import { anonymous } from '../../auth/user-info.js';
import type { Call } from '../call.js';
import type { Stage } from '../pipeline.js';

export type AnonymousMode = 'public-paths' | 'all' | 'none';

export const authenticate =
  (authenticator: Authenticator, mode: AnonymousMode): Stage =>
  (call, next) => {
    const identity = authenticator.identify(call.socket, call.request.headers.authorization);
    if (!(identity instanceof Promise)) {
      admit(call, identity, mode);
      return next();
    }
    return identity.then((found) => {
      admit(call, found, mode);
      return next();
    });
  };

function admit(call: Call, identity: Identity, mode: AnonymousMode): void {
  if (identity.type === 'user') {
    call.user = identity.user;
    return;
  }
  const isPublic = call.info.type === 'path' && isPublicPath(call.info.path);
  const isLetIn = mode === 'all' || (mode === 'public-paths' && isPublic);
  if (identity.type === 'refused' || !isLetIn) throw unauthorized();
  call.user = anonymous;
}
