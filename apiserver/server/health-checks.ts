// What /livez and /readyz look at. A store in this process is part of it; an etcd elsewhere that is away makes the server
// not ready, but starting the server anew would not bring it back.
import assert from 'node:assert/strict';
import type { Config } from '../config.js';
import type { HealthCheck, HealthChecks } from '../http/health.js';
import type { Clock, KeyValueStore } from '../../store/index.js';

export interface ServerState {
  isReady: boolean;
  isStopping: boolean;
}

export function healthChecks(
  { store, clock }: { readonly store: KeyValueStore; readonly clock: Clock },
  { etcd, keyRoot }: Pick<Config, 'etcd' | 'keyRoot'>,
  state: ServerState,
): HealthChecks {
  const ping: HealthCheck = { name: 'ping', check: () => undefined };
  const own: readonly HealthCheck[] = [
    {
      name: 'poststarthook/bootstrap',
      check: () => {
        assert(state.isReady, 'not started');
      },
    },
    {
      name: 'shutdown',
      check: () => {
        assert(!state.isStopping, 'stopping');
      },
    },
  ];
  if (etcd === undefined) {
    const check = async (): Promise<void> => {
      const { hasLeader } = await store.status();
      assert(hasLeader, 'the store has no leader');
    };
    const livez = [ping, { name: 'etcd', check }];
    return { livez, readyz: [{ name: 'etcd-readiness', check }, ...own] };
  }
  // As kube-apiserver asks: for a key that need not exist, by a quorum.
  const key = new TextEncoder().encode(`${keyRoot}/health`);
  const within = (maxMs: number) => () => inTime(store.range({ key }), maxMs, clock);
  return {
    livez: [ping],
    readyz: [
      { name: 'etcd', check: within(etcd.healthMaxMs) },
      { name: 'etcd-readiness', check: within(etcd.readyMaxMs) },
      ...own,
    ],
  };
}

function inTime(answer: Promise<unknown>, maxMs: number, clock: Clock): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(maxMs, () => {
      reject(new Error('etcd has not answered in time'));
    });
    answer.then(
      () => {
        cancel();
        resolve();
      },
      (error: unknown) => {
        cancel();
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
}
