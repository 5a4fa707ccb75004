// The wires between the members, to be cut one direction at a time: a proxy stands before each member's peer port, and
// the member that dialled is found by its socket (/proc). A cut link swallows what it is given, as a lost network does;
// healing ends the connections that were cut, since what they swallowed is gone.
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';

interface Pipe {
  readonly from: number;
  readonly to: number;
  readonly near: Socket;
  readonly far: Socket;
}

export class PeerLinks {
  readonly #proxies: readonly Server[];
  readonly #ports: readonly number[];
  readonly #pidOf: (member: number) => number | undefined;
  readonly #pipes = new Set<Pipe>();
  readonly #cut = new Set<string>();

  private constructor(
    proxies: readonly Server[],
    ports: readonly number[],
    pidOf: (member: number) => number | undefined,
  ) {
    this.#proxies = proxies;
    this.#ports = ports;
    this.#pidOf = pidOf;
  }

  /** `peerPorts`: where the members listen; `pidOf`: the process of a member, while it runs. */
  static async open(
    peerPorts: readonly number[],
    pidOf: (member: number) => number | undefined,
  ): Promise<PeerLinks> {
    const proxies = peerPorts.map(() => createServer());
    await Promise.all(proxies.map((proxy) => once(proxy.listen(0, '127.0.0.1'), 'listening')));
    const ports = proxies.map((proxy) => {
      const address = proxy.address();
      return address !== null && typeof address === 'object' ? address.port : 0;
    });
    const links = new PeerLinks(proxies, ports, pidOf);
    proxies.forEach((proxy, to) => {
      proxy.on('connection', (near) => {
        links.#join(near, to, peerPorts[to] ?? 0);
      });
    });
    return links;
  }

  /** What the member advertises to the others. */
  urlOf(member: number): string {
    return `http://127.0.0.1:${this.#ports[member] ?? 0}`;
  }

  /** Nothing gets from connections that `from` opened to `to` any more, nor back on them. */
  cut(from: number, to: number): void {
    this.#cut.add(`${from} ${to}`);
    for (const pipe of this.#pipes) if (pipe.from === from && pipe.to === to) swallow(pipe);
  }

  heal(): void {
    this.#cut.clear();
    for (const pipe of this.#pipes) if (pipe.near.isPaused()) end(pipe);
  }

  close(): void {
    for (const proxy of this.#proxies) proxy.close();
    for (const pipe of this.#pipes) end(pipe);
  }

  #join(near: Socket, to: number, port: number): void {
    const from = this.#dialler(near);
    const far = connect(port, '127.0.0.1');
    const pipe = { from, to, near, far };
    this.#pipes.add(pipe);
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      socket.on('error', () => {
        end(pipe);
      });
      socket.on('close', () => {
        this.#pipes.delete(pipe);
        end(pipe);
      });
    }
    near.pipe(far);
    far.pipe(near);
    if (this.#cut.has(`${from} ${to}`)) swallow(pipe);
  }

  /** -1: the process has gone already. */
  #dialler(near: Socket): number {
    const inode = inodeOf(near.remotePort ?? 0, near.localPort ?? 0);
    if (inode === undefined) return -1;
    return this.#ports.findIndex((_port, member) => {
      const pid = this.#pidOf(member);
      return pid !== undefined && holdsSocket(pid, inode);
    });
  }
}

function swallow({ near, far }: Pipe): void {
  near.unpipe();
  far.unpipe();
  near.pause();
  far.pause();
}

function end({ near, far }: Pipe): void {
  near.destroy();
  far.destroy();
}

const hexPort = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0');

function inodeOf(localPort: number, remotePort: number): string | undefined {
  const ends = `0100007F:${hexPort(localPort)} 0100007F:${hexPort(remotePort)} `;
  const line = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .find((row) => row.includes(ends));
  return line?.trim().split(/\s+/)[9];
}

function holdsSocket(pid: number, inode: string): boolean {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).some((fd) => {
      try {
        return readlinkSync(`${folder}/${fd}`) === `socket:[${inode}]`;
      } catch {
        return false; // closed since it was listed
      }
    });
  } catch {
    return false; // the process has ended
  }
}
