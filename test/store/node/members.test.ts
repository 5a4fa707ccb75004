import { describe, expect, it } from '@jest/globals';
import { Members, encodeMember, memberRow } from '../../../store/mvcc/members.js';
import { memoryTables, type TableWrite } from '../../../store/tables/tables.js';
import type { MemberInfo } from '../../../store/index.js';

const member = (id: bigint, more: Partial<MemberInfo> = {}): MemberInfo => ({
  id,
  name: '',
  peerUrls: [`http://peer-${id.toString()}.example:2380`],
  clientUrls: [],
  isLearner: false,
  ...more,
});

async function membersWith(...rows: readonly TableWrite[]): Promise<Members> {
  const tables = memoryTables();
  await tables.commit(rows);
  return new Members(tables);
}

const text = ({ table, key, value }: TableWrite): string =>
  `${table} ${Buffer.from(key).toString()} ${value ? Buffer.from(value).toString() : '-'}`;

describe('the list of members', () => {
  it('is kept in the very bytes of etcd', () => {
    const started = member(0x91bc3c398fb3c146n, {
      name: 'default',
      peerUrls: ['http://localhost:2380'],
      clientUrls: ['http://localhost:2379'],
    });
    expect(text(memberRow(started))).toBe(
      'members 91bc3c398fb3c146 {"id":10501334649042878790,"peerURLs":["http://localhost:2380"],"name":"default","clientURLs":["http://localhost:2379"]}',
    );
    const odd = member(1n, { isLearner: true, name: 'a<b>&c' });
    expect(Buffer.from(encodeMember(odd)).toString()).toBe(
      '{"id":1,"peerURLs":["http://peer-1.example:2380"],"isLearner":true,"name":"a\\u003cb\\u003e\\u0026c"}',
    );
  });

  it('comes back from its rows, sorted by id', async () => {
    const list = [member(2n), member(0xffffffffffffffffn, { name: 'z' }), member(16n)];
    const members = await membersWith(...list.map(memberRow));
    expect(members.list()).toEqual([list[0], list[2], list[1]]);
  });

  it('follows what Raft decides: in as a learner, promoted, out for good', async () => {
    const members = await membersWith(memberRow(member(1n)));
    const told = encodeMember(member(2n, { isLearner: true }));
    const added = members.changed(2n, { voters: [1n], learners: [2n] }, told);
    expect(added.map(text)).toEqual([text(memberRow(member(2n, { isLearner: true })))]);
    const promoted = members.changed(2n, { voters: [1n, 2n], learners: [] }, new Uint8Array(0));
    expect(promoted.map(text)).toEqual([text(memberRow(member(2n)))]);
    // Said again, it changes nothing.
    expect(members.changed(2n, { voters: [1n, 2n], learners: [] }, told)).toEqual([]);
    const removed = members.changed(2n, { voters: [1n], learners: [] }, new Uint8Array(0));
    expect(removed.map(text)).toEqual(['members 2 -', 'members_removed 2 removed']);
    expect(members.removed).toEqual([2n]);
    expect(members.list()).toEqual([member(1n)]);
  });

  it('takes names and client URLs, and with the first of them the version of the cluster', async () => {
    const members = await membersWith(memberRow(member(1n)));
    const publish = {
      type: 'member-publish',
      id: 1n,
      name: 'a',
      clientUrls: ['http://a:1'],
      peerUrls: ['http://ignored:1'],
    } as const;
    expect(members.run(publish).map(text)).toEqual([
      text(memberRow(member(1n, { name: 'a', clientUrls: ['http://a:1'] }))),
      'cluster clusterVersion 3.6.0',
    ]);
    expect(members.run(publish)).toHaveLength(1);
    expect(() => members.run({ ...publish, id: 2n })).toThrow(/member not found/);
  });

  it('begins with who publishes first where there is none: a store of before there were clusters', async () => {
    const members = await membersWith();
    const peerUrls = ['http://a:2'];
    members.run({ type: 'member-publish', id: 1n, name: 'a', clientUrls: [], peerUrls });
    expect(members.list()).toEqual([member(1n, { name: 'a', peerUrls })]);
  });
});
