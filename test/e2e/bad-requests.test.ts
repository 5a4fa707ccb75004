// Paths, methods and query parameters that make no sense, each with the status, reason and words of kube-apiserver.
// Read next: bad-bodies.test.ts, bad-patches.test.ts; broken-requests.test.ts for bytes that are no HTTP.
import { describe, expect, it } from '@jest/globals';
import {
  configMap,
  configMaps,
  servedConfigMaps,
  type Case,
} from '../support/config-map-server.js';
import { expectFailure, type Failure } from '../support/failure.js';

const served = servedConfigMaps();

describe('a path', () => {
  const nowhere = 'the server could not find the requested resource';
  const notAllowed = 'the server does not allow this method on the requested resource';
  it.each<[...Case, method: string, path: string]>([
    ['to an unknown resource', '404 NotFound', nowhere, 'GET', '/api/v1/namespaces/default/foos'],
    ['to an unknown version', '404 NotFound', nowhere, 'GET', '/api/v9/pods'],
    ['to an unknown group', '404 NotFound', nowhere, 'GET', '/apis/foo.bar/v1/foos'],
    ['to an unknown subresource', '404 NotFound', nowhere, 'GET', `${configMaps}/taken/foo`],
    [
      'to an object that is not there',
      '404 NotFound',
      'configmaps "nope" not found',
      'GET',
      `${configMaps}/nope`,
    ],
    [
      'in a namespace for what has none',
      '404 NotFound',
      nowhere,
      'GET',
      '/api/v1/namespaces/default/nodes',
    ],
    ['with an escaped slash', '404 NotFound', nowhere, 'GET', `${configMaps}/a%2fb`],
    ['with a NUL', '404 NotFound', 'configmaps "a\\x00b" not found', 'GET', `${configMaps}/a%00b`],
    ['with a bad escape', '400 BadRequest', 'bad percent-encoding', 'GET', `${configMaps}/%zz`],
    [
      'with bytes that are no UTF-8',
      '400 BadRequest',
      'bad percent-encoding',
      'GET',
      `${configMaps}/%ff`,
    ],
    [
      'that climbs up',
      '404 NotFound',
      nowhere,
      'GET',
      '/api/v1/namespaces/default/../default/pods',
    ],
    ['of a collection with PUT', '405 MethodNotAllowed', notAllowed, 'PUT', configMaps],
    ['of a collection with PATCH', '405 MethodNotAllowed', notAllowed, 'PATCH', configMaps],
    ['of an object with POST', '405 MethodNotAllowed', notAllowed, 'POST', `${configMaps}/taken`],
    [
      'of all namespaces with POST',
      '405 MethodNotAllowed',
      notAllowed,
      'POST',
      '/api/v1/configmaps',
    ],
    [
      'of all namespaces with DELETE',
      '405 MethodNotAllowed',
      notAllowed,
      'DELETE',
      '/api/v1/configmaps',
    ],
    ['with a verb nobody knows', '405 MethodNotAllowed', notAllowed, 'PURGE', configMaps],
    [
      'with a verb the resource lacks',
      '405 MethodNotAllowed',
      notAllowed,
      'POST',
      '/api/v1/componentstatuses',
    ],
  ])('%s is refused', async (_what, failure, message, method, path) => {
    expectFailure(await served.api.send(method, path), failure, message);
  });

  it('is nothing to somebody without credentials', async () => {
    const answer = await served.api.get(configMaps, { isAdmin: false });
    expectFailure(answer, '401 Unauthorized', 'Unauthorized');
  });
});

describe('a PUT', () => {
  it.each<[...Case, metadata: object]>([
    [
      'under another name',
      '400 BadRequest',
      'the name of the object (b) does not match the name on the URL (taken)',
      { name: 'b' },
    ],
    ['without a name', '400 BadRequest', 'name must be provided', {}],
    [
      'of an old version',
      '409 Conflict',
      'Operation cannot be fulfilled on configmaps "taken": the object has been modified; please apply your changes to the latest version and try again',
      { name: 'taken', resourceVersion: '1' },
    ],
    [
      'of a version that is no number',
      '400 BadRequest',
      'resourceVersion: Invalid value: "abc"',
      { name: 'taken', resourceVersion: 'abc' },
    ],
    [
      'of another object of that name',
      '409 Conflict',
      'Precondition failed: UID in precondition: x, UID in object meta: ',
      { name: 'taken', uid: 'x' },
    ],
  ])('%s is refused', async (_what, failure, message, metadata) => {
    const answer = await served.api.put(`${configMaps}/taken`, configMap('', { metadata }));
    expectFailure(answer, failure, message);
  });

  it('to where nothing is, is refused', async () => {
    const answer = await served.api.put(`${configMaps}/nope`, configMap('nope'));
    expectFailure(answer, '404 NotFound', 'configmaps "nope" not found');
  });
});

describe('query parameters of a write', () => {
  it.each<[...Case, query: string]>([
    [
      'dryRun',
      '422 Invalid',
      'dryRun: Unsupported value: ["x"]: supported values: "All"',
      'dryRun=x',
    ],
    [
      'fieldValidation',
      '422 Invalid',
      'fieldValidation: Unsupported value: "x": supported values: "", "Ignore", "Strict", "Warn"',
      'fieldValidation=x',
    ],
    [
      'fieldManager, too long',
      '422 Invalid',
      'fieldManager: Too long: may not be more than 128 bytes',
      `fieldManager=${'a'.repeat(129)}`,
    ],
    [
      'fieldManager, unprintable',
      '422 Invalid',
      'invalid character U+000A (at position 1)',
      'fieldManager=a%0Ab',
    ],
    ['timeout', '400 BadRequest', 'invalid timeout specified in the request URL', 'timeout=abc'],
  ])('are refused for a bad %s', async (_what, failure, message, query) => {
    expectFailure(
      await served.api.post(`${configMaps}?${query}`, configMap('z')),
      failure,
      message,
    );
    expect((await served.api.get(`${configMaps}/z`)).code).toBe(404);
  });
});

describe('query parameters of a list or watch', () => {
  const at = 'resourceVersionMatch: Forbidden: ';
  it.each<[query: string, failure: Failure, message: string]>([
    [
      'labelSelector=a%3D%3D%3D',
      '400 BadRequest',
      "unable to parse requirement: found '=', expected: identifier",
    ],
    [
      'labelSelector=a%20in%20b',
      '400 BadRequest',
      "unable to parse requirement: found 'b' expected: '('",
    ],
    [`labelSelector=${'x'.repeat(100)}%3Db`, '400 BadRequest', 'name part must be no more than 63'],
    [`labelSelector=${'x'.repeat(40_000)}`, '400 BadRequest', 'name part must be no more than 63'],
    ['fieldSelector=foo', '400 BadRequest', "invalid selector: 'foo'; can't understand 'foo'"],
    [
      'fieldSelector=foo%3Dbar',
      '400 BadRequest',
      '"foo" is not a known field selector: only "metadata.name", "metadata.namespace"',
    ],
    ['continue=!!', '400 BadRequest', 'invalid continue token: continue key is not valid: '],
    ['continue=abc', '400 BadRequest', 'invalid continue token: continue key is not valid: '],
    [
      `continue=${Buffer.from('{"v":"meta.k8s.io/v1","rv":1,"start":"../../x"}').toString('base64url')}`,
      '400 BadRequest',
      'continue key is not valid: ../../x',
    ],
    ['resourceVersion=abc', '400 BadRequest', 'resourceVersion: Invalid value: "abc"'],
    ['resourceVersion=-1', '400 BadRequest', 'resourceVersion: Invalid value: "-1"'],
    [
      'resourceVersionMatch=Exact',
      '422 Invalid',
      `${at}resourceVersionMatch is forbidden unless resourceVersion is provided`,
    ],
    [
      'resourceVersion=1&resourceVersionMatch=Foo',
      '422 Invalid',
      'Unsupported value: "Foo": supported values: "", "Exact", "NotOlderThan"',
    ],
    [
      'resourceVersion=0&resourceVersionMatch=Exact',
      '422 Invalid',
      `${at}resourceVersionMatch "exact" is forbidden for resourceVersion "0"`,
    ],
    [
      'resourceVersion=1&resourceVersionMatch=Exact&continue=abc',
      '422 Invalid',
      `${at}resourceVersionMatch is forbidden when continue is provided`,
    ],
    ['limit=abc', '400 BadRequest', 'strconv.ParseInt: parsing "abc": invalid syntax'],
    ['limit=99999999999999999999', '400 BadRequest', 'value out of range'],
    ['timeoutSeconds=abc', '400 BadRequest', 'strconv.ParseInt: parsing "abc": invalid syntax'],
    [
      'sendInitialEvents=true',
      '422 Invalid',
      'sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list',
    ],
    ['watch=1&resourceVersion=abc', '400 BadRequest', 'resourceVersion: Invalid value: "abc"'],
    ['watch=1&labelSelector=!!', '400 BadRequest', 'unable to parse requirement'],
    ['watch=1&fieldSelector=foo%3Dbar', '400 BadRequest', 'is not a known field selector'],
    ['watch=1&timeoutSeconds=abc', '400 BadRequest', 'strconv.ParseInt: parsing "abc"'],
    [
      'watch=1&sendInitialEvents=true',
      '422 Invalid',
      `${at}sendInitialEvents requires setting resourceVersionMatch to NotOlderThan`,
    ],
    [
      'watch=1&resourceVersionMatch=NotOlderThan',
      '422 Invalid',
      `${at}resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided`,
    ],
    [
      'watch=1&sendInitialEvents=true&resourceVersionMatch=Exact',
      '422 Invalid',
      'Unsupported value: "Exact": supported values: "NotOlderThan"',
    ],
  ])('%.60s is refused', async (query, failure, message) => {
    expectFailure(await served.api.get(`${configMaps}?${query}`), failure, message);
  });

  it('of an unknown field of a kind with fields of its own are refused in its words', async () => {
    const answer = await served.api.get('/api/v1/pods?fieldSelector=spec.foo%3Dbar');
    expectFailure(answer, '400 BadRequest', 'field label not supported: spec.foo');
  });
});
