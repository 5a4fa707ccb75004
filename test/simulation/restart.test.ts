// What a member knows when it starts again and nobody else can be reached.
import { describe, expect, it } from '@jest/globals';
import { encodeConfChange } from '../../store/raft/membership.js';
import { counterBytes } from '../../store/tables/counter.js';
import { indexKey, termKey } from '../../store/tables/write-buffer.js';
import { RaftLog } from '../../store/wal/raft-log.js';
import { SimulatedDisk } from './disk.js';
import { changeOf, foundingRows } from './members.js';
import { Network } from './network.js';
import { openNode } from './node.js';
import { Process } from './process.js';
import { SimulatedTablesHome } from './tables-home.js';
import { World } from './world.js';

const identity = { clusterId: 1n, memberId: 1n };
const voters = [1n, 2n, 3n];

describe('a member that starts again', () => {
  it('knows the membership its tables show, though its log does not say that it is committed', async () => {
    const world = new World(1);
    const process = new Process(world, { rate: 1, wallOffsetMs: 0 });
    const disk = new SimulatedDisk({
      random: world.random,
      syncMs: 1,
      onPowerCut: () => undefined,
    });
    const home = new SimulatedTablesHome(world.random, 1);
    const mark = { index: 1, term: 1, membership: { voters, learners: [] } };
    const log = new RaftLog(disk.mount(process), { identity, start: mark });
    const data = encodeConfChange(changeOf('add-learner', 4n));
    const change = { index: 2, term: 1, type: 'conf-change', data } as const;
    const saved = log.save({ hardState: { term: 1, vote: 0n, commit: 1 }, entries: [change] });
    const tables = await home.mount(process).open();
    const committed = tables.commit([
      ...foundingRows([...voters, 4n]),
      { table: 'meta', key: indexKey, value: counterBytes(2) },
      { table: 'meta', key: termKey, value: counterBytes(1) },
    ]);
    await world.run(100);
    await Promise.all([saved, committed]);

    const node = await openNode(
      {
        disk: disk.mount(process),
        tables: home.mount(process),
        transport: new Network(world).transportOf(1n, process),
        clock: process.clock,
        random: world.random.next,
        defer: (task) => {
          process.later(0, task);
        },
        fatal: (error) => {
          world.fail(error);
        },
      },
      { type: 'found', identity, voters, rows: [] },
    );
    await world.run(world.nowMs + 10);
    expect(world.failure).toBeUndefined();
    expect(node.replica.membership).toEqual({ voters, learners: [4n] });
    process.kill();
  });
});
