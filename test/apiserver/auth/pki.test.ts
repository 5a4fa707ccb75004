import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { firstAddress, servingHosts } from '../../../apiserver/auth/hosts.js';
import { openPki } from '../../../apiserver/auth/pki.js';

const dayMs = 24 * 3600 * 1000;
const nowMs = Date.parse('2026-03-01T00:00:00Z');
const hosts = ['localhost', '127.0.0.1'];
let directory = '';

beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'frontdesk-pki-')), 'pki');
});
afterEach(() => rm(join(directory, '..'), { recursive: true, force: true }));

describe('the certificates of a data dir', () => {
  it('are made once and then used again', async () => {
    const first = await openPki({ directory, keep: true, hosts, nowMs });
    const second = await openPki({ directory, keep: true, hosts, nowMs: nowMs + dayMs });
    expect(second).toEqual(first);
  });

  it('are readable by their owner only', async () => {
    await openPki({ directory, keep: true, hosts, nowMs });
    for (const name of await readdir(directory)) {
      expect((await stat(join(directory, name))).mode & 0o077).toBe(0);
    }
  });

  it('are made again near expiry, under the same authority', async () => {
    const first = await openPki({ directory, keep: true, hosts, nowMs });
    const later = await openPki({ directory, keep: true, hosts, nowMs: nowMs + 340 * dayMs });
    expect(later.authority).toBe(first.authority);
    expect(later.serving.certificate).not.toBe(first.serving.certificate);
    expect(later.admin.certificate).not.toBe(first.admin.certificate);
  });

  it('get a new serving certificate when the server has a new name; the admin keeps hers', async () => {
    const first = await openPki({ directory, keep: true, hosts, nowMs });
    const more = [...hosts, '192.0.2.7'];
    const second = await openPki({ directory, keep: true, hosts: more, nowMs });
    expect(second.serving.certificate).not.toBe(first.serving.certificate);
    expect(second.admin).toEqual(first.admin);
  });

  it('of a server in memory are not kept, but found ones are used', async () => {
    await openPki({ directory, keep: false, hosts, nowMs });
    await expect(readdir(directory)).rejects.toThrow('ENOENT');
    const kept = await openPki({ directory, keep: true, hosts, nowMs });
    expect(await openPki({ directory, keep: false, hosts, nowMs })).toEqual(kept);
  });
});

describe('the hosts of a serving certificate', () => {
  it('are the Service names, the machine, loopback, the bind address and the first service addresses', () => {
    expect(servingHosts('192.0.2.7', ['10.96.0.0/16', 'fd00:1::/112'], 'Desk')).toEqual([
      'kubernetes',
      'kubernetes.default',
      'kubernetes.default.svc',
      'kubernetes.default.svc.cluster.local',
      'localhost',
      'desk',
      '127.0.0.1',
      '::1',
      '192.0.2.7',
      '10.96.0.1',
      'fd00:1::1',
    ]);
  });

  it('do not name the address that means all of them', () => {
    expect(servingHosts('0.0.0.0', [], 'x')).not.toContain('0.0.0.0');
    expect(firstAddress('not an address')).toBeUndefined();
  });
});
