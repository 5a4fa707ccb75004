// startApi: a server process and a client for it, the two things nearly every end-to-end test begins with.
import { ApiClient } from './api-client.js';
import { ServerProcess } from './server-process.js';

export interface Api {
  readonly server: ServerProcess;
  readonly api: ApiClient;
  stop(): Promise<void>;
}

export async function startApi(
  flags: readonly string[] = ['--in-memory'],
  dataDir?: string,
): Promise<Api> {
  const server = await ServerProcess.start(flags, dataDir);
  const api = await ApiClient.fromKubeconfig(server.url, server.kubeconfigPath);
  const stop = async (): Promise<void> => {
    api.close();
    await server.stop();
  };
  return { server, api, stop };
}
