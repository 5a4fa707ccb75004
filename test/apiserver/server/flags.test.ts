// Flags whose effect shows only in a whole server.
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createAuthority, createServerCertificate } from '../../../apiserver/auth/certificates.js';
import { configmap, TestServer } from '../../support/running-server.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frontdesk-flags-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const validity = { notBeforeMs: Date.now() - 60_000, notAfterMs: Date.now() + 3_600_000 }; // eslint-disable-line no-restricted-syntax -- TLS looks at the real clock

/** Whom the server's certificate names, seen by a client that trusts `ca` only. */
async function shownBy(server: TestServer, ca: string | Buffer): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port: server.port, ca });
  await once(socket, 'secureConnect');
  const { CN } = socket.getPeerCertificate().subject;
  socket.destroy();
  return String(CN);
}

describe('--cert-dir', () => {
  it('is served from when it holds apiserver.crt and apiserver.key', async () => {
    const authority = createAuthority('their-ca', validity);
    const pair = createServerCertificate(authority, 'their-ca', 'theirs', ['127.0.0.1'], validity);
    await writeFile(join(folder, 'apiserver.crt'), pair.certificate);
    await writeFile(join(folder, 'apiserver.key'), pair.key);
    const server = await TestServer.start([`--cert-dir=${folder}`]);
    expect(await shownBy(server, authority.certificate)).toBe('theirs');
    await server.stop();
  });

  it('is left alone when it does not', async () => {
    const server = await TestServer.start([`--cert-dir=${join(folder, 'missing')}`]);
    expect(await shownBy(server, server.authority)).toBe('kube-apiserver');
    await server.stop();
  });
});

describe('--disable-admission-plugins', () => {
  it('without NamespaceLifecycle, objects go into namespaces that do not exist', async () => {
    const server = await TestServer.start(['--disable-admission-plugins=NamespaceLifecycle']);
    const path = '/api/v1/namespaces/nowhere/configmaps';
    expect((await server.post(path, configmap('free'))).code).toBe(201);
    await server.stop();
  });
});

describe('--max-txn-ops', () => {
  it('bounds the ports that one Service may claim', async () => {
    const ports = Array.from({ length: 150 }, (_, index) => ({
      name: `p-${index}`,
      port: 1000 + index,
    }));
    const service = (name: string): object => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { type: 'NodePort', ports },
    });
    const path = '/api/v1/namespaces/default/services';
    const server = await TestServer.start();
    const refused = await server.post(path, service('many'));
    expect(refused.text).toContain('too many operations in txn request');
    expect(refused.code).toBe(413);
    await server.stop();
    const wider = await TestServer.start(['--max-txn-ops=256', '--auto-compaction-retention=1h']);
    expect((await wider.post(path, service('many'))).code).toBe(201);
    await wider.stop();
  });
});
