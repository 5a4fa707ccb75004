// etcd's API beside the Kubernetes one.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { describeWithEtcd } from '../../support/describe-with-etcd.js';
import { etcdctl } from '../../support/etcd-process.js';
import { freePorts } from '../../support/free-ports.js';
import { TestServer } from '../../support/running-server.js';

/** The admin's files, cut out of the kubeconfig. */
async function filesOf(server: TestServer): Promise<{ ca: string; cert: string; key: string }> {
  const kubeconfig = await readFile(server.server.kubeconfigPath, 'utf8');
  const write = async (name: string): Promise<string> => {
    const path = join(server.folder, name);
    const text = new RegExp(`${name}: (\\S+)`).exec(kubeconfig)?.[1] ?? '';
    await writeFile(path, Buffer.from(text, 'base64'));
    return path;
  };
  return {
    ca: await write('certificate-authority-data'),
    cert: await write('client-certificate-data'),
    key: await write('client-key-data'),
  };
}

describeWithEtcd('--listen-client-urls of serve', () => {
  it('with --auto-tls lets in who has a certificate of the server’s authority', async () => {
    const [port = 0, pagesPort = 0] = await freePorts(2);
    const server = await TestServer.start([
      `--listen-client-urls=https://127.0.0.1:${port}`,
      `--listen-metrics-urls=http://127.0.0.1:${pagesPort}`,
      '--auto-tls',
    ]);
    const url = `https://127.0.0.1:${port}`;
    const files = await filesOf(server);
    const keys = ['get', '/registry/namespaces/', '--prefix', '--keys-only'];
    const { stdout } = await etcdctl(keys, [url], files);
    expect(stdout).toContain('/registry/namespaces/kube-system\n');
    const stranger = ['--cacert', files.ca, '--command-timeout=1s', '--dial-timeout=1s'];
    expect((await etcdctl([...stranger, ...keys], [url])).code).toBe(1);
    const health = await fetch(`http://127.0.0.1:${pagesPort}/health`);
    expect(await health.json()).toMatchObject({ health: 'true' });
    await server.stop();
  });
});
