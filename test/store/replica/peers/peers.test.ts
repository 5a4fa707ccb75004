import { afterEach, describe, expect, it } from '@jest/globals';
import {
  createAuthority,
  createClientCertificate,
  createServerCertificate,
} from '../../../../apiserver/auth/certificates.js';
import { systemClock } from '../../../../store/clock.js';
import type { Message } from '../../../../store/raft/message.js';
import { Peers, type PeersOptions } from '../../../../store/replica/peers/peers.js';
import type { SnapshotMessage, TransportHandlers } from '../../../../store/replica/transport.js';

let open: Peers[] = [];
afterEach(async () => {
  await Promise.all(open.map((peers) => peers.stop()));
  open = [];
});

interface Heard {
  readonly messages: Message[];
  readonly chunks: string[];
  readonly events: string[];
}

const start = async (
  identity: { clusterId: bigint; memberId: bigint },
  options: Partial<PeersOptions> = {},
  handlers: Partial<TransportHandlers> = {},
): Promise<{ peers: Peers; heard: Heard; url: string }> => {
  const heard: Heard = { messages: [], chunks: [], events: [] };
  const peers = new Peers({ listen: ['127.0.0.1:0'], clock: systemClock, ...options });
  open.push(peers);
  await peers.start(identity, {
    messages: (messages) => heard.messages.push(...messages),
    forwarded: () => 'accepted',
    snapshot: async (_message, chunks) => {
      for await (const chunk of chunks) heard.chunks.push(Buffer.from(chunk).toString());
    },
    ask: () => Promise.resolve({ type: 'none' }),
    unreachable: (member) => heard.events.push(`unreachable ${member.toString()}`),
    removed: () => heard.events.push('removed'),
    ...handlers,
  });
  const scheme = options.listenTls ? 'https' : 'http';
  return { peers, heard, url: `${scheme}://127.0.0.1:${peers.ports[0]!}` };
};

const until = async (isTrue: () => boolean): Promise<void> => {
  const deadline = performance.now() + 10_000;
  while (!isTrue()) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${isTrue.toString()}`);
    await new Promise((resolve) =>
      systemClock.after(5, () => {
        resolve(undefined);
      }),
    );
  }
};

const heartbeat = (to: bigint): Message => ({
  type: 'heartbeat',
  from: 1n,
  to,
  term: 1,
  commit: 0,
  readContext: 0n,
});
const snapshot: SnapshotMessage = {
  type: 'snapshot',
  from: 1n,
  to: 2n,
  term: 1,
  snapshot: { index: 1, term: 1, membership: { voters: [1n], learners: [] } },
};
// eslint-disable-next-line @typescript-eslint/require-await -- a stream that has it all
async function* chunksOf(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

describe('peers', () => {
  it('carry messages, batches, questions and snapshots', async () => {
    const one = await start({ clusterId: 5n, memberId: 1n });
    const two = await start({ clusterId: 5n, memberId: 2n });
    one.peers.setPeers([{ id: 2n, urls: [two.url] }], []);
    expect(await one.peers.forward(2n, Buffer.from('batch'))).toBe('not-sent');
    one.peers.send([heartbeat(2n)]);
    await until(() => one.peers.activeSince(2n) !== undefined);
    await until(() => two.heard.messages.length === 1);
    expect(await one.peers.forward(2n, Buffer.from('batch'))).toBe('accepted');
    expect(await one.peers.ask(2n, { type: 'lease-ids' }, 5_000)).toEqual({ type: 'none' });
    await one.peers.sendSnapshot(snapshot, chunksOf('a', 'b'));
    expect(two.heard.chunks).toEqual(['a', 'b']);
  });

  it('say when a snapshot failed, on either side', async () => {
    const one = await start({ clusterId: 5n, memberId: 1n });
    const refusing = { snapshot: () => Promise.reject(new Error('no room')) };
    const two = await start({ clusterId: 5n, memberId: 2n }, {}, refusing);
    one.peers.setPeers([{ id: 2n, urls: [two.url] }], []);
    await expect(one.peers.sendSnapshot(snapshot, chunksOf('a'))).rejects.toThrow(/no room/);
    // eslint-disable-next-line @typescript-eslint/require-await -- breaks at once
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('a');
      throw new Error('the disk is gone');
    };
    await expect(one.peers.sendSnapshot(snapshot, broken())).rejects.toThrow();
  });

  it('refuse another cluster, a message meant for somebody else, and tell a removed member', async () => {
    const two = await start({ clusterId: 5n, memberId: 2n });
    const stranger = await start({ clusterId: 6n, memberId: 1n });
    stranger.peers.setPeers([{ id: 2n, urls: [two.url] }], []);
    stranger.peers.send([heartbeat(2n)]);
    await until(() => stranger.heard.events.includes('unreachable 2'));
    const one = await start({ clusterId: 5n, memberId: 1n });
    one.peers.setPeers([{ id: 3n, urls: [two.url] }], []);
    one.peers.send([heartbeat(3n)]);
    await until(() => one.heard.events.includes('unreachable 3'));
    two.peers.setPeers([], [1n]);
    one.peers.setPeers([{ id: 2n, urls: [two.url] }], []);
    one.peers.send([heartbeat(2n)]);
    await until(() => one.heard.events.includes('removed'));
    expect(two.heard.messages).toEqual([]);
  });

  it('find a peer that was away, and one with several URLs at the one that works', async () => {
    const one = await start({ clusterId: 5n, memberId: 1n });
    const two = await start({ clusterId: 5n, memberId: 2n });
    one.peers.setPeers([{ id: 2n, urls: ['http://127.0.0.1:1', two.url] }], []);
    await until(() => {
      one.peers.send([heartbeat(2n)]);
      return two.heard.messages.length > 0;
    });
    await two.peers.stop();
    await until(() => one.peers.activeSince(2n) === undefined);
    const again = await start({ clusterId: 5n, memberId: 2n }, { listen: [two.url.slice(7)] });
    await until(() => {
      one.peers.send([heartbeat(2n)]);
      return again.heard.messages.length > 0;
    });
  });

  it('speak TLS, and let in only those with a certificate when asked to', async () => {
    const validity = {
      notBeforeMs: Date.parse('2020-01-01T00:00:00Z'),
      notAfterMs: Date.parse('2200-01-01T00:00:00Z'),
    };
    const authority = createAuthority('peers', validity);
    const ca = Buffer.from(authority.certificate);
    const pem = ({ certificate, key }: { certificate: string; key: string }) => ({
      cert: Buffer.from(certificate),
      key: Buffer.from(key),
      ca,
    });
    const server = pem(createServerCertificate(authority, 'peers', 'two', ['127.0.0.1'], validity));
    const client = pem(
      createClientCertificate(authority, 'peers', { commonName: 'one' }, validity),
    );
    const listenTls = { ...server, clientCertAuth: true };
    const two = await start({ clusterId: 5n, memberId: 2n }, { listenTls });
    const one = await start({ clusterId: 5n, memberId: 1n }, { tls: client });
    one.peers.setPeers([{ id: 2n, urls: [two.url] }], []);
    expect(await one.peers.ask(2n, { type: 'lease-ids' }, 8_000)).toEqual({ type: 'none' });
    const strangers = createAuthority('strangers', validity);
    const stranger = pem(
      createClientCertificate(strangers, 'strangers', { commonName: 'three' }, validity),
    );
    const three = await start({ clusterId: 5n, memberId: 3n }, { tls: stranger });
    three.peers.setPeers([{ id: 2n, urls: [two.url] }], []);
    await expect(three.peers.ask(2n, { type: 'lease-ids' }, 8_000)).rejects.toMatchObject({
      code: 'timeout',
    });
  });
});
