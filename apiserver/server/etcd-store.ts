// Opens an etcd that others run as the API server's store (--etcd-servers). Several API servers may share it: the
// controllers run on the one that holds a lease.
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { Config } from '../config.js';
import type { EtcdConfig } from '../config/etcd-config.js';
import { leadByLease } from '../controllers/lease-leadership.js';
import { logLine } from './log.js';
import type { OpenStore } from './open-store.js';
import { connectEtcd, StoreError, type Clock, type EtcdClientOptions } from '../../store/index.js';

/** As long as kube-apiserver waits for its etcd at the start. */
const connectMaxMs = 60_000;
const firstTryMs = 2_000;
const resignMaxMs = 1_000;

export async function openEtcdStore(
  { keyRoot }: Config,
  etcd: EtcdConfig,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<OpenStore> {
  const options = { ...(await clientOptions(etcd)), clock, ...(signal && { signal }) };
  const store = await connectEtcd({ ...options, connectMaxMs: firstTryMs }).catch(
    (error: unknown) => {
      if (!(error instanceof StoreError) || error.code !== 'stopped') throw error;
      logLine('etcd cannot be reached yet', { endpoints: etcd.endpoints.join(',') }, error);
      return connectEtcd({ ...options, connectMaxMs });
    },
  );
  const campaigning = new AbortController();
  const leadership = leadByLease({
    store,
    clock,
    key: `${keyRoot}/.leaders/controllers`,
    identity: `${hostname()}_${randomUUID()}`,
    signal: campaigning.signal,
  });
  await leadership.settled;
  const close = store.close.bind(store);
  store.close = async () => {
    campaigning.abort();
    // An etcd that does not answer is not waited for: the lease expires by itself.
    await Promise.race([leadership.resign(), pause(clock, resignMaxMs)]);
    await close();
  };
  return {
    store,
    node: undefined,
    leadership,
    // An etcd that fails is waited for.
    failed: new Promise<never>(() => undefined),
    removed: new Promise<void>(() => undefined),
  };
}

const pause = (clock: Clock, ms: number): Promise<void> =>
  new Promise((resolve) => {
    clock.after(ms, resolve);
  });

async function clientOptions(etcd: EtcdConfig): Promise<EtcdClientOptions> {
  const { endpoints, authorityFile, clientFiles } = etcd;
  if (authorityFile === undefined && clientFiles === undefined) return { endpoints };
  const own = clientFiles && {
    cert: await readFile(clientFiles.certificate),
    key: await readFile(clientFiles.key),
  };
  const ca = authorityFile === undefined ? {} : { ca: await readFile(authorityFile) };
  return { endpoints, tls: { ...ca, ...own } };
}
