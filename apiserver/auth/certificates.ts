// X.509 v3 certificates (RFC 5280) over P-256 keys, signed with node:crypto: a CA, server and client
// certificates. Imported only when something must be made. Read next: der.ts (encoding), pki.ts (files).
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  type KeyObject,
} from 'node:crypto';
import { isIP } from 'node:net';
import {
  bitString,
  booleanTrue,
  contextConstructed,
  contextPrimitive,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  time,
  utf8String,
} from './der.js';

/** PEM texts of a certificate and its PKCS #8 key. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

export interface Subject {
  readonly commonName: string;
  readonly organizations?: readonly string[];
}

export interface Validity {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

const oid = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
} as const;

/** keyUsage bits, most significant first: digitalSignature 0x80, keyCertSign 0x04, cRLSign 0x02. */
const usageOfCa = bitString(Uint8Array.of(0x86), 1);
const usageOfLeaf = bitString(Uint8Array.of(0x80), 7);

/** A self-signed CA. */
export function createAuthority(commonName: string, validity: Validity): KeyPair {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return issue({
    subject: { commonName },
    issuer: { commonName },
    publicKey: keys.publicKey,
    privateKey: keys.privateKey,
    signingKey: keys.privateKey,
    validity,
    extensions: [
      extension(oid.basicConstraints, sequence(booleanTrue), true),
      extension(oid.keyUsage, usageOfCa, true),
      extension(oid.subjectKeyIdentifier, octetString(keyIdentifier(keys.publicKey))),
    ],
  });
}

/** A server certificate for host names and IP addresses. */
export function createServerCertificate(
  authority: KeyPair,
  authorityName: string,
  commonName: string,
  hosts: readonly string[],
  validity: Validity,
): KeyPair {
  return createLeaf(authority, authorityName, { commonName }, validity, [
    extension(oid.extendedKeyUsage, sequence(objectIdentifier(oid.serverAuth))),
    extension(oid.subjectAltName, sequence(...hosts.map(generalName))),
  ]);
}

/** A client certificate: CN is the user's name, each O one of its groups. */
export function createClientCertificate(
  authority: KeyPair,
  authorityName: string,
  subject: Subject,
  validity: Validity,
): KeyPair {
  return createLeaf(authority, authorityName, subject, validity, [
    extension(oid.extendedKeyUsage, sequence(objectIdentifier(oid.clientAuth))),
  ]);
}

function createLeaf(
  authority: KeyPair,
  authorityName: string,
  subject: Subject,
  validity: Validity,
  extensions: readonly Uint8Array[],
): KeyPair {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signingKey = createPrivateKey(authority.key);
  const authorityId = keyIdentifier(createPublicKey(signingKey));
  return issue({
    subject,
    issuer: { commonName: authorityName },
    publicKey: keys.publicKey,
    privateKey: keys.privateKey,
    signingKey,
    validity,
    extensions: [
      extension(oid.basicConstraints, sequence(), true),
      extension(oid.keyUsage, usageOfLeaf, true),
      extension(oid.authorityKeyIdentifier, sequence(contextPrimitive(0, authorityId))),
      ...extensions,
    ],
  });
}

interface Issue {
  readonly subject: Subject;
  readonly issuer: Subject;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
  readonly signingKey: KeyObject;
  readonly validity: Validity;
  readonly extensions: readonly Uint8Array[];
}

/** Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signature } (RFC 5280 §4.1). */
function issue(request: Issue): KeyPair {
  const algorithm = sequence(objectIdentifier(oid.ecdsaWithSha256));
  const body = sequence(
    contextConstructed(0, integer(Uint8Array.of(2))), // v3
    integer(randomBytes(16)),
    algorithm,
    distinguishedName(request.issuer),
    sequence(time(request.validity.notBeforeMs), time(request.validity.notAfterMs)),
    distinguishedName(request.subject),
    request.publicKey.export({ type: 'spki', format: 'der' }),
    contextConstructed(3, sequence(...request.extensions)),
  );
  const signature = sign('sha256', body, request.signingKey);
  return {
    certificate: pem('CERTIFICATE', sequence(body, algorithm, bitString(signature))),
    key: request.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** One RDN a value, organisations first, as Go's pkix writes them. */
function distinguishedName(subject: Subject): Uint8Array {
  const attribute = (type: string, value: string): Uint8Array =>
    setOf(sequence(objectIdentifier(type), utf8String(value)));
  return sequence(
    ...(subject.organizations ?? []).map((name) => attribute(oid.organization, name)),
    attribute(oid.commonName, subject.commonName),
  );
}

function extension(id: string, value: Uint8Array, critical = false): Uint8Array {
  const flags = critical ? [booleanTrue] : [];
  return sequence(objectIdentifier(id), ...flags, octetString(value));
}

/** GeneralName: [2] dNSName or [7] iPAddress. */
function generalName(host: string): Uint8Array {
  const family = isIP(host);
  if (family === 0) return contextPrimitive(2, Buffer.from(host, 'latin1'));
  return contextPrimitive(7, family === 4 ? ipv4Octets(host) : ipv6Octets(host));
}

const ipv4Octets = (address: string): Uint8Array => Uint8Array.from(address.split('.').map(Number));

/** `::` stands for as many zero groups as are missing; a dotted tail counts as two groups. */
function ipv6Octets(address: string): Uint8Array {
  const groupsOf = (text: string): number[] =>
    text === ''
      ? []
      : text.split(':').flatMap((group) => {
          if (!group.includes('.')) return [Number.parseInt(group, 16)];
          const [a = 0, b = 0, c = 0, d = 0] = ipv4Octets(group);
          return [a * 256 + b, c * 256 + d];
        });
  const [head = '', tail] = address.replace(/%.*$/, '').split('::');
  const left = groupsOf(head);
  const right = groupsOf(tail ?? '');
  const zeros = new Array<number>(8 - left.length - right.length).fill(0);
  return Uint8Array.from(
    [...left, ...zeros, ...right].flatMap((group) => [group >> 8, group & 0xff]),
  );
}

/** RFC 5280 §4.2.1.2, method 1 taken over the whole SubjectPublicKeyInfo: any stable digest will do. */
const keyIdentifier = (key: KeyObject): Uint8Array =>
  createHash('sha1')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest();

function pem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
