// The only door into the store for the rest of the program.
import { systemClock, type Clock } from './clock.js';
import type { KeyValueStore } from './kv.js';
import { LocalStore } from './mvcc/local-store.js';
import { StateMachine } from './mvcc/state-machine.js';
import { memoryTables } from './tables/tables.js';

export * from './clock.js';
export * from './errors.js';
export * from './kv.js';
export type * from './node.js';
export * from './optimistic.js';
export { DataFolderError, makeFolder } from './data-folder.js';
export { BackupDamaged, BackupRefused } from './backup/damage.js';
export { restoreBackup, type Restored, type RestoreOptions } from './backup/restore.js';
export { saveSnapshot, saveStream } from './backup/save.js';
export * from './backup/schedule.js';
export { statusOfBackup, type BackupStatus } from './backup/status.js';
export type { AutoCompactionPolicy } from './mvcc/auto-compaction.js';
export type { EtcdClientOptions, EtcdClientTls } from './etcd/client/connect.js';
export type { EtcdApiOptions, EtcdServer } from './etcd-api.js';
export { etcdVersion } from './etcd/version.js';
export { BootstrapError } from './member/bootstrap.js';
export type { Member } from './member/member.js';
export { openMember } from './member/open-member.js';
export type { MemberOptions } from './member/options.js';
export { connectEtcd, fetchSnapshot, openPeers, startEtcdApi } from './on-demand.js';
export type { Transport } from './replica/transport.js';
export { LogCorruption } from './wal/frame.js';

const quotaBytesDefault = 2 * 2 ** 30;

/** A store in memory without log or disk: gone with the process. Leases expire by `clock`. */
export function openInMemoryStore(
  clock: Clock = systemClock,
  quotaBytes: number = quotaBytesDefault,
): KeyValueStore {
  return new LocalStore(StateMachine.open(memoryTables(), { clock, quotaBytes }), clock);
}
