// servedConfigMaps: for tests of requests that make no sense: a server with one ConfigMap, `taken`, which must
// still be ready when all of them are through.
import { afterAll, beforeAll, expect } from '@jest/globals';
import type { ApiClient } from './api-client.js';
import { startApi, type Api } from './api-server.js';
import type { Failure } from './failure.js';

export const configMaps = '/api/v1/namespaces/default/configmaps';

export const configMap = (name: string, more: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data: { k: 'v' },
  ...more,
});

/** A row of a table of refusals. */
export type Case = readonly [what: string, failure: Failure, message: string];

/** Call once at the top of a test file; `api` is there as soon as its tests run. */
export function servedConfigMaps(): { readonly api: ApiClient } {
  let server: Api;
  beforeAll(async () => {
    server = await startApi();
    await server.api.post(configMaps, configMap('taken'));
  });
  afterAll(async () => {
    expect((await server.api.get('/readyz')).text).toBe('ok');
    await server.stop();
  });
  return {
    get api() {
      return server.api;
    },
  };
}
