// The parts of the etcd client that need no server.
import { expect, it, describe } from '@jest/globals';
import { status } from '@grpc/grpc-js';
import type { WatchEvent } from '../../../../store/index.js';
import { BatchQueue } from '../../../../store/etcd/client/batch-queue.js';
import { CompactRevision } from '../../../../store/etcd/client/compact-revision.js';
import { parseEndpoint } from '../../../../store/etcd/client/endpoint.js';
import { codeOfText, failureOf } from '../../../../store/etcd/client/failure.js';
import { RevisionSplitter } from '../../../../store/etcd/client/revision-splitter.js';
import { answersProgress } from '../../../../store/etcd/client/server-version.js';

const event = (modRevision: number, name = 'a'): WatchEvent => ({
  type: 'put',
  kv: {
    key: Buffer.from(name),
    value: new Uint8Array(),
    createRevision: modRevision,
    modRevision,
    version: 1,
    lease: 0n,
  },
});

describe('the splitter of revisions', () => {
  const plain = (batches: ReturnType<RevisionSplitter['add']>): string[] =>
    batches.map(({ revision, events }) => `${revision}:${events.length}`);

  it('makes a batch of each revision of a response', () => {
    const splitter = new RevisionSplitter();
    expect(plain(splitter.add([event(2), event(2, 'b'), event(4)], false))).toEqual(['2:2', '4:1']);
  });

  it('holds a revision back until the fragment that ends it', () => {
    const splitter = new RevisionSplitter();
    expect(plain(splitter.add([event(2), event(3)], true))).toEqual(['2:1']);
    expect(plain(splitter.add([event(3, 'b')], true))).toEqual([]);
    expect(plain(splitter.add([event(3, 'c'), event(5)], false))).toEqual(['3:3', '5:1']);
  });

  it('forgets half a revision when the stream breaks', () => {
    const splitter = new RevisionSplitter();
    splitter.add([event(3)], true);
    splitter.reset();
    expect(plain(splitter.add([event(3), event(3, 'b')], false))).toEqual(['3:2']);
  });
});

it.each([
  ['3.4.23', false],
  ['3.4.31', true],
  ['3.5.0', false],
  ['3.5.12', false],
  ['3.5.13', true],
  ['3.6.0-rc.1', true],
  ['3.10.0', true],
  ['3.3.27', false],
  ['', false],
])('trusts what etcd %s says about progress: %s', (version, isTrusted) => {
  expect(answersProgress(version)).toBe(isTrusted);
});

describe('a failed call', () => {
  it('is known by its text, whatever its code', () => {
    const { error } = failureOf({ code: status.UNKNOWN, details: 'etcdserver: too many requests' });
    expect(error.code).toBe('too-many-requests');
    expect(
      codeOfText('rpc error: code = PermissionDenied desc = etcdserver: permission denied'),
    ).toBe('permission-denied');
  });

  it('that never left was not carried out', () => {
    const details = 'No connection established. Last error: connect ECONNREFUSED 127.0.0.1:1';
    expect(failureOf({ code: status.UNAVAILABLE, details })).toMatchObject({
      mayHaveRun: false,
      isPassing: true,
      error: { code: 'stopped' },
    });
  });

  it.each([
    [status.UNAVAILABLE, 'read ECONNRESET'],
    [status.UNAVAILABLE, 'etcdserver: request timed out, possibly due to connection lost'],
    [status.UNAVAILABLE, 'etcdserver: request timed out, possibly due to previous leader failure'],
    [status.UNAVAILABLE, 'etcdserver: leader changed'],
    [status.UNAVAILABLE, 'etcdserver: server stopped'],
    [status.DEADLINE_EXCEEDED, 'Deadline exceeded after 5.001s,LB pick: 0.001s,remote_addr=…'],
    [status.INTERNAL, 'Received RST_STREAM with code 2'],
    [status.CANCELLED, 'context canceled'],
  ])('may have been carried out after all: %s %s', (code, details) => {
    expect(failureOf({ code, details })).toMatchObject({ mayHaveRun: true, isPassing: true });
  });

  it('of the wrong size, right or method is final', () => {
    const tooLarge = 'grpc: received message larger than max (3000000 vs. 2097152)';
    for (const [code, details, expected] of [
      [status.RESOURCE_EXHAUSTED, tooLarge, 'request-too-large'],
      [status.PERMISSION_DENIED, 'nope', 'permission-denied'],
      [status.UNIMPLEMENTED, 'unknown method X', 'not-capable'],
    ] as const) {
      expect(failureOf({ code, details })).toMatchObject({
        isPassing: false,
        mayHaveRun: false,
        error: { code: expected },
      });
    }
  });
});

describe('the compacted revision', () => {
  const search = async (found: CompactRevision, compacted: number, current: number) => {
    let asked = 0;
    const revision = await found.find(current, (at) => {
      asked += 1;
      return Promise.resolve(at >= compacted);
    });
    return { revision, asked };
  };

  it('is found by looking where history is kept, and costs one look while it stays', async () => {
    const found = new CompactRevision();
    expect(await search(found, 0, 1_000_000)).toEqual({ revision: 0, asked: 1 });
    expect((await search(found, 345_678, 1_000_000)).revision).toBe(345_678);
    expect(await search(found, 345_678, 1_000_010)).toEqual({ revision: 345_678, asked: 1 });
    expect((await search(found, 345_679, 1_000_010)).revision).toBe(345_679);
    expect((await search(found, 1_000_010, 1_000_010)).revision).toBe(1_000_010);
  });

  it('is not looked for in an empty store', async () => {
    expect(await search(new CompactRevision(), 0, 1)).toEqual({ revision: 0, asked: 0 });
  });
});

it.each([
  ['http://127.0.0.1:2379', true, 'dns:127.0.0.1:2379', false],
  ['https://etcd-0.etcd:2379', false, 'dns:etcd-0.etcd:2379', true],
  ['etcd:2379', true, 'dns:etcd:2379', true],
  ['etcd', false, 'dns:etcd:2379', false],
  ['http://[::1]:2379', false, 'dns:[::1]:2379', false],
  ['unix:///run/etcd.sock', false, 'unix:/run/etcd.sock', false],
])('reads the endpoint %s', (url, hasTls, target, isSecure) => {
  expect(parseEndpoint(url, hasTls)).toEqual({ target, isSecure });
});

it.each(['', 'http://', 'http://a:b', 'http://etcd:2379/v3', 'http://a b'])(
  'refuses %p as an endpoint',
  (url) => {
    expect(() => parseEndpoint(url, false)).toThrow(/etcd endpoint/);
  },
);

describe('the queue of a watch', () => {
  it('folds marks of progress together and never drops events', async () => {
    const queue = new BatchQueue();
    for (const [revision, count] of [
      [2, 1],
      [3, 0],
      [4, 0],
      [5, 1],
      [6, 0],
    ] as const) {
      queue.push({ revision, events: count ? [event(revision)] : [] });
    }
    expect([await queue.take(), await queue.take(), await queue.take()]).toMatchObject([
      { revision: 2 },
      { revision: 5 },
      { revision: 6, events: [] },
    ]);
    expect(queue.sizeBytes).toBe(0);
  });

  it('gives what it has before an error, and nothing more after an end', async () => {
    const failing = new BatchQueue();
    failing.push({ revision: 2, events: [event(2)] });
    failing.end(new Error('broken'));
    expect(await failing.take()).toMatchObject({ revision: 2 });
    await expect(failing.take()).rejects.toThrow('broken');
    const ended = new BatchQueue();
    ended.push({ revision: 2, events: [event(2)] });
    ended.end();
    expect(await ended.take()).toBeUndefined();
  });
});
