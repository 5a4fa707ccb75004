// TypeRegistry: finding types by name and kind, and forgetting what was derived from a changed one.
import { describe, expect, it } from '@jest/globals';
import { loadBuiltInTypes, TypeRegistry } from '../../../apiserver/schema/openapi.js';

const types = loadBuiltInTypes();

describe('TypeRegistry', () => {
  it('finds the definition of a kind', () => {
    expect(types.nameOf({ group: '', version: 'v1', kind: 'Pod' })).toBe('io.k8s.api.core.v1.Pod');
    expect(types.nameOf({ group: 'apps', version: 'v1', kind: 'Deployment' })).toBe(
      'io.k8s.api.apps.v1.Deployment',
    );
    expect(types.nameOf({ group: '', version: 'v1', kind: 'DeleteOptions' })).toBeUndefined();
    expect(types.nameOf({ group: 'x', version: 'v1', kind: 'Pod' })).toBeUndefined();
  });

  it('has every type that another refers to', () => {
    for (const name of types.names()) {
      const references = JSON.stringify(types.get(name)).matchAll(/"#\/definitions\/([^"]+)"/g);
      for (const [, target] of references) expect(types.has(target ?? '')).toBe(true);
    }
  });

  it('resolves references', () => {
    const { properties } = types.get('io.k8s.api.core.v1.Pod');
    expect(types.resolve(properties!['spec']!).required).toEqual(['containers']);
  });

  it('reads the built-in types only when one is asked for', () => {
    let loads = 0;
    const lazy = new TypeRegistry(() => {
      loads++;
      return { a: { type: 'object' } };
    });
    expect(loads).toBe(0);
    expect(lazy.has('a') && !lazy.has('toString')).toBe(true);
    expect(loads).toBe(1);
  });

  it('derives once, and again after a custom type changed', () => {
    const registry = new TypeRegistry(() => ({}));
    let runs = 0;
    const count = (): { run: number } => ({ run: ++runs });
    registry.put('a', {
      type: 'object',
      'x-kubernetes-group-version-kind': [{ group: 'g', version: 'v1', kind: 'A' }],
    });
    expect(registry.derived(count, 'a')).toBe(registry.derived(count, 'a'));
    expect(registry.nameOf({ group: 'g', version: 'v1', kind: 'A' })).toBe('a');
    registry.put('a', { type: 'object' });
    expect(registry.derived(count, 'a').run).toBe(2);
    expect(registry.nameOf({ group: 'g', version: 'v1', kind: 'A' })).toBeUndefined();
    expect(() => registry.get('gone')).toThrow('no type is called gone');
  });
});
