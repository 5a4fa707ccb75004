// Ports of 127.0.0.1 for servers that must know theirs before they start. They lie below the range that systems take for
// outgoing connections, so nothing takes one between being found free and being bound; processes of tests that run side by
// side begin to look at different places.
import { once } from 'node:events';
import { createServer } from 'node:net';

const first = 12_000;
const end = 32_000;
let next = (process.pid * 977) % (end - first);

export async function freePorts(count: number): Promise<readonly number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = first + (next++ % (end - first));
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
  } catch {
    return false;
  }
  await once(server.close(), 'close');
  return true;
}
