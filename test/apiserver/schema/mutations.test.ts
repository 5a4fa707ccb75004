// Whatever a client sends: an object or an ApiError with a 4xx, never anything else.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ApiError } from '../../../apiserver/object/api-error.js';
import { cloneJson, setKey, stringifyJson } from '../../../apiserver/object/json.js';
import { isJsonObject, type Json, type JsonObject } from '../../../apiserver/object/kube-object.js';
import { validateObjectMeta } from '../../../apiserver/object/metadata.js';
import { deployment, read, validator } from './reading.js';

const valid: JsonObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default', labels: { app: 'web' }, annotations: { a: 'b' } },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        containers: [
          {
            name: 'a',
            image: 'b',
            ports: [{ containerPort: 80 }],
            resources: { requests: { cpu: '100m' } },
            livenessProbe: { httpGet: { path: '/', port: 'http' } },
          },
        ],
        volumes: [{ name: 'v', configMap: { name: 'c', items: [{ key: 'k', path: 'p' }] } }],
      },
    },
  },
};

const oddities: Json[] = [
  null,
  '',
  0,
  -1,
  1.5,
  2n ** 64n,
  true,
  [],
  {},
  [null],
  [[]],
  { a: null },
  'x'.repeat(300),
  '\u0000',
  '1e999',
  '5Gi',
  '2026-01-01T00:00:00Z',
  { __proto__: 1 },
  { spec: { spec: {} } },
];
const keys = ['__proto__', 'constructor', 'toString', 'spec', 'name', '', 'metadata', 'x'];

/** Replaces, removes or adds one thing somewhere in the value. */
function mutate(value: Json, random: () => number): Json {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  if (random() < 0.15) return cloneJson(pick(oddities));
  if (Array.isArray(value) && value.length > 0) {
    const index = Math.floor(random() * value.length);
    value[index] = mutate(value[index]!, random);
    if (random() < 0.1) value.push(cloneJson(value[index]));
    return value;
  }
  if (!isJsonObject(value)) return random() < 0.5 ? value : cloneJson(pick(oddities));
  const names = Object.keys(value);
  if (random() < 0.2) setKey(value, pick(keys), cloneJson(pick(oddities)));
  if (names.length === 0) return value;
  const name = pick(names);
  if (random() < 0.1) Reflect.deleteProperty(value, name);
  else setKey(value, name, mutate(value[name] ?? null, random));
  return value;
}

function readAll(body: string | Uint8Array, mediaType = 'application/json'): void {
  for (const mode of ['Strict', 'Warn'] as const) {
    try {
      const { object } = read(body, deployment, mode, mediaType);
      validator.validate(object, deployment.schemaName);
      validateObjectMeta(object.metadata, {
        namespaced: true,
        nameKind: 'dns-subdomain',
        field: 'metadata',
      });
      expect(read(stringifyJson(object), deployment, 'Strict').object).toEqual(object);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      expect(error.code).toBeLessThan(500);
      expect(() => JSON.stringify(error.toStatus())).not.toThrow();
    }
  }
}

/** A small generator of its own, so that one number replays a whole mutation. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('reading mutated manifests', () => {
  it('gives an object that reads back as itself, or an ApiError', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 5 }), (seed, times) => {
        const random = generator(seed);
        let value: Json = cloneJson(valid);
        for (let count = 0; count < times; count++) value = mutate(value, random);
        readAll(stringifyJson(value));
      }),
      { numRuns: 1500 },
    );
  });

  it('gives an ApiError for damaged text and for garbage, as JSON and as YAML', () => {
    const text = stringifyJson(valid);
    fc.assert(
      fc.property(
        fc.nat(text.length),
        fc.string({ maxLength: 4 }),
        fc.uint8Array({ maxLength: 40 }),
        (at, inserted, garbage) => {
          const damaged = text.slice(0, at) + inserted + text.slice(at + 1);
          for (const mediaType of ['application/json', 'application/yaml']) {
            readAll(damaged, mediaType);
            readAll(garbage, mediaType);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
