import { describe, expect, it } from '@jest/globals';
import { createKey, openInMemoryStore, removeKey, replaceKey } from '../../store/index.js';
import { bytes, get, text } from '../contracts/operations.js';

const key = bytes('/registry/pods/default/web');

describe('optimistic writes', () => {
  it('create a key once and show the loser what is there', async () => {
    const store = openInMemoryStore();
    expect(await createKey(store, key, bytes('1'))).toEqual({ done: true, revision: 2 });
    const lost = await createKey(store, key, bytes('2'));
    expect(lost).toMatchObject({ done: false, revision: 2, current: { modRevision: 2 } });
    await store.close();
  });

  it('replace and remove only at the revision seen', async () => {
    const store = openInMemoryStore();
    await createKey(store, key, bytes('1'));
    expect(await replaceKey(store, key, bytes('2'), 2)).toEqual({ done: true, revision: 3 });
    const lost = await replaceKey(store, key, bytes('3'), 2);
    expect(lost.done ? '' : text(lost.current!.value)).toBe('2');
    expect(await removeKey(store, key, 2)).toMatchObject({ done: false });
    expect(await removeKey(store, key, 3)).toEqual({ done: true, revision: 4 });
    expect(await get(store, text(key))).toBeUndefined();
    await store.close();
  });

  it('say when the key is gone', async () => {
    const store = openInMemoryStore();
    expect(await replaceKey(store, key, bytes('1'), 5)).toEqual({
      done: false,
      revision: 1,
      current: undefined,
    });
    await store.close();
  });

  it('attach a lease when asked', async () => {
    const store = openInMemoryStore();
    const { id } = await store.grantLease(60);
    await createKey(store, key, bytes('1'), id);
    expect(await get(store, text(key))).toMatchObject({ lease: id });
    await store.close();
  });
});
