// Members of one cluster in this process, over real folders and real connections. Their clock runs ten times as fast, so
// that what takes five seconds (a connection counts as healthy) takes half a one.
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  openMember,
  systemClock,
  type Clock,
  type Member,
  type MemberOptions,
} from '../../../store/index.js';
import { Peers } from '../../../store/replica/peers/peers.js';
import { freePorts } from '../../support/free-ports.js';

const speed = 10;
const startMs = systemClock.now();

export const fastClock: Clock = {
  now: () => startMs + (systemClock.now() - startMs) * speed,
  monotonic: () => systemClock.monotonic() * speed,
  after: (delayMs, task) => systemClock.after(delayMs / speed, task),
};

export class TestNodes {
  readonly root = fs.mkdtempSync(join(tmpdir(), 'frontdesk-nodes-'));
  readonly running = new Map<string, Member>();
  readonly urls = new Map<string, string>();
  /** What was thrown at onFatal. */
  readonly failures: unknown[] = [];

  /** A free address for each name. */
  async place(...names: readonly string[]): Promise<void> {
    const ports = await freePorts(names.length);
    names.forEach((name, i) => {
      this.urls.set(name, `http://127.0.0.1:${ports[i] ?? 0}`);
    });
  }

  urlOf(name: string): string {
    const url = this.urls.get(name);
    if (url === undefined) throw new Error(`no place for ${name}`);
    return url;
  }

  cluster(...names: readonly string[]): ReadonlyMap<string, readonly string[]> {
    return new Map(names.map((name) => [name, [this.urlOf(name)]]));
  }

  /** Founders of a new cluster. */
  async found(...names: readonly string[]): Promise<readonly Member[]> {
    await this.place(...names);
    const initialCluster = this.cluster(...names);
    return Promise.all(names.map((name) => this.start(name, { initialCluster })));
  }

  async start(name: string, options: Partial<MemberOptions> = {}): Promise<Member> {
    const member = await openMember({
      name,
      dataDir: join(this.root, name),
      peerUrls: [this.urlOf(name)],
      clientUrls: [`http://${name}.example:2379`],
      transport: this.transport(name),
      heartbeatMs: 500,
      electionMs: 5000,
      clock: fastClock,
      onFatal: (error) => {
        this.failures.push(error);
      },
      ...options,
    });
    this.running.set(name, member);
    return member;
  }

  transport(name: string): Peers {
    return new Peers({ listen: [new URL(this.urlOf(name)).host], clock: fastClock });
  }

  async stop(name: string): Promise<void> {
    await this.running.get(name)?.close();
    this.running.delete(name);
  }

  member(name: string): Member {
    const member = this.running.get(name);
    if (!member) throw new Error(`${name} does not run`);
    return member;
  }

  async leader(): Promise<Member> {
    let leader: Member | undefined;
    await until(
      () => (leader = [...this.running.values()].find((one) => one.isLeader)) !== undefined,
    );
    return leader!; // just waited for
  }

  async follower(): Promise<Member> {
    await this.leader();
    const follower = [...this.running.values()].find((member) => !member.isLeader);
    if (!follower) throw new Error('all lead');
    return follower;
  }

  async close(): Promise<void> {
    await Promise.all([...this.running.values()].map((member) => member.close()));
    fs.rmSync(this.root, { recursive: true, force: true });
  }
}

/** Looks again and again, up to a deadline. */
export async function until(
  isTrue: () => boolean | Promise<boolean>,
  maxMs = 20_000,
): Promise<void> {
  const deadline = systemClock.monotonic() + maxMs;
  while (!(await isTrue())) {
    if (systemClock.monotonic() > deadline) throw new Error('waited in vain');
    await new Promise<void>((resolve) => {
      systemClock.after(10, resolve);
      setImmediate(() => undefined); // the clock keeps no process alive
    });
  }
}

/** Until it is no longer refused with `code`. */
export async function whenNot<T>(code: string, run: () => Promise<T>): Promise<T> {
  for (let deadline = systemClock.monotonic() + 20_000; ;) {
    try {
      return await run();
    } catch (error) {
      const isAwaited = error instanceof Error && 'code' in error && error.code === code;
      if (!isAwaited || systemClock.monotonic() > deadline) throw error;
    }
    await until(() => true);
    await new Promise(setImmediate);
  }
}

export const bytes = (text: string): Uint8Array => Buffer.from(text);

export const put = (member: Member, key: string, value = 'v'): Promise<{ revision: number }> =>
  member.txn({
    compare: [],
    success: [{ type: 'put', key: bytes(key), value: bytes(value) }],
    failure: [],
  });

export async function valueOf(
  member: Member,
  key: string,
  linearizable = true,
): Promise<string | undefined> {
  const { kvs } = await member.range({ key: bytes(key), linearizable });
  const [kv] = kvs;
  return kv && Buffer.from(kv.value).toString();
}
