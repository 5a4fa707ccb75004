// Certificates for a real etcd that asks its clients for theirs, and for one such client.
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createAuthority,
  createClientCertificate,
  createServerCertificate,
} from '../../apiserver/auth/certificates.js';
import type { EtcdClientTls } from '../../store/index.js';
import type { EtcdTls } from './etcd-process.js';

export interface EtcdTlsDesk {
  /** To be removed by who asked for it. */
  readonly folder: string;
  readonly server: EtcdTls;
  readonly clientFiles: EtcdTls;
  readonly client: EtcdClientTls;
}

export async function makeEtcdTls(): Promise<EtcdTlsDesk> {
  const folder = await mkdtemp(join(tmpdir(), 'frontdesk-etcd-tls-'));
  const valid = { notBeforeMs: Date.UTC(2020, 0), notAfterMs: Date.UTC(2040, 0) };
  const authority = createAuthority('ca', valid);
  const server = createServerCertificate(authority, 'ca', 'etcd', ['127.0.0.1'], valid);
  const client = createClientCertificate(authority, 'ca', { commonName: 'client' }, valid);
  const keep = async (name: string, content: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, content);
    return path;
  };
  const ca = await keep('ca.pem', authority.certificate);
  const clientFiles = {
    ca,
    cert: await keep('client.pem', client.certificate),
    key: await keep('client-key.pem', client.key),
  };
  return {
    folder,
    server: {
      ca,
      cert: await keep('server.pem', server.certificate),
      key: await keep('server-key.pem', server.key),
    },
    clientFiles,
    client: {
      ca: await readFile(ca),
      cert: await readFile(clientFiles.cert),
      key: await readFile(clientFiles.key),
    },
  };
}
