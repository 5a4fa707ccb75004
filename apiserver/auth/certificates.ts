// X.509 v3 certificates (RFC 5280) over P-256 keys: a CA, server and client certificates. The package knows the ASN.1,
// node:crypto makes keys and signs. Imported only when something must be made. Read next: pki.ts (files).
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
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  id_kp_clientAuth,
  id_kp_serverAuth,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  Name,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity as CertificateValidity,
  Version,
} from '@peculiar/asn1-x509';

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

const ecdsaWithSha256 = '1.2.840.10045.4.3.2';
const commonNameType = '2.5.4.3';
const organizationType = '2.5.4.10';

/** A self-signed CA. */
export function createAuthority(commonName: string, validity: Validity): KeyPair {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const usage = KeyUsageFlags.digitalSignature | KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign;
  return issue({
    subject: { commonName },
    issuer: { commonName },
    publicKey: keys.publicKey,
    privateKey: keys.privateKey,
    signingKey: keys.privateKey,
    validity,
    extensions: [
      extension(id_ce_basicConstraints, new BasicConstraints({ cA: true }), true),
      extension(id_ce_keyUsage, new KeyUsage(usage), true),
      extension(
        id_ce_subjectKeyIdentifier,
        new SubjectKeyIdentifier(keyIdentifier(keys.publicKey)),
      ),
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
    extension(id_ce_extKeyUsage, new ExtendedKeyUsage([id_kp_serverAuth])),
    extension(id_ce_subjectAltName, new SubjectAlternativeName(hosts.map(generalName))),
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
    extension(id_ce_extKeyUsage, new ExtendedKeyUsage([id_kp_clientAuth])),
  ]);
}

function createLeaf(
  authority: KeyPair,
  authorityName: string,
  subject: Subject,
  validity: Validity,
  extensions: readonly Extension[],
): KeyPair {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signingKey = createPrivateKey(authority.key);
  const keyOfAuthority = new KeyIdentifier(keyIdentifier(createPublicKey(signingKey)));
  return issue({
    subject,
    issuer: { commonName: authorityName },
    publicKey: keys.publicKey,
    privateKey: keys.privateKey,
    signingKey,
    validity,
    extensions: [
      extension(id_ce_basicConstraints, new BasicConstraints(), true),
      extension(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.digitalSignature), true),
      extension(
        id_ce_authorityKeyIdentifier,
        new AuthorityKeyIdentifier({ keyIdentifier: keyOfAuthority }),
      ),
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
  readonly extensions: Extension[];
}

function issue(request: Issue): KeyPair {
  const algorithm = new AlgorithmIdentifier({ algorithm: ecdsaWithSha256 });
  const body = new TBSCertificate({
    version: Version.v3,
    serialNumber: arrayBuffer(serialNumber()),
    signature: algorithm,
    issuer: distinguishedName(request.issuer),
    validity: new CertificateValidity({
      notBefore: new Date(request.validity.notBeforeMs),
      notAfter: new Date(request.validity.notAfterMs),
    }),
    subject: distinguishedName(request.subject),
    subjectPublicKeyInfo: AsnConvert.parse(spki(request.publicKey), SubjectPublicKeyInfo),
    extensions: new Extensions(request.extensions),
  });
  const signature = sign('sha256', new Uint8Array(AsnConvert.serialize(body)), request.signingKey);
  const certificate = new Certificate({
    tbsCertificate: body,
    signatureAlgorithm: algorithm,
    signatureValue: arrayBuffer(signature),
  });
  return {
    certificate: pem('CERTIFICATE', AsnConvert.serialize(certificate)),
    key: request.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** 126 random bits below a 1: positive, and never shortened by leading zeros. */
function serialNumber(): Uint8Array {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes;
}

/** One RDN a value, organisations first, as Go's pkix writes them. */
function distinguishedName(subject: Subject): Name {
  const rdn = (type: string, utf8String: string): RelativeDistinguishedName =>
    new RelativeDistinguishedName([
      new AttributeTypeAndValue({ type, value: new AttributeValue({ utf8String }) }),
    ]);
  return new Name([
    ...(subject.organizations ?? []).map((name) => rdn(organizationType, name)),
    rdn(commonNameType, subject.commonName),
  ]);
}

const extension = (extnID: string, value: object, critical = false): Extension =>
  new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) });

function generalName(host: string): GeneralName {
  const family = isIP(host);
  if (family === 0) return new GeneralName({ dNSName: host });
  return new GeneralName({ iPAddress: family === 4 ? host : hexadecimal(host) });
}

/** The package reads neither a zone (`fe80::1%eth0`) nor a dotted tail (`::ffff:10.0.0.1`); URL writes the plain form. */
const hexadecimal = (address: string): string =>
  new URL(`http://[${address.replace(/%.*$/, '')}]`).hostname.slice(1, -1);

const spki = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' });

/** RFC 5280 §4.2.1.2, method 1 taken over the whole SubjectPublicKeyInfo: any stable digest will do. */
const keyIdentifier = (key: KeyObject): ArrayBuffer =>
  arrayBuffer(createHash('sha1').update(spki(key)).digest());

/** A Buffer may be a window into a bigger one. */
const arrayBuffer = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer;

function pem(label: string, der: ArrayBuffer): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
