// Our server over a member of its own, on free ports, for the tests of this folder.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEtcdServer, type EtcdServerOptions } from '../../../store/etcd/server.js';
import type { EtcdServer } from '../../../store/etcd/server.js';
import { openMember, type Member, type MemberOptions } from '../../../store/index.js';

export interface RunningEtcd {
  readonly url: string;
  readonly member: Member;
  readonly server: EtcdServer;
  close(): Promise<void>;
}

export async function runEtcd(
  options: Partial<EtcdServerOptions> = {},
  memberOptions: Partial<MemberOptions> = {},
): Promise<RunningEtcd> {
  const dataDir = await mkdtemp(join(tmpdir(), 'frontdesk-etcd-'));
  const fail = (error: unknown): void => {
    console.error(error);
    process.exitCode = 1;
  };
  const member = await openMember({ dataDir, onFatal: fail, ...memberOptions });
  const server = await startEtcdServer(member, {
    listenClientUrls: ['http://127.0.0.1:0'],
    random: () => 0.5,
    report: fail,
    ...options,
  });
  return {
    url: server.urls[0]!,
    member,
    server,
    async close() {
      await server.close();
      await member.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
