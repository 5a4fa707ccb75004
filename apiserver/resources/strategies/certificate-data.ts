// What an issued certificate (status.certificate of a CertificateSigningRequest) must look like: base64 of PEM text
// whose blocks are all CERTIFICATE, without headers, each an X.509 certificate. Text between blocks is free (RFC 7468 §5.2).
import { X509Certificate } from 'node:crypto';

const block = /-----BEGIN ([^\n]*?)-----\s*\n([\s\S]*?)-----END \1-----/g;

/** Why the data is refused; undefined: it is fine, or there is none. */
export function certificateProblem(encoded: string): string | undefined {
  if (encoded === '') return undefined;
  const pem = Buffer.from(encoded, 'base64').toString('latin1');
  let blocks = 0;
  for (const [whole, label, content = ''] of pem.matchAll(block)) {
    if (label !== 'CERTIFICATE')
      return `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(label)}`;
    if (content.includes(':')) return 'no PEM block headers are permitted';
    if (!isCertificate(whole)) return 'x509: malformed certificate';
    blocks += 1;
  }
  return blocks === 0 ? 'must contain at least one CERTIFICATE PEM block' : undefined;
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
