// A representative part of the kubectl suites once more, with the objects in a real etcd. FRONTDESK_TEST_ENGINE=etcd runs
// any of the others so.
import { it } from '@jest/globals';
import { describeWithEtcd, missingEtcdPrograms } from '../support/describe-with-etcd.js';

if (missingEtcdPrograms().length > 0) {
  describeWithEtcd('kubectl over a real etcd', () => {
    it('does what it does over the store in the process', () => undefined);
  });
} else {
  process.env['FRONTDESK_TEST_ENGINE'] = 'etcd';
  // Their tests are registered here, in this file's name.
  await import('./kubectl-services.test.js');
  await import('./kubectl-delete.test.js');
}
