import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { credentials } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  createAuthority,
  createClientCertificate,
  createServerCertificate,
} from '../../../apiserver/auth/certificates.js';
import { bytes, put } from '../../contracts/operations.js';
import { RawClient } from './raw-client.js';
import { runEtcd, type RunningEtcd } from './running-etcd.js';

const closers: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function run(...options: Parameters<typeof runEtcd>): Promise<RunningEtcd> {
  const etcd = await runEtcd(...options);
  closers.push(() => etcd.close());
  return etcd;
}

function clientOf(...options: ConstructorParameters<typeof RawClient>): RawClient {
  const client = new RawClient(...options);
  closers.push(() => {
    client.close();
  });
  return client;
}

const http1 = (_: unknown, response: { end(text: string): void }): void => {
  response.end('by HTTP/1');
};

function get(url: string, options: object = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = url.startsWith('https') ? httpsRequest : httpRequest;
    request(url, { agent: false, ...options }, (response) => {
      textOf(response).then(resolve, reject);
    })
      .on('error', reject)
      .end();
  });
}

describe('one port', () => {
  it('serves gRPC and HTTP/1', async () => {
    const { url } = await run({ http1 });
    expect(await clientOf(url).ask('etcdserverpb.KV/Put', { key: bytes('a') })).toMatchObject({
      header: { revision: 2 },
    });
    expect(await get(`${url}/health`)).toBe('by HTTP/1');
  });

  it('waits for a client that sends its first bytes one by one', async () => {
    const { url } = await run({ http1 });
    const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', noDelay: true });
    for (const byte of 'PUT / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n') {
      socket.write(byte);
      await new Promise(setImmediate);
    }
    expect(await textOf(socket)).toContain('by HTTP/1');
  });

  it('serves several URLs, a Unix socket among them', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'frontdesk-unix-'));
    closers.push(() => rm(folder, { recursive: true, force: true }));
    const path = join(folder, 'etcd.sock');
    const listenClientUrls = ['http://127.0.0.1:0', 'http://localhost:0', `unix://${path}`];
    const { server } = await run({ http1, listenClientUrls });
    expect(server.urls[2]).toBe(`unix://${path}`);
    expect(await get('http://unix/', { socketPath: path })).toBe('by HTTP/1');
    expect(await get(server.urls[1]!)).toBe('by HTTP/1');
  });

  it('refuses URLs that are none to listen on', async () => {
    await expect(run({ listenClientUrls: ['ftp://127.0.0.1:0'] })).rejects.toThrow(TypeError);
    await expect(run({ listenClientUrls: ['https://127.0.0.1:0'] })).rejects.toThrow(TypeError);
  });

  it('counts the connections it refuses', async () => {
    const { url, server } = await run({ http1, connectionsMax: 1 });
    const { port } = new URL(url);
    const kept = connect(Number(port), '127.0.0.1');
    closers.push(() => {
      kept.destroy();
    });
    kept.write('GET');
    while (server.metrics.connections === 0) await new Promise(setImmediate);
    await expect(get(url)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(server.metrics.refusedConnections).toBe(1);
  });
});

describe('TLS', () => {
  const now = Date.now(); // eslint-disable-line no-restricted-syntax -- certificates are good for real time
  const validity = { notBeforeMs: now - 3.6e6, notAfterMs: now + 3.6e6 };
  const authority = createAuthority('test', validity);
  const pair = createServerCertificate(authority, 'test', 'etcd', ['127.0.0.1'], validity);
  const own = createClientCertificate(authority, 'test', { commonName: 'root' }, validity);
  const pem = (text: string): Buffer => Buffer.from(text);
  const tls = {
    cert: pem(pair.certificate),
    key: pem(pair.key),
    trustedCa: pem(authority.certificate),
    clientCertAuth: true,
  };
  const channel = credentials.createSsl(tls.trustedCa, pem(own.key), pem(own.certificate));

  it('serves both, and takes the name in the certificate for the user', async () => {
    const { url } = await run({ http1, tls, listenClientUrls: ['https://127.0.0.1:0'] });
    const client = clientOf(url, channel);
    await client.ask('etcdserverpb.KV/Put', { key: bytes('a') });
    const asRoot = { ca: tls.trustedCa, key: own.key, cert: own.certificate };
    expect(await get(url, asRoot)).toBe('by HTTP/1');
    await client.ask('etcdserverpb.Auth/RoleAdd', { name: 'root' });
    await client.ask('etcdserverpb.Auth/UserAdd', { name: 'root', options: { no_password: true } });
    await client.ask('etcdserverpb.Auth/UserGrantRole', { user: 'root', role: 'root' });
    await client.ask('etcdserverpb.Auth/AuthEnable', {});
    expect((await client.ask('etcdserverpb.KV/Range', { key: bytes('a') })).count).toBe(1);
  });

  it('refuses who has no certificate', async () => {
    const { url } = await run({ http1, tls, listenClientUrls: ['https://127.0.0.1:0'] });
    await expect(get(url, { ca: tls.trustedCa })).rejects.toBeDefined();
    const client = clientOf(url, credentials.createSsl(tls.trustedCa));
    expect((await client.call('etcdserverpb.KV/Range', { key: bytes('a') })).failure?.code).toBe(
      14,
    );
  });
});

describe('a call', () => {
  it('is refused in etcd’s words', async () => {
    const { url } = await run();
    const client = clientOf(url);
    const failureOf = async (...call: Parameters<RawClient['call']>): Promise<unknown> =>
      (await client.call(...call)).failure;
    const big = { key: bytes('a'), value: Buffer.alloc(2_097_152) };
    expect(await failureOf('etcdserverpb.KV/Put', big)).toEqual({
      code: 8,
      details: 'grpc: received message larger than max (2097160 vs. 2097152)',
    });
    const large = { key: bytes('a'), value: Buffer.alloc(1.6 * 2 ** 20) };
    expect(await failureOf('etcdserverpb.KV/Put', large)).toEqual({
      code: 3,
      details: 'etcdserver: request is too large',
    });
    expect((await client.collect('etcdserverpb.KV/RangeStream', {})).failure).toEqual({
      code: 12,
      details: 'unknown method RangeStream for service etcdserverpb.KV',
    });
    const sorted = { key: bytes('a'), sort_target: 77 };
    expect(await failureOf('etcdserverpb.KV/Range', sorted)).toEqual({
      code: 3,
      details: 'etcdserver: invalid sort option',
    });
    expect(await failureOf('etcdserverpb.Auth/RoleGrantPermission', { name: 'x' })).toEqual({
      code: 3,
      details: 'etcdserver: permission not given',
    });
    expect(await failureOf('etcdserverpb.Cluster/MemberRemove', { ID: 5n })).toEqual({
      code: 5,
      details: 'etcdserver: member not found',
    });
  });

  it.each([
    [{ action: 0, version: 'x' }, 3, 'etcdserver: wrong downgrade target version format'],
    [{ action: 0, version: '3.2.0' }, 3, 'etcdserver: invalid downgrade target version'],
    [{ action: 1, version: '3.5.0' }, 12, 'etcdserver: downgrade is not supported'],
    [{ action: 2 }, 9, 'etcdserver: no inflight downgrade job'],
  ])('to downgrade is refused: %j', async (request, code, details) => {
    const { url } = await run();
    const { failure } = await clientOf(url).call('etcdserverpb.Maintenance/Downgrade', request);
    expect(failure).toEqual({ code, details });
  });

  it('is counted', async () => {
    const { url, server } = await run();
    const client = clientOf(url);
    await client.ask('etcdserverpb.KV/Put', { key: bytes('a') });
    await client.call('etcdserverpb.KV/Put', {});
    const samples = server.metrics.samples();
    const of = (name: string, grpc_code?: string): number | undefined =>
      samples.find(
        (each) =>
          each.name === name &&
          (each.labels['grpc_method'] ?? 'Put') === 'Put' &&
          each.labels['grpc_code'] === grpc_code,
      )?.value;
    expect(of('grpc_server_started_total')).toBe(2);
    expect(of('grpc_server_handled_total', 'OK')).toBe(1);
    expect(of('grpc_server_handled_total', 'InvalidArgument')).toBe(1);
    expect(of('etcd_network_client_grpc_received_bytes_total')).toBe(3);
  });
});

describe('answers', () => {
  it('have the headers etcd gives them', async () => {
    const { url, member } = await run();
    const client = clientOf(url);
    await put(member, 'a', '1');
    const { clusterId, memberId, raftTerm } = member.header();
    const who = { cluster_id: clusterId, member_id: memberId, raft_term: raftTerm };
    expect((await client.ask('etcdserverpb.KV/Range', { key: bytes('a') })).header).toEqual({
      ...who,
      revision: 2,
    });
    expect((await client.ask('etcdserverpb.Cluster/MemberList', {})).header).toEqual({
      ...who,
      revision: 0,
    });
    expect(await client.ask('etcdserverpb.Maintenance/Defragment', {})).toEqual({});
    expect(await client.ask('etcdserverpb.Maintenance/Status', {})).toMatchObject({
      header: { ...who, revision: 2 },
      version: '3.6.14',
      storageVersion: '3.6.0',
      leader: memberId,
      errors: [],
    });
  });

  it('say whether the member serves', async () => {
    const client = clientOf((await run()).url);
    const check = (service: string) => client.call('grpc.health.v1.Health/Check', { service });
    expect(await check('')).toEqual({ answer: { status: 1 } });
    expect(await check('etcdserverpb.KV')).toEqual({ answer: { status: 1 } });
    expect(await check('x')).toEqual({ failure: { code: 5, details: 'unknown service' } });
    const watch = client.stream('grpc.health.v1.Health/Watch');
    watch.send({ service: '' });
    watch.halfClose();
    expect(await watch.next()).toEqual({ status: 1 });
    await watch.cancel();
  });
});

describe('a lease', () => {
  it('is kept alive by as many answers as requests, without time left when it is gone', async () => {
    const client = clientOf((await run()).url);
    await client.ask('etcdserverpb.Lease/LeaseGrant', { ID: 9n, TTL: 100 });
    const stream = client.stream('etcdserverpb.Lease/LeaseKeepAlive');
    for (const ID of [9n, 8n, 9n]) stream.send({ ID });
    stream.halfClose();
    expect(await stream.next()).toMatchObject({ ID: 9n, TTL: 100 });
    expect(await stream.next()).toMatchObject({ ID: 8n, TTL: 0 });
    expect(await stream.next()).toMatchObject({ ID: 9n, TTL: 100 });
    expect(await stream.next()).toBeUndefined();
    expect(stream.failure).toBeUndefined();
    expect(await client.ask('etcdserverpb.Lease/LeaseTimeToLive', { ID: 8n })).toMatchObject({
      ID: 8n,
      TTL: -1,
    });
  });
});
