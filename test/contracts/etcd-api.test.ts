// The contract suite over etcd's API as we serve it: connectEtcd -> gRPC -> a member in memory.
import { openMember, connectEtcd, startEtcdApi, type KeyValueStore } from '../../store/index.js';
import { keyValueStoreContract } from './key-value-store.js';

const onFatal = (error: unknown): never => {
  throw error;
};

async function open(): Promise<KeyValueStore> {
  const member = await openMember({ onFatal });
  const server = await startEtcdApi(member, {
    listenClientUrls: ['http://127.0.0.1:0'],
    random: () => 0.5,
    report: onFatal,
  });
  const store = await connectEtcd({ endpoints: server.urls });
  const close = store.close.bind(store);
  store.close = async () => {
    await close();
    await server.close(0);
    await member.close();
  };
  return store;
}

keyValueStoreContract('a member behind gRPC', open, { randomRuns: 20 });
