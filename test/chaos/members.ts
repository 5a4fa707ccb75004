// Three (or five) `frontdesk etcd` processes that know each other through PeerLinks only.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { frontdeskEtcd } from '../support/etcd-process.js';
import { PeerLinks } from './peer-links.js';
import { freePorts } from '../support/free-ports.js';

const logBytesKept = 20_000;

export class Members {
  readonly size: number;
  readonly links: PeerLinks;
  readonly endpoints: readonly string[];
  readonly #folder: string;
  readonly #peerPorts: readonly number[];
  readonly #running: (ChildProcess | undefined)[];
  readonly #logs: string[];
  /** Members whose end is wanted. */
  readonly #ending = new Set<ChildProcess>();
  readonly #onDeath: (member: number, log: string) => void;

  private constructor(
    places: { folder: string; endpoints: readonly string[]; peerPorts: readonly number[] },
    links: (pidOf: (member: number) => number | undefined) => PeerLinks,
    onDeath: (member: number, log: string) => void,
  ) {
    this.size = places.endpoints.length;
    this.endpoints = places.endpoints;
    this.#folder = places.folder;
    this.#peerPorts = places.peerPorts;
    this.#running = places.endpoints.map(() => undefined);
    this.#logs = places.endpoints.map(() => '');
    this.links = links((member) => this.#running[member]?.pid);
    this.#onDeath = onDeath;
  }

  /** `onDeath`: a member ended that nobody killed. */
  static async start(
    size: number,
    onDeath: (member: number, log: string) => void,
  ): Promise<Members> {
    const folder = await mkdtemp(join(tmpdir(), 'frontdesk-chaos-'));
    const ports = await freePorts(2 * size);
    const peerPorts = ports.slice(size);
    const running: { members?: Members } = {};
    const links = await PeerLinks.open(peerPorts, (member) => running.members?.pidOf(member));
    const endpoints = ports.slice(0, size).map((port) => `http://127.0.0.1:${port}`);
    const members = new Members({ folder, endpoints, peerPorts }, () => links, onDeath);
    running.members = members;
    for (let member = 0; member < size; member++) members.launch(member);
    return members;
  }

  pidOf(member: number): number | undefined {
    return this.#running[member]?.pid;
  }

  isRunning(member: number): boolean {
    return this.#running[member] !== undefined;
  }

  /** The end of what it printed, over all its lives. */
  logOf(member: number): string {
    return this.#logs[member] ?? '';
  }

  launch(member: number): void {
    if (this.#running[member]) return;
    const [command = '', ...words] = frontdeskEtcd;
    const cluster = this.endpoints.map((_, i) => `m${i + 1}=${this.links.urlOf(i)}`).join(',');
    const endpoint = this.endpoints[member] ?? '';
    const child = spawn(
      command,
      [
        ...words,
        `--name=m${member + 1}`,
        `--data-dir=${join(this.#folder, `m${member + 1}`)}`,
        `--listen-client-urls=${endpoint}`,
        `--advertise-client-urls=${endpoint}`,
        `--listen-peer-urls=http://127.0.0.1:${this.#peerPorts[member] ?? 0}`,
        `--initial-advertise-peer-urls=${this.links.urlOf(member)}`,
        `--initial-cluster=${cluster}`,
        '--snapshot-count=500',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    this.#running[member] = child;
    child.stderr.on('data', (chunk: Buffer) => {
      this.#logs[member] = `${this.#logs[member] ?? ''}${chunk.toString()}`.slice(-logBytesKept);
    });
    child.once('close', () => {
      if (this.#running[member] === child) this.#running[member] = undefined;
      if (!this.#ending.delete(child)) this.#onDeath(member, this.logOf(member));
    });
  }

  async kill(member: number, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#running[member];
    if (!child) return;
    this.#ending.add(child);
    const closed = once(child, 'close');
    child.kill(signal);
    await closed;
  }

  pause(member: number): void {
    this.#running[member]?.kill('SIGSTOP');
  }

  resume(member: number): void {
    this.#running[member]?.kill('SIGCONT');
  }

  async close(): Promise<void> {
    await Promise.all(this.endpoints.map((_, member) => this.kill(member)));
    this.links.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
