import { describe, expect, it } from '@jest/globals';
import { decodeContinue, encodeContinue } from '../../../apiserver/storage/cache/continue-token.js';
import { KeyLayout } from '../../../apiserver/storage/keys.js';

const services = {
  scope: 'Namespaced' as const,
  storage: { path: 'services', kubernetesPath: 'services/specs' },
};
const nodes = {
  scope: 'Cluster' as const,
  storage: { path: 'nodes', kubernetesPath: 'minions' },
};

describe('keys', () => {
  it('read as resource, namespace, name; a real cluster’s layout departs from that', () => {
    const plain = new KeyLayout();
    expect(plain.key(services, 'default', 'web')).toBe('/registry/services/default/web');
    expect(plain.key(nodes, undefined, 'n1')).toBe('/registry/nodes/n1');
    const real = new KeyLayout('kubernetes');
    expect(real.key(services, 'default', 'web')).toBe('/registry/services/specs/default/web');
    expect(real.key(nodes, undefined, 'n1')).toBe('/registry/minions/n1');
    expect(real.prefix(services)).toBe('/registry/services/specs/');
  });

  it.each(['a/b', '..', '.', 'a%2fb'])('never leave their prefix by a name like %s', (name) => {
    expect(() => new KeyLayout().key(services, 'default', name)).toThrow('Name parameter invalid');
    expect(() => new KeyLayout().prefix(services, name)).toThrow('Namespace parameter invalid');
  });
});

describe('continue tokens', () => {
  const prefix = '/registry/pods/';

  it('come back as they went', () => {
    const token = encodeContinue(prefix, '/registry/pods/default/web\0', 42);
    expect(JSON.parse(Buffer.from(token, 'base64url').toString())).toEqual({
      v: 'meta.k8s.io/v1',
      rv: 42,
      start: 'default/web\0',
    });
    expect(decodeContinue(prefix, token)).toEqual({
      revision: 42,
      startKey: '/registry/pods/default/web\0',
    });
  });

  it.each(['../secrets/x', 'a//b', 'default/./x', ''])('do not start at %j', (start) => {
    const token = Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: 1, start }));
    expect(() => decodeContinue(prefix, token.toString('base64url'))).toThrow(
      'invalid continue token: continue key is not valid',
    );
  });

  it('need a revision', () => {
    const token = Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', start: 'a' }));
    expect(() => decodeContinue(prefix, token.toString('base64url'))).toThrow(
      'incorrect encoded start resourceVersion',
    );
  });
});
