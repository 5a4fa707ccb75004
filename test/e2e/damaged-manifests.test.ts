// Ten thousand damaged manifests and patches: every answer is the client's fault or a success, never the
// server's; and whatever was stored reads back valid.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Answer, ApiClient, Json } from '../support/api-client.js';
import { startApi, type Api } from '../support/api-server.js';
import { Damage } from '../support/damage.js';
import { manifests, type Manifest } from '../support/manifests.js';

const seed = Number(process.env['SEED'] ?? '20260');
const requests = 10_000;
const parallel = 24;

let server: Api;
let api: ApiClient;
const said: string[] = [];

beforeAll(async () => {
  server = await startApi();
  ({ api } = server);
  server.server.child.stderr?.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  await api.post('/api/v1/namespaces', { metadata: { name: 'damage' } });
  for (const { collection, object } of manifests('damage', 'whole')) {
    expect((await api.post(collection, object)).code).toBe(201);
  }
});

afterAll(() => server.stop());

interface Attempt {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly type: string;
}

function attempt(damage: Damage, number: number): Attempt {
  const manifest = damage.pick(manifests('damage', `d-${String(number)}`));
  const { collection, object } = manifest;
  const body = damage.manifest(object);
  const json = 'application/json';
  const whole = `${collection}/whole`;
  switch (damage.below(8)) {
    case 0:
      return { method: 'POST', path: collection, body, type: json };
    case 1:
      return { method: 'POST', path: `${collection}?dryRun=All`, body, type: json };
    case 2:
      return {
        method: 'POST',
        path: `${collection}?fieldValidation=Strict`,
        body,
        type: 'application/yaml',
      };
    case 3:
      return { method: 'PUT', path: whole, body: damage.manifest(renamed(object)), type: json };
    case 4:
      return {
        method: 'PATCH',
        path: whole,
        body: partOf(damage, manifest),
        type: 'application/merge-patch+json',
      };
    case 5:
      return {
        method: 'PATCH',
        path: whole,
        body: partOf(damage, manifest),
        type: 'application/strategic-merge-patch+json',
      };
    case 6: {
      const operations = Array.from({ length: 1 + damage.below(3) }, () =>
        damage.operation(object),
      );
      return {
        method: 'PATCH',
        path: whole,
        body: JSON.stringify(operations),
        type: 'application/json-patch+json',
      };
    }
    default: {
      const path = `${whole}?fieldManager=m${String(damage.below(3))}&force=true`;
      return {
        method: 'PATCH',
        path,
        body: damage.manifest(renamed(object)),
        type: 'application/apply-patch+yaml',
      };
    }
  }
}

const renamed = (object: Json): Json => ({
  ...object,
  metadata: { ...(object['metadata'] as object), name: 'whole' },
});

/** A patch as people send them: some members only, mostly without the name. */
function partOf(damage: Damage, { object }: Manifest): string {
  const patch: Json = { ...renamed(object) };
  for (const member of Object.keys(patch))
    if (damage.below(2) === 0) Reflect.deleteProperty(patch, member);
  return damage.manifest(patch);
}

/** What was answered where the server was to blame. */
const faults: { sent: Attempt; code: number; text: string }[] = [];
const codes = new Map<number, number>();

async function sendAll(): Promise<void> {
  const damage = new Damage(seed);
  let count = 0;
  const work = async (): Promise<void> => {
    while (count < requests) {
      const sent = attempt(damage, count++);
      const answer = await api.send(sent.method, sent.path, sent.body, {
        headers: { 'Content-Type': sent.type },
      });
      codes.set(answer.code, (codes.get(answer.code) ?? 0) + 1);
      if (answer.code >= 500 || !isSound(answer))
        faults.push({ sent, code: answer.code, text: answer.text });
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
}

function isSound(answer: Answer): boolean {
  const { kind, code } = answer.json;
  return answer.code < 300 ? kind !== 'Status' : kind === 'Status' && code === answer.code;
}

describe('damaged manifests', () => {
  it('never make the server fail', async () => {
    await sendAll();
    expect(faults.slice(0, 5)).toEqual([]);
    expect(said).toEqual([]);
    // The damage is neither so small that all is accepted nor so great that nothing is.
    expect(codes.get(422)).toBeGreaterThan(500);
    expect(codes.get(400)).toBeGreaterThan(500);
    expect((codes.get(200) ?? 0) + (codes.get(201) ?? 0)).toBeGreaterThan(500);
  }, 180_000);

  it('leave only whole and valid objects behind', async () => {
    const refused: { path: string; code: number; text: string }[] = [];
    for (const { collection } of manifests('damage', 'whole')) {
      const list = await api.get(collection);
      const items = [...(list.json['items'] as Json[])];
      const work = async (): Promise<void> => {
        for (let item = items.pop(); item !== undefined; item = items.pop()) {
          const { name } = item['metadata'] as { name: string };
          const path = `${collection}/${name}`;
          const read = await api.get(path);
          const again = await api.put(`${path}?dryRun=All&fieldValidation=Strict`, read.text, {
            headers: { 'Content-Type': 'application/json' },
          });
          if (again.code !== 200) refused.push({ path, code: again.code, text: again.text });
        }
      };
      await Promise.all(Array.from({ length: parallel }, work));
    }
    expect(refused.slice(0, 5)).toEqual([]);
  }, 180_000);
});
