// What the server does to protect itself, seen from outside: watchers that do not read are cut off, connections
// are counted, and it stops at once whatever is open.
import { afterEach, describe, expect, it } from '@jest/globals';
import { startApi, type Api } from '../support/api-server.js';
import { runCommand } from '../support/server-process.js';

const configMaps = '/api/v1/namespaces/default/configmaps';

let running: Api | undefined;
const start = async (...flags: string[]): Promise<Api> =>
  (running = await startApi(['--in-memory', ...flags]));

afterEach(async () => {
  await running?.stop();
  running = undefined;
});

describe('the server', () => {
  it('cuts off a watcher that does not read, and serves the others', async () => {
    const { api } = await start();
    await api.post(configMaps, { metadata: { name: 'big' } });
    const asleep = await api.open('GET', `${configMaps}?watch=1`);
    asleep.pause();
    const isCutOff = new Promise((resolve) => asleep.once('error', resolve).once('close', resolve));
    const awake = await api.watch(`${configMaps}?watch=1`);
    const updates = 32;
    for (let at = 1; at <= updates; at++) {
      const data = { text: String(at % 10).repeat(900_000) };
      expect((await api.patch(`${configMaps}/big`, 'merge', { data })).code).toBe(200);
    }
    await awake.until(() => awake.events.length === updates + 1);
    asleep.resume();
    await isCutOff;
    expect(asleep.complete).toBe(false);
  }, 60_000);

  it('closes connections beyond the limit', async () => {
    const { api } = await start('--max-connections=5');
    const sockets = await Promise.all(Array.from({ length: 5 }, () => api.socket()));
    await expect(api.get('/readyz')).rejects.toThrow(/ECONN|socket/);
    for (const socket of sockets) socket.destroy();
    // The places are free as soon as the server has seen the ends.
    let isServed = false;
    while (!isServed)
      isServed = await api.get('/readyz').then(
        ({ code }) => code === 200,
        () => false,
      );
  });

  it('stops at once with watches, idle connections and half a request open', async () => {
    const { api, server } = await start();
    const watches = await Promise.all(
      Array.from({ length: 100 }, () => api.watch('/api/v1/namespaces?watch=1')),
    );
    await Promise.all(watches.map((watch) => watch.next()));
    const half = await api.socket();
    half.on('error', () => undefined).resume();
    half.write(`POST ${configMaps} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{`);
    const idle = await api.socket();
    idle.on('error', () => undefined).resume();
    const startedAt = performance.now();
    expect(await server.stop()).toEqual({ code: 0, signal: null });
    // A second is promised; machines that run many tests at once get two.
    expect(performance.now() - startedAt).toBeLessThan(2000);
    await Promise.all(watches.map((watch) => watch.ended));
    running = undefined;
    api.close();
  });

  it.each(['10.0.0.0/30', '10.0.0.0/32', 'fd00::/127'])(
    'refuses %s for Services',
    async (range) => {
      const { code, stderr } = await runCommand(['serve', `--service-cluster-ip-range=${range}`]);
      expect(code).toBe(2);
      expect(stderr).toBe(
        `frontdesk: invalid value "${range}" for --service-cluster-ip-range: the range must have at least 8 addresses\n`,
      );
    },
  );
});
