// npm run chaos [-- --seconds=N --members=N --seed=N]: real processes, killed, paused and cut off from each other while
// clients write, read and watch. Ends with 1 when a write was lost, a history cannot be explained, a watch had a gap, a
// member died by itself or the cluster did not come back.
import { parseArgs } from 'node:util';
import { connectEtcd } from '../../store/index.js';
import { EtcdLoader } from '../bench/etcd/loader.js';
import { Random } from '../simulation/random.js';
import { runClient, Watcher, type Progress } from './clients.js';
import { nextFault } from './faults.js';
import { History } from './history.js';
import { Members } from './members.js';
import { verdictOf } from './verdict.js';

const clientCount = 6;
/** Long after any election: a cluster with a majority that takes no write by then has failed. */
const recoveryMaxMs = 30_000;
const statusMaxMs = 1_000;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '130' },
    members: { type: 'string', default: '3' },
    seed: { type: 'string' },
  },
});
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
const random = new Random(seed);
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const faults: string[] = [];
const members = await Members.start(Number(values.members), (member, log) => {
  faults.push(`m${member + 1} ended by itself: ${log.slice(-1500)}`);
});
say(`chaos: ${members.size} members, ${values.seconds} s, seed ${seed}`);
const stores = await Promise.all(
  members.endpoints.map((endpoint) =>
    connectEtcd({ endpoints: [endpoint], connectMaxMs: 30_000, requestMaxMs: 3_000 }),
  ),
);
const stop = new AbortController();
const history = new History();
const progress: Progress = { lastWriteMs: 0, onWrite: () => undefined };
const watchers = stores.map((store, member) => new Watcher(`m${member + 1}`, store, stop.signal));
const watching = watchers.map((watcher) => watcher.run());
const clientStop = new AbortController();
const parts = { stores, history, progress, stopped: clientStop.signal };
const clients = Array.from({ length: clientCount }, (_, i) =>
  runClient(`c${i}`, { ...parts, random: random.fork() }),
);

try {
  await untilWrite();
  const endAt = performance.now() + Number(values.seconds) * 1000;
  let count = 0;
  while (performance.now() < endAt && faults.length === 0) {
    await suffer(++count);
  }
  clientStop.abort();
  await Promise.all(clients);
  await finish();
} catch (error) {
  faults.push(String(error));
} finally {
  clientStop.abort();
  stop.abort();
}

const { answered, unknown } = history.counts;
const resumes = watchers.reduce((sum, watcher) => sum + watcher.resumes, 0);
say(
  `${answered} operations answered, ${unknown} without an answer, ${history.acknowledgedPuts().length} acknowledged puts; ` +
    `revision ${watchers[0]?.last ?? 0}; ${resumes} watches resumed`,
);
faults.push(...verdictOf(history, watchers));
for (const fault of faults) say(`FAILED: ${fault}`);
if (faults.length > 0)
  members.endpoints.forEach((_, i) => {
    say(`--- m${i + 1}\n${members.logOf(i).slice(-3000)}`);
  });
say(faults.length === 0 ? 'chaos: nothing lost, nothing out of order' : `replay: --seed=${seed}`);
await Promise.allSettled([...watching, ...stores.map((store) => store.close())]);
await members.close();
process.exit(faults.length === 0 ? 0 : 1);

async function suffer(count: number): Promise<void> {
  const leader = await leaderOf(members.endpoints);
  const fault = nextFault(members, leader, random);
  const began = performance.now();
  await fault.begin();
  const broken = performance.now();
  // With a majority left writes go on by themselves, before the fault ends.
  await pause(random.between(1500, 5000));
  const during = progress.lastWriteMs > broken ? 'writes went on' : 'no writes';
  const ended = performance.now();
  await fault.end();
  await untilWrite();
  const recovered = performance.now();
  say(
    `${count}. ${fault.name}: ${Math.round(ended - began)} ms, ${during}; ` +
      `next write ${Math.round(recovered - ended)} ms after its end`,
  );
  await pause(random.between(300, 1500));
}

/** Resolves at the next acknowledged write. */
function untilWrite(): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`no write was acknowledged for ${recoveryMaxMs} ms`));
    }, recoveryMaxMs);
    progress.onWrite = () => {
      clearTimeout(timer);
      progress.onWrite = () => undefined;
      resolve();
    };
  });
}

/** Who says of itself that it leads; 0 when nobody does. */
async function leaderOf(endpoints: readonly string[]): Promise<number> {
  const leads = await Promise.all(
    endpoints.map(async (endpoint) => {
      const loader = new EtcdLoader([endpoint], 1);
      try {
        const status = loader.ask('etcdserverpb.Maintenance/Status', {});
        const answer = await Promise.race([status, pause(statusMaxMs)]);
        return answer !== undefined && answer.leader === answer.header?.member_id;
      } catch {
        return false; // it is down
      } finally {
        loader.close();
      }
    }),
  );
  return Math.max(0, leads.indexOf(true));
}

/** Everything heals: every member serves the last revision, and every watch gets there. */
async function finish(): Promise<void> {
  members.links.heal();
  for (let member = 0; member < members.size; member++) {
    members.resume(member);
    members.launch(member);
  }
  const deadline = performance.now() + recoveryMaxMs;
  for (;;) {
    const revisions = await Promise.allSettled(
      stores.map(async (store) => (await store.range({ key: Buffer.from('end') })).revision),
    );
    const reached = revisions.map((one) => (one.status === 'fulfilled' ? one.value : -1));
    const last = Math.max(...reached);
    if (reached.every((one) => one === last) && watchers.every((one) => one.last === last)) return;
    if (performance.now() > deadline) {
      const watched = watchers.map((one) => one.last).join(', ');
      throw new Error(`members ended at ${reached.join(', ')}, watches at ${watched}`);
    }
    await pause(100);
  }
}
