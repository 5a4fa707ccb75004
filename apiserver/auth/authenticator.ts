// Authenticator: who sends this request? A client certificate of the client CA, else a bearer token,
// else nobody. Bad credentials are never the same as none. Read next: http/stages/authenticate.ts.
import type { TLSSocket } from 'node:tls';
import { authenticatedGroup } from './authorizer.js';
import type { TokenAuthenticator } from './tokens.js';
import type { UserInfo } from './user-info.js';

export type Identity =
  | { readonly type: 'user'; readonly user: UserInfo }
  | { readonly type: 'anonymous' }
  | { readonly type: 'refused' };

const refused: Identity = { type: 'refused' };
const nobody: Identity = { type: 'anonymous' };

export class Authenticator {
  readonly #tokens: readonly TokenAuthenticator[];
  /** A connection's certificate never changes, and reading it costs more than the rest of a GET. */
  readonly #ofConnection = new WeakMap<TLSSocket, Identity>();

  constructor(tokens: readonly TokenAuthenticator[]) {
    this.#tokens = tokens;
  }

  identify(socket: TLSSocket, authorization: string | undefined): Identity | Promise<Identity> {
    let identity = this.#ofConnection.get(socket);
    if (identity === undefined) {
      identity = identityOfCertificate(socket);
      this.#ofConnection.set(socket, identity);
    }
    if (identity.type === 'user' || authorization === undefined) return identity;
    const token = bearerToken(authorization);
    return token === undefined ? refused : this.#identityOfToken(token);
  }

  /** For TokenReview. */
  async userOfToken(token: string): Promise<UserInfo | undefined> {
    for (const tokens of this.#tokens) {
      const user = await tokens.authenticateToken(token);
      if (user !== undefined) return user;
    }
    return undefined;
  }

  async #identityOfToken(token: string): Promise<Identity> {
    const user = await this.userOfToken(token);
    return user === undefined ? refused : { type: 'user', user };
  }
}

function bearerToken(authorization: string): string | undefined {
  const match = /^bearer +(\S+)\s*$/i.exec(authorization);
  return match?.[1];
}

/** CN is the user's name, every O a group (kube-apiserver's x509 CommonNameUserConversion). */
function identityOfCertificate(socket: TLSSocket): Identity {
  const subject: unknown = socket.getPeerCertificate().subject;
  if (typeof subject !== 'object' || subject === null) return nobody;
  // The connection stands although the certificate is not the client CA's: the credentials are bad.
  if (!socket.authorized) return refused;
  const values = (key: string): string[] => {
    const value: unknown = Reflect.get(subject, key);
    if (Array.isArray(value)) return value.filter((item) => typeof item === 'string');
    return typeof value === 'string' ? [value] : [];
  };
  const [name] = values('CN');
  if (name === undefined || name === '') return refused;
  const groups = [...values('O'), authenticatedGroup];
  return { type: 'user', user: { name, uid: '', groups, extra: {} } };
}
