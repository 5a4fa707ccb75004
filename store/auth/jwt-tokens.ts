// JSON Web Tokens with etcd's claims: username, revision (the auth revision they were made at) and exp. They need no
// shared state and outlive a restart; a change of users or roles makes them old ('auth-old-revision' at their next use).
import { jwtVerify, SignJWT } from 'jose';
import type { Clock } from '../clock.js';
import { StoreError } from '../errors.js';
import type { Caller } from '../node.js';
import type { JwtOption } from './token-option.js';

/** Error: 'auth-failed' where there is no key to sign with. */
export async function signToken(
  option: JwtOption,
  clock: Clock,
  user: string,
  authRevision: number,
): Promise<string> {
  if (!option.signKey) throw new StoreError('auth-failed');
  return new SignJWT({ username: user, revision: authRevision })
    .setProtectedHeader({ alg: option.algorithm, typ: 'JWT' })
    .setExpirationTime(Math.floor((clock.now() + option.ttlMs) / 1000))
    .sign(option.signKey);
}

/** Error: 'invalid-auth-token'. */
export async function callerOfJwt(option: JwtOption, clock: Clock, token: string): Promise<Caller> {
  try {
    const { payload } = await jwtVerify(token, option.verifyKey, {
      algorithms: [option.algorithm],
      currentDate: new Date(clock.now()),
    });
    const { username, revision } = payload;
    // A revision of 0 would pass as a certificate's.
    if (typeof username === 'string' && typeof revision === 'number' && revision > 0)
      return { user: username, authRevision: revision };
  } catch (error) {
    throw new StoreError('invalid-auth-token', { cause: error });
  }
  throw new StoreError('invalid-auth-token');
}
