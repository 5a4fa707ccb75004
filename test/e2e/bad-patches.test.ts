// Patches and deletes that make no sense, each with the status, reason and words of kube-apiserver, except that
// what it leaves unclassified (a bare 500) is a 400 here; and nothing of them is stored.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../support/api-client.js';
import { startApi, type Api } from '../support/api-server.js';
import { expectFailure, type Failure } from '../support/failure.js';

let server: Api;
let api: ApiClient;
let before: string;

const path = '/api/v1/namespaces/default/pods/target';
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'target', labels: { a: '1' } },
  spec: { containers: [{ name: 'c', image: 'i' }] },
};

beforeAll(async () => {
  server = await startApi();
  ({ api } = server);
  expect((await api.post('/api/v1/namespaces/default/pods', pod)).code).toBe(201);
  before = (await api.get(path)).text;
});

afterAll(async () => {
  expect((await api.get(path)).text).toBe(before);
  expect((await api.get('/readyz')).text).toBe('ok');
  await server.stop();
});

type Case = [what: string, failure: Failure, message: string, patch: unknown];

const rejected = 'the server rejected our request due to an error in our request';
const ofConfigMap = '/api/v1/namespaces/default/configmaps/nope';

describe('a JSON patch', () => {
  const decoding = 'error decoding patch: json: cannot unmarshal';
  it.each<Case>([
    ['that is no JSON', '400 BadRequest', "invalid character 'x'", 'x{{'],
    ['that is empty', '400 BadRequest', 'unexpected end of JSON input', ''],
    ['that is an object', '400 BadRequest', `${decoding} object into Go value of type []`, '{}'],
    ['that is a number', '400 BadRequest', `${decoding} number into Go value of type []`, '1'],
    ['with an unknown op', '422 Invalid', rejected, [{ op: 'foo', path: '/a' }]],
    ['without a path', '422 Invalid', rejected, [{ op: 'add', value: 1 }]],
    ['of a path that is not there', '422 Invalid', rejected, [{ op: 'remove', path: '/spec/x' }]],
    ['whose test fails', '422 Invalid', rejected, [{ op: 'test', path: '/kind', value: 'x' }]],
    [
      'beyond a list',
      '422 Invalid',
      rejected,
      [{ op: 'add', path: '/spec/containers/9', value: {} }],
    ],
    ['into a prototype', '422 Invalid', rejected, [{ op: 'add', path: '/__proto__/x', value: 1 }]],
    [
      'of the wrong type',
      '400 BadRequest',
      'cannot unmarshal number into Go',
      [{ op: 'add', path: '/spec/nodeName', value: 5 }],
    ],
    [
      'with too many operations',
      '413 RequestEntityTooLarge',
      'maximum operations in a JSON patch is 10000, got 10001',
      Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/kind', value: 'Pod' })),
    ],
    ['of the whole by a number', '422 Invalid', rejected, [{ op: 'replace', path: '', value: 5 }]],
  ])('%s is refused', async (_what, failure, message, patch) => {
    expectFailure(await api.patch(path, 'json', patch), failure, message);
  });
});

describe.each(['merge', 'strategic'] as const)('a %s patch', (type) => {
  it.each<Case>([
    ['that is no JSON', '400 BadRequest', "invalid character 'x'", 'x{{'],
    ['that is empty', '400 BadRequest', 'unexpected end of JSON input', ''],
    ['that is a list', '400 BadRequest', 'the patch must be a JSON object', '[]'],
    ['that is null', '400 BadRequest', 'the patch must be a JSON object', 'null'],
    [
      'to another name',
      '400 BadRequest',
      'the name of the object (b) does not match the name on the URL (target)',
      { metadata: { name: 'b' } },
    ],
    [
      'to another namespace',
      '400 BadRequest',
      'does not match the namespace sent on the request',
      { metadata: { namespace: 'b' } },
    ],
    [
      'of an old version',
      '409 Conflict',
      'the object has been modified; please apply your changes',
      { metadata: { resourceVersion: '1' } },
    ],
    [
      'of another object',
      '409 Conflict',
      'Precondition failed: UID in precondition: x',
      { metadata: { uid: 'x' } },
    ],
    [
      'to another kind',
      '400 BadRequest',
      'Service in version "v1" cannot be handled as a Pod',
      { kind: 'Service' },
    ],
    [
      'to another version',
      '400 BadRequest',
      'does not match the expected API version (v1)',
      { apiVersion: 'v2' },
    ],
    ['that takes the metadata away', '400 BadRequest', 'name must be provided', { metadata: null }],
    [
      'with an invalid result',
      '422 Invalid',
      'spec.restartPolicy: Unsupported value: "Sometimes"',
      { spec: { restartPolicy: 'Sometimes' } },
    ],
    [
      'of what may not change',
      '422 Invalid',
      'pod updates may not change fields other than',
      { spec: { hostname: 'other' } },
    ],
  ])('%s is refused', async (_what, failure, message, patch) => {
    expectFailure(await api.patch(path, type, patch), failure, message);
  });

  it('with an unknown field is refused strictly', async () => {
    const answer = await api.patch(`${path}?fieldValidation=Strict`, type, { spec: { foo: 1 } });
    expectFailure(answer, '400 BadRequest', 'strict decoding error: unknown field "spec.foo"');
  });

  it('of nothing is refused', async () => {
    const answer = await api.patch(ofConfigMap, type, {});
    expectFailure(answer, '404 NotFound', 'configmaps "nope" not found');
  });

  it('may not be forced', async () => {
    const answer = await api.patch(`${path}?force=true`, type, {});
    expectFailure(
      answer,
      '422 Invalid',
      'force: Forbidden: may not be specified for non-apply patch',
    );
  });
});

describe('a strategic merge patch', () => {
  it.each<Case>([
    [
      'of a map by text',
      '422 Invalid',
      'cannot restore map from string',
      { metadata: { labels: 'x' } },
    ],
    [
      'of a list by a map',
      '422 Invalid',
      'cannot restore slice from map',
      { spec: { containers: {} } },
    ],
    [
      'of a list by text in it',
      '400 BadRequest',
      'list element types are not identical',
      { spec: { containers: ['x'] } },
    ],
    [
      'without the merge key',
      '400 BadRequest',
      'map: map[image:x] does not contain declared merge key: name',
      { spec: { containers: [{ image: 'x' }] } },
    ],
    [
      'with an unknown directive',
      '400 BadRequest',
      'unknown patch type: spam in map',
      { $patch: 'spam' },
    ],
    [
      'with a broken order',
      '400 BadRequest',
      'but received a string',
      { spec: { '$setElementOrder/containers': 'x' } },
    ],
    [
      'with broken kept keys',
      '400 BadRequest',
      'invalid patch format of retainKeys',
      { spec: { $retainKeys: 'x' } },
    ],
  ])('%s is refused', async (_what, failure, message, patch) => {
    expectFailure(await api.patch(path, 'strategic', patch), failure, message);
  });
});

describe('an apply patch', () => {
  it.each<Case>([
    ['that is no YAML', '400 BadRequest', 'yaml', '{{{'],
    ['that is a list', '400 BadRequest', 'cannot unmarshal array', '[]'],
    [
      'without an apiVersion',
      '400 BadRequest',
      'Incorrect version specified in apply patch. Specified patch version: , expected: v1',
      { metadata: { name: 'target' } },
    ],
    [
      'of another version',
      '400 BadRequest',
      'Specified patch version: apps/v1, expected: v1',
      { ...pod, apiVersion: 'apps/v1' },
    ],
    ['of another kind', '400 BadRequest', 'Service cannot be applied', { ...pod, kind: 'Service' }],
    [
      'with managed fields',
      '400 BadRequest',
      'metadata.managedFields must be nil',
      { ...pod, metadata: { name: 'target', managedFields: [] } },
    ],
    [
      'with an undeclared field',
      '400 BadRequest',
      '.foo: field not declared in schema',
      { ...pod, foo: 1 },
    ],
    [
      'of the wrong type',
      '400 BadRequest',
      '.metadata.labels: expected map, got &{x}',
      { ...pod, metadata: { name: 'target', labels: 'x' } },
    ],
    [
      'with what others own',
      '409 Conflict',
      'Apply failed with 1 conflict: conflict with "unknown" using v1: .metadata.labels.a',
      { ...pod, metadata: { name: 'target', labels: { a: '2' } } },
    ],
  ])('%s is refused', async (_what, failure, message, patch) => {
    const answer = await api.patch(`${path}?fieldManager=tester`, 'apply', patch);
    expectFailure(answer, failure, message);
  });

  it('without a manager is refused', async () => {
    const answer = await api.patch(path, 'apply', pod);
    expectFailure(
      answer,
      '422 Invalid',
      'fieldManager: Required value: is required for apply patch',
    );
  });
});

describe('a patch of another media type', () => {
  it.each(['application/json', 'application/yaml', 'text/plain', ''])(
    '%s is refused',
    async (type) => {
      const headers: Record<string, string> = type === '' ? {} : { 'Content-Type': type };
      const answer = await api.send('PATCH', path, '{}', { headers });
      expectFailure(
        answer,
        '415 UnsupportedMediaType',
        'application/json-patch+json, application/merge-patch+json',
      );
    },
  );
});

describe('a delete', () => {
  it.each<[string, Failure, string, string, unknown?]>([
    ['of nothing', '404 NotFound', 'configmaps "nope" not found', ofConfigMap],
    [
      'with an unknown policy',
      '422 Invalid',
      'propagationPolicy: Unsupported value: "x": supported values: "Background", "Foreground", "Orphan", "nil"',
      `${path}?propagationPolicy=x`,
    ],
    [
      'with two policies',
      '422 Invalid',
      'orphanDependents and deletionPropagation cannot be both set',
      path,
      { orphanDependents: true, propagationPolicy: 'Orphan' },
    ],
    [
      'with a bad grace period',
      '400 BadRequest',
      'strconv.ParseInt: parsing "x": invalid syntax',
      `${path}?gracePeriodSeconds=x`,
    ],
    [
      'with a grace period of text',
      '400 BadRequest',
      'DeleteOptions.gracePeriodSeconds of type int64',
      path,
      { gracePeriodSeconds: 'x' },
    ],
    [
      'with a bad dryRun',
      '422 Invalid',
      'dryRun: Unsupported value: ["x"]: supported values: "All"',
      `${path}?dryRun=x`,
    ],
    ['with an unreadable body', '400 BadRequest', 'must be of type DeleteOptions', path, 'xx'],
    [
      'with a body of another kind',
      '400 BadRequest',
      'Pod cannot be handled as a DeleteOptions',
      path,
      pod,
    ],
    [
      'of another object',
      '409 Conflict',
      'Precondition failed: UID in precondition: x',
      path,
      { preconditions: { uid: 'x' } },
    ],
    [
      'of an old version',
      '409 Conflict',
      'Precondition failed: ResourceVersion in precondition: 1',
      path,
      { preconditions: { resourceVersion: '1' } },
    ],
  ])('%s is refused', async (...[, failure, message, target, body]) => {
    expectFailure(await api.delete(target, body), failure, message);
  });
});
