import { describe, expect, it } from '@jest/globals';
import { isLongRunning, parseRequestInfo } from '../../../../apiserver/http/stages/request-info.js';

const parse = (method: string, url: string) => {
  const [path = '', search = ''] = url.split('?');
  return parseRequestInfo(method, path, search);
};

describe('what a URL asks for', () => {
  it.each([
    // method, URL, verb, group/version, namespace, resource, subresource, name
    ['GET', '/api/v1/nodes', 'list', '/v1', '', 'nodes', '', ''],
    ['GET', '/api/v1/nodes/n', 'get', '/v1', '', 'nodes', '', 'n'],
    ['HEAD', '/api/v1/nodes/n', 'get', '/v1', '', 'nodes', '', 'n'],
    ['GET', '/api/v1/pods?watch=true', 'watch', '/v1', '', 'pods', '', ''],
    ['GET', '/api/v1/pods?watch=1&limit=2', 'watch', '/v1', '', 'pods', '', ''],
    ['GET', '/api/v1/pods?limit=2&watch', 'watch', '/v1', '', 'pods', '', ''],
    ['GET', '/api/v1/pods?watch=false', 'list', '/v1', '', 'pods', '', ''],
    ['GET', '/api/v1/pods?watch=0', 'list', '/v1', '', 'pods', '', ''],
    ['GET', '/api/v1/pods?rewatch=1', 'list', '/v1', '', 'pods', '', ''],
    ['GET', '/api/v1/namespaces/x/pods/p', 'get', '/v1', 'x', 'pods', '', 'p'],
    ['GET', '/api/v1/namespaces/x/pods/p/', 'get', '/v1', 'x', 'pods', '', 'p'],
    ['POST', '/api/v1/namespaces/x/pods', 'create', '/v1', 'x', 'pods', '', ''],
    ['PUT', '/api/v1/namespaces/x/pods/p/status', 'update', '/v1', 'x', 'pods', 'status', 'p'],
    ['DELETE', '/api/v1/namespaces/x/pods', 'deletecollection', '/v1', 'x', 'pods', '', ''],
    ['DELETE', '/api/v1/namespaces/x/pods/p', 'delete', '/v1', 'x', 'pods', '', 'p'],
    [
      'PATCH',
      '/apis/apps/v1/namespaces/x/deployments/d/scale',
      'patch',
      'apps/v1',
      'x',
      'deployments',
      'scale',
      'd',
    ],
    ['GET', '/api/v1/namespaces', 'list', '/v1', '', 'namespaces', '', ''],
    ['GET', '/api/v1/namespaces/x', 'get', '/v1', 'x', 'namespaces', '', 'x'],
    ['PUT', '/api/v1/namespaces/x/finalize', 'update', '/v1', 'x', 'namespaces', 'finalize', 'x'],
    ['GET', '/api/v1/namespaces/x/status', 'get', '/v1', 'x', 'namespaces', 'status', 'x'],
    ['GET', '/api/v1/watch/pods', 'watch', '/v1', '', 'pods', '', ''],
    ['GET', '/api/v1/watch/namespaces/x/pods/p', 'watch', '/v1', 'x', 'pods', '', 'p'],
    ['GET', '/api/v1/namespaces/x/pods/p/proxy/a/b', 'get', '/v1', 'x', 'pods', 'proxy', 'p'],
    ['OPTIONS', '/api/v1/namespaces/x/pods/p', '', '/v1', 'x', 'pods', '', 'p'],
    [
      'GET',
      '/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode',
      'get',
      'rbac.authorization.k8s.io/v1',
      '',
      'clusterroles',
      '',
      'system:node',
    ],
  ])('%s %s', (method, url, ...expected) => {
    const [verb, groupVersion, namespace, plural, subresource, name] = expected;
    const [group = '', version = ''] = groupVersion.split('/');
    expect(parse(method, url)).toMatchObject({
      type: 'resource',
      verb,
      group,
      version,
      namespace,
      plural,
      subresource,
      name,
    });
  });

  it.each(['/', '/api', '/api/', '/api/v1', '/apis/apps', '/apis/apps/v1', '/healthz', '/x/y/z/a'])(
    '%s is no resource',
    (path) => {
      expect(parse('GET', path)).toMatchObject({ type: 'path', verb: 'get', path });
    },
  );

  it('a path with broken percent-encoding is the client’s mistake', () => {
    expect(() => parse('GET', '/api/v1/pods/%zz')).toThrow('invalid URL path');
  });

  it('watches, exec and the like have no deadline; everything else has', () => {
    expect(isLongRunning(parse('GET', '/api/v1/pods?watch=1'))).toBe(true);
    expect(isLongRunning(parse('POST', '/api/v1/namespaces/x/pods/p/exec'))).toBe(true);
    expect(isLongRunning(parse('GET', '/api/v1/pods'))).toBe(false);
    expect(isLongRunning(parse('GET', '/metrics'))).toBe(false);
  });
});
