// Range: which keys, at which revision, in which order, how many (etcd's Range).
import { expect } from '@jest/globals';
import { prefixEnd, type KeyValueStore, type RangeQuery } from '../../store/index.js';
import {
  all,
  between,
  bytes,
  codeOf,
  deleteOp,
  get,
  put,
  range,
  text,
  write,
} from './operations.js';
import type { RegisterCase } from './register-case.js';

export function rangeCases(store: () => KeyValueStore, it: RegisterCase): void {
  const keys = async (query: RangeQuery): Promise<string[]> =>
    (await store().range(query)).kvs.map((kv) => text(kv.key));
  const fill = async (...names: string[]): Promise<void> => {
    for (const name of names) await put(store(), name, `v-${name}`);
  };

  it('starts empty at revision 1, and the first write gets 2', async () => {
    expect(await store().range(all)).toMatchObject({ revision: 1, kvs: [], more: false, count: 0 });
    expect(await put(store(), 'a')).toBe(2);
  });

  it('refuses an empty key', async () => {
    expect(await codeOf(store().range({ key: bytes('') }))).toBe('key-not-provided');
  });

  it('finds one key, and not its prefix or extension', async () => {
    await fill('a', 'aa', 'b');
    expect(await keys({ key: bytes('aa') })).toEqual(['aa']);
    expect(await keys({ key: bytes('ab') })).toEqual([]);
  });

  it('treats an empty end as no end', async () => {
    await fill('a', 'aa', 'b');
    expect(await keys({ key: bytes('a'), end: bytes('') })).toEqual(['a']);
  });

  it('takes a start and leaves out the end', async () => {
    await fill('a', 'b', 'c');
    expect(await keys(between('a', 'c'))).toEqual(['a', 'b']);
  });

  it('orders keys by their bytes', async () => {
    await fill('\xff', 'a\xff', 'a', 'a\0', 'B', '\x80');
    expect(await keys(all)).toEqual(['B', 'a', 'a\0', 'a\xff', '\x80', '\xff']);
  });

  it('reads everything from a key on with the zero-byte end', async () => {
    await fill('a', 'b', '\xff\xff');
    expect(await keys(between('b', '\0'))).toEqual(['b', '\xff\xff']);
    expect(await keys(all)).toEqual(['a', 'b', '\xff\xff']);
  });

  it('reads a prefix, also one of 0xff bytes', async () => {
    await fill('a', 'a/1', 'a/2', 'a0', '\xff', '\xff1');
    expect(await keys(range('a/'))).toEqual(['a/1', 'a/2']);
    expect(await keys(range('\xff'))).toEqual(['\xff', '\xff1']);
    expect(prefixEnd(bytes('a\xff'))).toEqual(new Uint8Array(bytes('b')));
  });

  it('answers an inverted or empty range with nothing, not with an error', async () => {
    await fill('a', 'b');
    expect(await store().range(between('b', 'a'))).toMatchObject({ kvs: [], count: 0 });
    expect(await store().range(between('b', 'b'))).toMatchObject({ kvs: [], count: 0 });
  });

  it('says more and the full count when limit cuts', async () => {
    await fill('a', 'b', 'c', 'd');
    const result = await store().range({ ...all, limit: 2 });
    expect(result).toMatchObject({ more: true, count: 4 });
    expect(result.kvs).toHaveLength(2);
    expect(await store().range({ ...all, limit: 4 })).toMatchObject({ more: false, count: 4 });
    expect((await store().range({ ...all, limit: 0 })).kvs).toHaveLength(4);
    expect((await store().range({ ...all, limit: -1 })).kvs).toHaveLength(4);
  });

  it('counts without key-values', async () => {
    await fill('a', 'b', 'c');
    const result = await store().range({ ...all, countOnly: true, limit: 1 });
    expect(result).toMatchObject({ kvs: [], more: false, count: 3 });
  });

  it('leaves values out of keys-only answers, and nothing else', async () => {
    await fill('a');
    const [kv] = (await store().range({ ...all, keysOnly: true })).kvs;
    expect(kv).toMatchObject({ createRevision: 2, modRevision: 2, version: 1, lease: 0n });
    expect(kv?.value).toHaveLength(0);
  });

  it('reads an old revision and reports the current one', async () => {
    const first = await put(store(), 'a', '1');
    await put(store(), 'a', '2');
    await write(store(), deleteOp('a'));
    const old = await store().range({ key: bytes('a'), revision: first });
    expect(old.revision).toBe(first + 2);
    expect(text(old.kvs[0]!.value)).toBe('1');
    expect(await get(store(), 'a', { revision: first - 1 })).toBeUndefined();
    expect(text((await get(store(), 'a', { revision: first + 1 }))!.value)).toBe('2');
    expect(await get(store(), 'a')).toBeUndefined();
  });

  it('takes a revision of 0 or less as now, and refuses a future one', async () => {
    const now = await put(store(), 'a', '1');
    expect(await get(store(), 'a', { revision: 0 })).toBeDefined();
    expect(await get(store(), 'a', { revision: -1 })).toBeDefined();
    expect(await codeOf(store().range({ ...all, revision: now + 1 }))).toBe('future-revision');
  });

  it('filters by mod and create revision before the limit and after the count', async () => {
    await fill('a', 'b', 'c', 'd');
    await put(store(), 'a', 'again');
    expect(await keys({ ...all, minModRevision: 4 })).toEqual(['a', 'c', 'd']);
    expect(await keys({ ...all, maxModRevision: 4 })).toEqual(['b', 'c']);
    expect(await keys({ ...all, minCreateRevision: 3, maxCreateRevision: 4 })).toEqual(['b', 'c']);
    const cut = await store().range({ ...all, minModRevision: 4, limit: 2 });
    expect(cut).toMatchObject({ more: true, count: 4 });
  });

  it('sorts by each target, both ways', async () => {
    await put(store(), 'a', 'z');
    await put(store(), 'b', 'y');
    await put(store(), 'c', 'x');
    await put(store(), 'a', 'z');
    const sorted = (
      target: 'key' | 'version' | 'create' | 'mod' | 'value',
      order: 'ascend' | 'descend',
    ) => keys({ ...all, sort: { target, order } });
    expect(await sorted('key', 'descend')).toEqual(['c', 'b', 'a']);
    expect(await sorted('value', 'ascend')).toEqual(['c', 'b', 'a']);
    expect(await sorted('value', 'descend')).toEqual(['a', 'b', 'c']);
    expect(await sorted('mod', 'ascend')).toEqual(['b', 'c', 'a']);
    expect(await sorted('create', 'descend')).toEqual(['c', 'b', 'a']);
    expect((await sorted('version', 'descend'))[0]).toBe('a');
  });

  it('sorts all of the range before the limit, but with order none only what the limit left', async () => {
    await put(store(), 'a', 'z');
    await put(store(), 'b', 'y');
    await put(store(), 'c', 'x');
    const limited = (order: 'none' | 'ascend') =>
      keys({ ...all, limit: 1, sort: { target: 'value', order } });
    expect(await limited('ascend')).toEqual(['c']);
    expect(await limited('none')).toEqual(['b']); // etcd fetches limit + 1, sorts, cuts
  });

  it('refuses a sort nobody knows instead of dying of it', async () => {
    const sort = { target: 'weight', order: 'ascend' } as unknown as NonNullable<
      RangeQuery['sort']
    >; // as: bad input
    expect(await codeOf(store().range({ ...all, sort }))).toBe('invalid-sort-option');
  });

  it('keeps empty values and values of any bytes', async () => {
    await put(store(), 'empty', '');
    await put(store(), 'bytes', '\0\xff\x80');
    expect((await get(store(), 'empty'))!.value).toHaveLength(0);
    expect(text((await get(store(), 'bytes'))!.value)).toBe('\0\xff\x80');
  });
}
