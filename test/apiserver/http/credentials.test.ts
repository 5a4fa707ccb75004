// Who is let in, over HTTPS.
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { configmaps, TestServer } from '../../support/running-server.js';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.stop());

describe('credentials', () => {
  it('are needed for everything but health and version', async () => {
    for (const path of ['/healthz', '/livez', '/readyz', '/livez/ping', '/version']) {
      expect((await server.ask(path, { asAdmin: false })).code).toBe(200);
    }
    for (const path of ['/', '/api', '/apis', '/api/v1', configmaps, '/metrics', '/openapi/v3']) {
      const answer = await server.ask(path, { asAdmin: false });
      expect(answer.code).toBe(401);
      expect(answer.json).toEqual({
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: 'Unauthorized',
        reason: 'Unauthorized',
        code: 401,
      });
    }
  });

  it('that are wrong are refused even where none are needed', async () => {
    const headers = { Authorization: 'Bearer nobody' };
    expect((await server.ask('/healthz', { asAdmin: false, headers })).code).toBe(401);
    const basic = { Authorization: 'Basic YTpi' };
    expect((await server.ask(configmaps, { asAdmin: false, headers: basic })).code).toBe(401);
  });

  it('stay with a resumed TLS session', async () => {
    // An agent that keeps no connections resumes the sessions of former ones.
    const agent = new Agent({ ...server.admin.options, keepAlive: false });
    const seen: [number | undefined, boolean][] = [];
    for (let i = 0; i < 3; i++) {
      const sent = request({ ...server.options('/api'), agent });
      sent.end();
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      seen.push([response.statusCode, isResumed(response.socket)]);
      response.resume();
      await once(sent, 'close');
    }
    expect(seen).toEqual([
      [200, false],
      [200, true],
      [200, true],
    ]);
  });

  it('can be those of another, for who may impersonate', async () => {
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
    const answer = await server.ask('/apis/authentication.k8s.io/v1/selfsubjectreviews', {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        'Impersonate-User': 'anna',
        'Impersonate-Group': ['dev', ',,,odd'],
        'Impersonate-Extra-Scopes': 'read',
      },
      body: JSON.stringify(review),
    });
    expect(answer.json).toMatchObject({
      status: {
        userInfo: {
          username: 'anna',
          groups: ['dev', ',,,odd', 'system:authenticated'],
          extra: { scopes: ['read'] },
        },
      },
    });
  });

  it('of a group without a user are a mistake', async () => {
    const answer = await server.ask('/api', { headers: { 'Impersonate-Group': 'dev' } });
    expect(answer.code).toBe(400);
    expect(answer.text).toContain('without impersonating a user');
  });
});

describe('files named by flags', () => {
  it('let token users in, and the audit log says who came', async () => {
    const folder = server.folder;
    const [tokens, log] = [join(folder, 'tokens.csv'), join(folder, 'audit.log')];
    await writeFile(tokens, 'secret,anna,7,"dev"\n');
    const other = await TestServer.start([
      `--token-auth-file=${tokens}`,
      `--audit-log-path=${log}`,
    ]);
    const headers = { Authorization: 'Bearer secret' };
    const answer = await other.ask('/api/v1/nodes', { asAdmin: false, headers });
    expect(answer.code).toBe(200);
    await other.stop();
    const lines = (await readFile(log, 'utf8')).trim().split('\n');
    const events = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events).toContainEqual(
      expect.objectContaining({
        kind: 'Event',
        level: 'Metadata',
        stage: 'ResponseComplete',
        auditID: answer.headers['audit-id'],
        verb: 'list',
        requestURI: '/api/v1/nodes',
        user: { username: 'anna', uid: '7', groups: ['dev', 'system:authenticated'] },
        objectRef: { resource: 'nodes', apiVersion: 'v1' },
        responseStatus: { metadata: {}, code: 200 },
      }),
    );
  });

  it('that cannot be read are named in one line', async () => {
    await expect(TestServer.start(['--token-auth-file=/nonexistent'])).rejects.toThrow(
      /^--token-auth-file: .*ENOENT/,
    );
    await expect(TestServer.start(['--client-ca-file=/dev/null'])).rejects.toThrow(
      'no PEM certificate in it',
    );
  });
});

const isResumed = (socket: unknown): boolean =>
  socket instanceof TLSSocket && socket.isSessionReused();
