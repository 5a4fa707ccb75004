// The contract suite over a real etcd: connectEtcd against a process of its own for every case, since a case wants an
// empty store. The next one is started while a case runs.
import { afterAll } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { connectEtcd, type KeyValueStore } from '../../store/index.js';
import { describeWithEtcd } from '../support/describe-with-etcd.js';
import { EtcdProcess } from '../support/etcd-process.js';
import { keyValueStoreContract } from './key-value-store.js';

/** What etcd 3.4.23 itself does not keep. Later releases are expected to keep everything. */
const compactsTombstones = {
  // Once the compaction has got that far: until then the delete is seen.
  isCertain: false,
  reason: 'until 3.4.34 a compaction drops the delete at its own revision',
};
const exceptionsOf34 = new Map([
  [
    'refuses a put inside a delete of the same branch, in either order',
    {
      isCertain: true,
      reason: '3.4 does not compare a delete with the puts of a nested txn',
    },
  ],
  ['lets a nested delete follow a nested put of the same key, as etcd does', compactsTombstones],
  [
    'lets a watch start at the compacted revision, a delete there included (#18089, #19179)',
    compactsTombstones,
  ],
]);

describeWithEtcd('a real etcd', () => {
  const running = new Set<EtcdProcess>();
  const start = async (): Promise<EtcdProcess> => {
    const etcd = await EtcdProcess.start();
    running.add(etcd);
    return etcd;
  };
  let next: Promise<EtcdProcess> | undefined;

  const open = async (): Promise<KeyValueStore> => {
    const etcd = await (next ?? start());
    next = start();
    const store = await connectEtcd({ endpoints: [etcd.endpoint] });
    const close = store.close.bind(store);
    store.close = async () => {
      await close();
      running.delete(etcd);
      await etcd.stop();
    };
    return store;
  };
  afterAll(async () => {
    await next;
    await Promise.all([...running].map((etcd) => etcd.stop()));
  });

  const [major = 0, minor = 0, patch = 0] = etcdVersion();
  const isOld = major === 3 && minor === 4 && patch < 34;
  keyValueStoreContract('the client of an etcd', open, {
    exceptions: isOld ? exceptionsOf34 : new Map(),
    randomRuns: 8,
    isOldEtcd: isOld,
  });
});

/** Of the etcd in the PATH: `[3, 4, 23]`. */
function etcdVersion(): readonly number[] {
  const told = execFileSync('etcd', ['--version']).toString();
  const version = /etcd Version: (\d+)\.(\d+)\.(\d+)/.exec(told);
  if (!version) throw new Error(`etcd --version said ${told}`);
  return version.slice(1).map(Number);
}
