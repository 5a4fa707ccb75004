// Continue tokens: where the next page of a list starts and at which revision. The encoding is the public one
// of kube-apiserver (base64url of {v, rv, start}); rv -1 means "from this key on, at the newest revision".
import { badRequest, type ApiError } from '../../object/api-error.js';

const version = 'meta.k8s.io/v1';

export interface ContinuePoint {
  /** -1: an inconsistent continuation at the current revision. */
  readonly revision: number;
  /** Full key, inclusive. */
  readonly startKey: string;
}

/** `startKey` must begin with `prefix`. */
export function encodeContinue(prefix: string, startKey: string, revision: number): string {
  const token = { v: version, rv: revision, start: startKey.slice(prefix.length) };
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

export function decodeContinue(prefix: string, token: string): ContinuePoint {
  const { v, rv, start } = parseToken(token);
  if (v !== version) {
    throw invalidToken(
      `continue key is not valid: server does not recognize this encoded version ${typeof v === 'string' ? v : ''}`,
    );
  }
  if (typeof rv !== 'number' || !Number.isSafeInteger(rv) || rv === 0) {
    throw invalidToken(
      `continue key is not valid: incorrect encoded start resourceVersion (version ${version})`,
    );
  }
  if (typeof start !== 'string' || start === '') {
    throw invalidToken(`continue key is not valid: encoded start key empty (version ${version})`);
  }
  // Defends against a token that climbs out of its prefix; every segment must be an ordinary one.
  const segments = (start.startsWith('/') ? start.slice(1) : start).split('/');
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) {
    throw invalidToken(`continue key is not valid: ${start}`);
  }
  return { revision: rv, startKey: prefix + segments.join('/') };
}

function parseToken(token: string): { v?: unknown; rv?: unknown; start?: unknown } {
  if (!/^[A-Za-z0-9_-]*$/.test(token)) {
    const at = token.search(/[^A-Za-z0-9_-]/);
    throw invalidToken(`continue key is not valid: illegal base64 data at input byte ${at}`);
  }
  try {
    const parsed: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (typeof parsed === 'object' && parsed !== null) return parsed;
  } catch {
    // Falls through: what is wrong inside the token is nobody's business but ours.
  }
  throw invalidToken('continue key is not valid: invalid character in token');
}

const invalidToken = (why: string): ApiError => badRequest(`invalid continue token: ${why}`);
