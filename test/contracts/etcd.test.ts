// The contract suite over a real etcd: connectEtcd against a process of its own for every case, since a case wants an
// empty store. The next one is started while a case runs.
import { afterAll } from '@jest/globals';
import { connectEtcd, type KeyValueStore } from '../../store/index.js';
import { describeWithEtcd, EtcdProcess } from '../support/etcd-process.js';
import { keyValueStoreContract } from './key-value-store.js';

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

  keyValueStoreContract('the client of an etcd', open);
});
