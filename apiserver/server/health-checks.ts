// What /livez and /readyz look at.
import assert from 'node:assert/strict';
import type { HealthChecks } from '../http/health.js';
import type { KeyValueStore } from '../../store/index.js';

export interface ServerState {
  isReady: boolean;
  isStopping: boolean;
}

export function healthChecks(store: KeyValueStore, state: ServerState): HealthChecks {
  const storeAnswers = async (): Promise<void> => {
    const { hasLeader } = await store.status();
    assert(hasLeader, 'the store has no leader');
  };
  return {
    livez: [
      { name: 'ping', check: () => undefined },
      { name: 'etcd', check: storeAnswers },
    ],
    readyz: [
      { name: 'etcd-readiness', check: storeAnswers },
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
    ],
  };
}
