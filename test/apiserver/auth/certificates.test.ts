import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  createAuthority,
  createClientCertificate,
  createServerCertificate,
} from '../../../apiserver/auth/certificates.js';

const dayMs = 24 * 3600 * 1000;
const nowMs = Date.parse('2026-03-01T00:00:00Z');
const validity = { notBeforeMs: nowMs, notAfterMs: nowMs + 365 * dayMs };
const authority = createAuthority('test-ca', validity);

describe('certificates', () => {
  it('an authority is self-signed and marked as one', () => {
    const certificate = new X509Certificate(authority.certificate);
    expect(certificate.ca).toBe(true);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.subject).toBe('CN=test-ca');
  });

  it('a server certificate names every host and address, and its authority signed it', () => {
    const hosts = ['kubernetes.default.svc', 'localhost', '127.0.0.1', '::1', 'fd00::10.0.0.1'];
    const pair = createServerCertificate(authority, 'test-ca', 'server', hosts, validity);
    const certificate = new X509Certificate(pair.certificate);
    const issuer = new X509Certificate(authority.certificate);
    expect(certificate.checkIssued(issuer)).toBe(true);
    expect(certificate.verify(issuer.publicKey)).toBe(true);
    expect(certificate.ca).toBe(false);
    expect(certificate.checkHost('kubernetes.default.svc')).toBeDefined();
    expect(certificate.checkHost('example.com')).toBeUndefined();
    for (const address of ['127.0.0.1', '::1', 'fd00::a00:1']) {
      expect(certificate.checkIP(address)).toBeDefined();
    }
    expect(certificate.checkIP('10.0.0.1')).toBeUndefined();
    // The key usage Node knows as TLS web server authentication.
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  });

  it("a client certificate carries the user's name and every group", () => {
    const subject = { commonName: 'anna', organizations: ['system:masters', 'développeurs'] };
    const pair = createClientCertificate(authority, 'test-ca', subject, validity);
    const certificate = new X509Certificate(pair.certificate);
    expect(certificate.toLegacyObject().subject).toMatchObject({
      CN: 'anna',
      O: ['system:masters', 'développeurs'],
    });
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
  });

  it('times past 2049 are written in the long form', () => {
    const late = { notBeforeMs: nowMs, notAfterMs: Date.parse('2061-05-06T07:08:09Z') };
    const { validFrom, validTo } = new X509Certificate(createAuthority('x', late).certificate);
    expect(Date.parse(validFrom)).toBe(nowMs);
    expect(Date.parse(validTo)).toBe(late.notAfterMs);
  });

  it('serial numbers differ', () => {
    const serials = [1, 2, 3].map(
      () => new X509Certificate(createAuthority('x', validity).certificate).serialNumber,
    );
    expect(new Set(serials).size).toBe(3);
  });
});
