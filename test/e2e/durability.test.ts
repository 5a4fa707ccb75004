// kill -9 in the middle of concurrent writes, again and again: what was acknowledged over HTTPS is there after the
// restart, versions never go back, and no address or port is handed out twice or lost.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ApiClient, Json } from '../support/api-client.js';
import { startApi, type Api } from '../support/api-server.js';

const kills = 4;
const writers = 12;
/** Acknowledged writes before each kill. */
const writesPerRound = 150;
/** A /26 without network and broadcast address. */
const addresses = 62;

const flags = ['--service-cluster-ip-range=10.9.0.0/26', '--service-node-port-range=30000-30199'];
const configMaps = '/api/v1/namespaces/default/configmaps';
const services = '/api/v1/namespaces/default/services';

let dataDir: string;
let running: Api;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'frontdesk-'));
  running = await startApi(flags, dataDir);
});

afterEach(async () => {
  await running.stop();
  await rm(dataDir, { recursive: true, force: true });
});

interface Known {
  readonly version: number;
  /** '' when the last acknowledged write was a delete. */
  readonly value: string;
}

/** What writers were told. A key whose last request was not answered may have either value. */
class Ledger {
  readonly known = new Map<string, Known>();
  readonly inDoubt = new Set<string>();
  acknowledged = 0;
  newest = 0;

  note(path: string, object: Json, value: string): void {
    const version = Number(metadataOf(object)['resourceVersion']);
    this.known.set(path, { version, value });
    this.inDoubt.delete(path);
    this.newest = Math.max(this.newest, version);
    this.acknowledged += 1;
  }
}

const metadataOf = (object: Json): Json => object['metadata'] as Json;

/** Creates, then rewrites, its own keys until the server is gone. */
async function write(api: ApiClient, ledger: Ledger, writer: string): Promise<void> {
  for (let turn = 0; ; turn++) {
    const name = `${writer}-${String(turn % 10)}`;
    const path = `${configMaps}/${name}`;
    const object = { metadata: { name }, data: { turn: String(turn) } };
    ledger.inDoubt.add(path);
    const answer = await (turn < 10 ? api.post(configMaps, object) : api.put(path, object));
    expect([200, 201]).toContain(answer.code);
    ledger.note(path, answer.json, String(turn));
  }
}

/** Takes addresses and gives some back, until the server is gone. */
async function serve(api: ApiClient, ledger: Ledger, writer: string): Promise<void> {
  for (let turn = 0; ; turn++) {
    const name = `s-${writer}-${String(turn)}`;
    const path = `${services}/${name}`;
    const spec = { type: 'NodePort', ports: [{ port: 80 }] };
    ledger.inDoubt.add(path);
    const created = await api.post(services, { metadata: { name }, spec });
    expect(created.code).toBe(201);
    ledger.note(path, created.json, addressOf(created.json));
    if (turn % 4 === 0) continue;
    ledger.inDoubt.add(path);
    const deleted = await api.delete(path);
    expect(deleted.code).toBe(200);
    ledger.known.set(path, { version: 0, value: '' });
    ledger.inDoubt.delete(path);
  }
}

const addressOf = ({ spec }: Json): string => {
  const { clusterIP, ports } = spec as { clusterIP: string; ports: { nodePort?: number }[] };
  return `${clusterIP} ${String(ports[0]?.nodePort)}`;
};

async function killAmongWrites(ledger: Ledger, round: number): Promise<void> {
  const { api, server } = running;
  const target = ledger.acknowledged + writesPerRound;
  const jobs = Array.from({ length: writers }, (_, at) => {
    const writer = `r${String(round)}w${String(at)}`;
    return at % 6 === 0 ? serve(api, ledger, writer) : write(api, ledger, writer);
  });
  // Each ends by the connection breaking under it.
  const ended = Promise.allSettled(jobs);
  while (ledger.acknowledged < target) await new Promise((resolve) => setImmediate(resolve));
  await server.kill();
  for (const result of await ended) {
    if (result.status === 'rejected') expect(String(result.reason)).toMatch(/ECONN|socket|EPIPE/);
  }
  api.close();
  running = await startApi(flags, dataDir);
}

async function checkAll(ledger: Ledger): Promise<void> {
  const { api } = running;
  const found = new Map<string, Known>();
  for (const [collection, valueOf] of [
    [configMaps, (object: Json) => (object['data'] as { turn: string }).turn],
    [services, addressOf],
  ] as const) {
    const list = await api.get(collection);
    expect(Number(metadataOf(list.json)['resourceVersion'])).toBeGreaterThanOrEqual(ledger.newest);
    for (const item of list.json['items'] as Json[]) {
      const version = Number(metadataOf(item)['resourceVersion']);
      const path = `${collection}/${String(metadataOf(item)['name'])}`;
      found.set(path, { version, value: valueOf(item) });
    }
  }
  for (const [path, { version, value }] of ledger.known) {
    const now = found.get(path);
    if (ledger.inDoubt.has(path)) {
      if (now !== undefined) expect(now.version).toBeGreaterThanOrEqual(version);
    } else if (value === '') {
      expect([path, now]).toEqual([path, undefined]);
    } else {
      expect([path, now]).toEqual([path, { version, value }]);
    }
  }
}

async function checkAddresses(): Promise<void> {
  const { api } = running;
  const list = await api.get('/api/v1/services');
  const specs = (list.json['items'] as Json[]).map(
    ({ spec }) => spec as { clusterIP: string; ports: { nodePort?: number }[] },
  );
  const ips = specs.map(({ clusterIP }) => clusterIP);
  expect(new Set(ips).size).toBe(ips.length);
  const ports = specs
    .flatMap((spec) => spec.ports.map(({ nodePort }) => nodePort ?? 0))
    .filter((port) => port > 0);
  expect(new Set(ports).size).toBe(ports.length);
  // Every address that no Service has can still be had: none was lost with a process.
  let free = 0;
  for (;;) {
    const metadata = { name: `free-${String(free)}` };
    const { code, json } = await api.post(services, { metadata, spec: { ports: [{ port: 80 }] } });
    if (code !== 201) {
      expect(json['message']).toContain('range is full');
      break;
    }
    free += 1;
  }
  expect(ips.length + free).toBe(addresses);
}

describe('a server that is killed among writes', () => {
  it('has every acknowledged one after the restart, and every address once', async () => {
    const ledger = new Ledger();
    for (let round = 0; round < kills; round++) {
      await killAmongWrites(ledger, round);
      await checkAll(ledger);
      // What the crash left open is settled by what is there now.
      ledger.inDoubt.clear();
      await settle(ledger);
    }
    await checkAddresses();
  }, 60_000);
});

/** Reads everything anew: the next round starts from what is stored. */
async function settle(ledger: Ledger): Promise<void> {
  for (const [path, { value }] of [...ledger.known]) {
    const answer = await running.api.get(path);
    if (answer.code === 404) ledger.known.set(path, { version: 0, value: '' });
    else if (path.startsWith(configMaps)) {
      const { turn } = answer.json['data'] as { turn: string };
      ledger.note(path, answer.json, turn);
    } else ledger.note(path, answer.json, value === '' ? addressOf(answer.json) : value);
  }
}
