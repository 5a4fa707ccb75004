// A server in this process, in memory, whose minutes pass when the test says so; spoken to over HTTPS.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseFlags } from '../../apiserver/config.js';
import { compactEveryMs } from '../../apiserver/controllers/compactor.js';
import { startServer, type RunningServer } from '../../apiserver/server.js';
import { ApiClient } from './api-client.js';
import { PatientClock } from './patient-clock.js';

export class PatientServer {
  readonly api: ApiClient;
  readonly clock: PatientClock;
  private readonly running: RunningServer;
  private readonly folder: string;

  private constructor(api: ApiClient, clock: PatientClock, running: RunningServer, folder: string) {
    this.api = api;
    this.clock = clock;
    this.running = running;
    this.folder = folder;
  }

  static async start(flags: readonly string[] = []): Promise<PatientServer> {
    const folder = await mkdtemp(join(tmpdir(), 'frontdesk-'));
    const clock = new PatientClock();
    const given = ['--in-memory', '--secure-port=0', `--data-dir=${folder}`, ...flags];
    const running = await startServer(parseFlags(given), clock);
    const api = await ApiClient.fromKubeconfig(running.url, running.kubeconfigPath);
    return new PatientServer(api, clock, running, folder);
  }

  /** Forgets all revisions before now, `oldRevision` among them. */
  async compact(oldRevision: string): Promise<void> {
    // The compactor keeps the newest revision, so there must be a newer one.
    await this.api.post('/api/v1/namespaces', { metadata: { generateName: 'newer-' } });
    const old = `/api/v1/namespaces?resourceVersion=${oldRevision}&resourceVersionMatch=Exact`;
    while ((await this.api.get(old)).code !== 410) this.clock.pass(compactEveryMs);
  }

  async stop(): Promise<void> {
    this.api.close();
    await this.running.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}
