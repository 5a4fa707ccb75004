// SharedTrust: servers that share a store trust each other's certificate authorities. Each has its own, whose key never
// leaves its folder; what they share, through the store, are the authorities' certificates, which are public. So every
// server takes the client certificates of all, and a kubeconfig that names all authorities works at every server.
// Who can write these keys can write every object anyway; who can only read them learns nothing.
import { X509Certificate } from 'node:crypto';
import { encodeKey } from '../storage/store-keys.js';
import { prefixEnd, type Clock, type KeyValueStore } from '../../store/index.js';

export interface TrustRequest {
  readonly store: KeyValueStore;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Of the registry's keys, e.g. `/registry`. */
  readonly root: string;
  /** PEM of this server's authority. */
  readonly own: string;
  /** All authorities, this server's first; called when others come or go. */
  readonly changed: (authorities: readonly string[]) => void;
}

/** No kind of object, built in or custom, has a path that begins with a dot. */
const folder = '.authorities';
const authoritiesMax = 64;
const retryMs = 1000;

/** Publishes this server's authority and resolves with all there are; goes on following them until the signal. */
export async function shareTrust(request: TrustRequest): Promise<readonly string[]> {
  const { store, root, own, signal } = request;
  const name = new X509Certificate(own).fingerprint256.replaceAll(':', '').toLowerCase();
  const key = encodeKey(`${root}/${folder}/${name}`);
  await store.txn({
    compare: [{ key, target: 'create', result: 'equal', number: 0 }],
    success: [{ type: 'put', key, value: new TextEncoder().encode(own) }],
    failure: [],
  });
  const first = await read(request);
  void follow(request, first.revision);
  signal.throwIfAborted();
  return first.authorities;
}

async function read({
  store,
  root,
  own,
  clock,
}: TrustRequest): Promise<{ authorities: readonly string[]; revision: number }> {
  const key = encodeKey(`${root}/${folder}/`);
  const { kvs, revision } = await store.range({ key, end: prefixEnd(key), limit: authoritiesMax });
  const others = kvs
    .map(({ value }) => new TextDecoder().decode(value))
    .filter((pem) => pem !== own && isAuthority(pem, clock.now()));
  return { authorities: [own, ...others], revision };
}

async function follow(request: TrustRequest, from: number): Promise<void> {
  const { store, root, signal, changed } = request;
  const key = encodeKey(`${root}/${folder}/`);
  for (let revision = from; ;) {
    try {
      const query = { key, end: prefixEnd(key), startRevision: revision + 1 };
      for await (const { events } of store.watch(query, signal)) {
        if (events.length === 0) continue;
        const now = await read(request);
        revision = now.revision;
        changed(now.authorities);
      }
    } catch {
      // No leader, or the place was compacted away.
    }
    // The watch is over: what there is now is read afresh, in a while.
    if (signal.aborted) return;
    await pause(request);
    revision = await catchUp(request, revision);
  }
}

async function catchUp(request: TrustRequest, revision: number): Promise<number> {
  if (request.signal.aborted) return revision;
  try {
    const now = await read(request);
    request.changed(now.authorities);
    return now.revision;
  } catch {
    return revision;
  }
}

const pause = ({ clock, signal }: TrustRequest): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(retryMs, done);
    signal.addEventListener('abort', done, { once: true });
  });

/** A leaf certificate, or one that has run out, is not to be believed. */
function isAuthority(pem: string, nowMs: number): boolean {
  try {
    const { ca, validTo } = new X509Certificate(pem);
    return ca && Date.parse(validTo) > nowMs;
  } catch {
    return false;
  }
}
