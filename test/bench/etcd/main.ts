// npm run bench:etcd: frontdesk's store beside a real etcd, in turns, with the same client on the same machine; then what
// only the embedded store has. Ratios are what to read: absolute figures are this machine's. Not a test.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import os from 'node:os';
import { frontdeskEtcd, EtcdProcess, startEtcdCluster } from '../../support/etcd-process.js';
import { cases, clusterCases, type Case } from './cases.js';
import { durablePuts, growth } from './embedded.js';

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const rate = (perSecond: number): string => `${Math.round(perSecond).toLocaleString('en')}/s`;

const row = (name: string, ours: string, theirs: string, ratio: string): void => {
  say(`${name.padEnd(44)} ${ours.padEnd(14)} ${theirs.padEnd(14)} ${ratio}`);
};

const programs = [frontdeskEtcd, ['etcd']] as const;

/** Each case gets servers of its own, ours and then theirs, so that what is disturbed disturbs both. */
async function compare(
  list: readonly Case[],
  start: (program: readonly string[]) => Promise<readonly EtcdProcess[]>,
): Promise<void> {
  for (const { name, run } of list) {
    const found: number[] = [];
    for (const program of programs) {
      const members = await start(program);
      try {
        found.push(await run(members.map(({ endpoint }) => endpoint)));
      } finally {
        await Promise.all(members.map((member) => member.stop()));
      }
    }
    const [ours = 0, theirs = 1] = found;
    row(name, rate(ours), rate(theirs), (ours / theirs).toFixed(2));
  }
}

/** etcdctl's own judgement; it runs for a minute a load. */
async function checkPerf(load: string): Promise<void> {
  const found: string[] = [];
  for (const program of programs) {
    const server = await EtcdProcess.start({ program, isQuick: false });
    const child = spawn('etcdctl', [
      `--endpoints=${server.endpoint}`,
      'check',
      'perf',
      `--load=${load}`,
    ]);
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    await once(child, 'close');
    found.push(/Throughput (?:is|too low:) (\d+)/.exec(printed)?.[1] ?? 'no figure');
    await server.stop();
  }
  const [ours = '', theirs = ''] = found;
  row(
    `etcdctl check perf --load=${load}`,
    `${ours}/s`,
    `${theirs}/s`,
    (Number(ours) / Number(theirs)).toFixed(2),
  );
}

say(`node ${process.version}, ${os.cpus().length} x ${os.cpus()[0]?.model ?? 'CPU'}\n`);
row('WHAT', 'FRONTDESK', 'ETCD', 'RATIO');
await compare(cases, async (program) => [await EtcdProcess.start({ program, isQuick: false })]);
await compare(clusterCases, (program) => startEtcdCluster(3, { program, isQuick: false }));
for (const load of process.argv.includes('--perf') ? ['s', 'm', 'l', 'xl'] : ['xl'])
  await checkPerf(load);
say('');
for (const figure of [...(await durablePuts()), ...(await growth())]) say(figure);
