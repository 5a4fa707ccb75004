// The flag --auth-token, in etcd's form: `simple`, or `jwt,sign-method=RS256,pub-key=FILE,priv-key=FILE,ttl=5m`.
import { createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';

export interface JwtOption {
  readonly type: 'jwt';
  readonly algorithm: string;
  /** Absent: this member can check tokens but not give them out. */
  readonly signKey?: KeyObject;
  readonly verifyKey: KeyObject;
  readonly ttlMs: number;
}

export type TokenOption = { readonly type: 'simple' } | JwtOption;

const jwtTtlMsDefault = 5 * 60_000;
const keyTypes: Readonly<Record<string, string>> = {
  RS256: 'rsa',
  RS384: 'rsa',
  RS512: 'rsa',
  PS256: 'rsa',
  PS384: 'rsa',
  PS512: 'rsa',
  ES256: 'ec',
  ES384: 'ec',
  ES512: 'ec',
  EdDSA: 'ed25519',
  HS256: 'secret',
  HS384: 'secret',
  HS512: 'secret',
};
const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Throws Error that says what is wrong; files are read at once. */
export function parseTokenOption(text: string): TokenOption {
  const [type, ...pairs] = text.split(',');
  if (type !== 'simple' && type !== 'jwt') throw wrong(`unknown kind of token: ${type ?? ''}`);
  const values = new Map<string, string>();
  for (const pair of pairs) {
    const [name = '', value, ...more] = pair.split('=');
    if (value === undefined || more.length > 0)
      throw wrong(`${pair} is not of the form name=value`);
    if (values.has(name)) throw wrong(`${name} is given twice`);
    values.set(name, value);
  }
  // etcd lets simple pass with whatever follows.
  return type === 'simple' ? { type } : parseJwt(values);
}

function parseJwt(values: ReadonlyMap<string, string>): JwtOption {
  for (const name of values.keys()) {
    if (!['sign-method', 'pub-key', 'priv-key', 'ttl'].includes(name))
      throw wrong(`unknown setting ${name}`);
  }
  const algorithm = values.get('sign-method') ?? '';
  const keyType = keyTypes[algorithm];
  if (keyType === undefined) throw wrong(`unknown sign-method ${algorithm}`);
  const ttl = values.get('ttl');
  const keys = readKeys(keyType, values.get('pub-key'), values.get('priv-key'));
  return { type: 'jwt', algorithm, ...keys, ttlMs: ttl ? parseSpan(ttl) : jwtTtlMsDefault };
}

function readKeys(
  keyType: string,
  publicFile: string | undefined,
  privateFile: string | undefined,
): { readonly signKey?: KeyObject; readonly verifyKey: KeyObject } {
  if (keyType === 'secret') {
    if (!privateFile) throw wrong('priv-key is missing');
    const secret = createSecretKey(readFileSync(privateFile));
    return { signKey: secret, verifyKey: secret };
  }
  const signKey = privateFile ? createPrivateKey(readFileSync(privateFile)) : undefined;
  const given = publicFile ? createPublicKey(readFileSync(publicFile)) : undefined;
  const own = signKey && createPublicKey(signKey);
  const verifyKey = given ?? own;
  if (!verifyKey) throw wrong('pub-key and priv-key are missing');
  if (given && own && !given.equals(own)) throw wrong('pub-key and priv-key do not match');
  if (verifyKey.asymmetricKeyType !== keyType) throw wrong('the keys do not fit the sign-method');
  return { ...(signKey && { signKey }), verifyKey };
}

/** Go's form of a span: 5m, 1h30m, 500ms. */
function parseSpan(text: string): number {
  if (!/^(\d+(ms|s|m|h))+$/.test(text)) throw wrong(`ttl ${text} is no span of time`);
  let spanMs = 0;
  for (const [, number, unit] of text.matchAll(/(\d+)(ms|s|m|h)/g))
    spanMs += Number(number) * (unitMs[unit ?? ''] ?? 0);
  if (spanMs <= 0) throw wrong(`ttl ${text} is no span of time`);
  return spanMs;
}

function wrong(what: string): Error {
  return new Error(`--auth-token: ${what}`);
}
