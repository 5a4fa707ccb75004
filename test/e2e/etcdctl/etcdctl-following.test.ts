// etcdctl commands that go on: watches, locks, elections, renewed leases, mirrors. The same expectations hold for a real
// etcd, so each case runs against both.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeWithEtcd } from '../../support/describe-with-etcd.js';
import { EtcdProcess, frontdeskEtcd } from '../../support/etcd-process.js';
import { EtcdctlDesk } from './desk.js';

const programs = [
  ['frontdesk etcd', frontdeskEtcd],
  ['etcd', ['etcd']],
] as const;

for (const [name, program] of programs) {
  describeWithEtcd(`etcdctl following ${name}`, () => {
    let server: EtcdProcess;
    let desk: EtcdctlDesk;

    beforeAll(async () => {
      server = await EtcdProcess.start({ program });
      desk = new EtcdctlDesk(server.endpoint);
    });

    afterAll(async () => {
      await desk.close();
      await server.stop();
    });

    const revision = async (): Promise<number> => {
      const answer = JSON.parse(await desk.expect('get', 'none', '-w', 'json')) as {
        header: { revision: number };
      };
      return answer.header.revision;
    };

    test('watch from a revision: history, then what comes', async () => {
      const from = (await revision()) + 1;
      await desk.expect('put', 'w/1', 'one');
      await desk.expect('put', 'x/1', 'elsewhere');
      await desk.expect('put', 'w/1', 'two');
      const watch = desk.background('watch', '--prefix', 'w/', `--rev=${from}`);
      await watch.printed(/two\n$/);
      await desk.expect('del', 'w/1');
      await desk.expect('put', 'w/2', 'last');
      await watch.printed(/last\n$/);
      expect(await watch.stop()).toBe(
        'PUT\nw/1\none\nPUT\nw/1\ntwo\nDELETE\nw/1\n\nPUT\nw/2\nlast\n',
      );
    });

    test('watch with previous values', async () => {
      const from = (await revision()) + 1;
      await desk.expect('put', 'p/1', 'one');
      await desk.expect('put', 'p/1', 'two');
      await desk.expect('del', 'p/1');
      const watch = desk.background('watch', 'p/1', '--prev-kv', `--rev=${from}`);
      await watch.printed(/DELETE\np\/1\ntwo\np\/1\n\n$/);
      expect(await watch.stop()).toBe(
        'PUT\np/1\none\nPUT\np/1\none\np/1\ntwo\nDELETE\np/1\ntwo\np/1\n\n',
      );
    });

    test('watch of what was compacted ends with the reason', async () => {
      await desk.expect('put', 'gone', '1');
      await desk.expect('put', 'gone', '2');
      const compacted = await revision();
      await desk.expect('compaction', String(compacted));
      const { code, stderr } = await desk.run(['watch', 'gone', '--rev=1']);
      expect(stderr).toContain(
        `watch was canceled (etcdserver: mvcc: required revision has been compacted)`,
      );
      expect(code).toBe(5);
    });

    test('watch -i takes several watches and tells progress', async () => {
      const from = (await revision()) + 1;
      await desk.expect('put', 'i/1', 'one');
      await desk.expect('put', 'j/1', 'two');
      const watch = desk.background('watch', '-i');
      watch.write(`watch --rev=${from} i/1\nwatch --rev=${from} j/1\n`);
      await watch.printed(/PUT\ni\/1\none\n/);
      await watch.printed(/PUT\nj\/1\ntwo\n/);
      watch.write('progress\n');
      await watch.printed(new RegExp(`progress notify: ${from + 1}\n`));
      await watch.stop();
    });

    test('a lock is held by one; the next one waits', async () => {
      const first = desk.background('lock', 'door');
      await first.printed(/^door\/[0-9a-f]+\n/);
      const second = desk.background('lock', 'door');
      // The second one's key is there: it waits in line.
      while ((await desk.expect('get', '--prefix', 'door/', '--keys-only')).split('\n').length < 4);
      await first.stop();
      await second.printed(/^door\/[0-9a-f]+\n/);
      await second.stop();
      expect(await desk.expect('get', '--prefix', 'door/')).toBe('');
      expect(await desk.expect('lock', 'door', 'echo', 'inside')).toContain('inside\n');
    });

    test('an election has one winner, and observers see it', async () => {
      const winner = desk.background('elect', 'mayor', 'ada');
      await winner.printed(/^mayor\/[0-9a-f]+\nada\n/);
      const observer = desk.background('elect', '--listen', 'mayor');
      await observer.printed(/ada\n$/);
      const next = desk.background('elect', 'mayor', 'bob');
      while (
        (await desk.expect('get', '--prefix', 'mayor/', '--keys-only')).split('\n').length < 4
      );
      await winner.stop();
      await next.printed(/^mayor\/[0-9a-f]+\nbob\n/);
      await observer.printed(/bob\n$/);
      await observer.stop();
      await next.stop();
    });

    test('a lease is renewed as long as it is asked for, and revoking it deletes its keys', async () => {
      const granted = await desk.expect('lease', 'grant', '2');
      const id = /lease (\w+) granted/.exec(granted)?.[1] ?? '';
      await desk.expect('put', 'kept', 'x', `--lease=${id}`);
      const renewing = desk.background('lease', 'keep-alive', id);
      await renewing.printed(/(keepalived with TTL\(2\)\n[^]*){2}/);
      expect(await desk.expect('get', 'kept')).toBe('kept\nx\n');
      const watch = desk.background('watch', 'kept', `--rev=${await revision()}`);
      await watch.printed(/PUT\nkept\nx\n/);
      await renewing.stop();
      // Nobody renews it any more: it runs out.
      await watch.printed(/DELETE\nkept\n/);
      await watch.stop();
    });
  });
}

describeWithEtcd('etcdctl between two clusters', () => {
  test('make-mirror copies a cluster to another and follows it, both ways', async () => {
    const [ours, theirs] = await Promise.all([
      EtcdProcess.start({ program: frontdeskEtcd }),
      EtcdProcess.start(),
    ]);
    try {
      const here = new EtcdctlDesk(ours.endpoint);
      const there = new EtcdctlDesk(theirs.endpoint);
      await here.expect('put', 'ours/1', 'one');
      await there.expect('put', 'theirs/1', 'uno');
      const mirrors = [
        here.background('make-mirror', '--prefix=ours/', theirs.endpoint),
        there.background('make-mirror', '--prefix=theirs/', ours.endpoint),
      ];
      const untilSame = async (prefix: string, count: number): Promise<void> => {
        for (;;) {
          const pages = await Promise.all(
            [here, there].map((desk) => desk.expect('get', '--prefix', prefix)),
          );
          if (pages[0] === pages[1] && pages[0]?.split('\n').length === 2 * count + 1) return;
        }
      };
      await untilSame('ours/', 1);
      await untilSame('theirs/', 1);
      await here.expect('put', 'ours/2', 'two');
      await there.expect('put', 'theirs/2', 'dos');
      await untilSame('ours/', 2);
      await untilSame('theirs/', 2);
      await here.expect('del', 'ours/1');
      await untilSame('ours/', 1);
      await Promise.all(mirrors.map((mirror) => mirror.stop()));
    } finally {
      await Promise.all([ours.stop(), theirs.stop()]);
    }
  });
});
