// The pages about a member's condition: /version, /health (since 3.0), /livez and /readyz with a check each below them
// (since 3.5.11). They ask for no user; they tell nothing but whether it works.
import { StoreError } from '../../errors.js';
import type { StoreNode } from '../../node.js';
import { clusterVersion, etcdVersion, storageVersion } from '../version.js';

export interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const plainText = 'text/plain; charset=utf-8';
const json = 'application/json';

export function isStatusPage(path: string): boolean {
  return path === '/version' || path === '/health' || checksAt(path) !== undefined;
}

/** `path`: one that isStatusPage says yes to. */
export async function statusPage(
  node: StoreNode,
  path: string,
  query: URLSearchParams,
): Promise<Page> {
  if (path === '/version') return versionPage();
  if (path === '/health') return healthPage(node, query);
  return checksPage(node, path, checksAt(path) ?? [], query);
}

/** /readyz, and /readyz/serializable_read for one check alone. */
function checksAt(path: string): readonly CheckName[] | undefined {
  const [, root = '', name, ...more] = path.replace(/\/$/, '').split('/');
  if ((root !== 'livez' && root !== 'readyz') || more.length > 0) return undefined;
  const names = checksOf[root];
  return name === undefined
    ? names
    : names.some((each) => each === name)
      ? [name as CheckName]
      : undefined; // as: just found
}

function versionPage(): Page {
  const versions = {
    etcdserver: etcdVersion,
    etcdcluster: clusterVersion,
    storage: storageVersion,
  };
  return { status: 200, type: json, body: JSON.stringify(versions) };
}

/** `?exclude=NOSPACE` looks past an alarm, `?serializable=true` past the other members. */
async function healthPage(node: StoreNode, query: URLSearchParams): Promise<Page> {
  const reason = await illness(node, query);
  const body = JSON.stringify({ health: reason === '' ? 'true' : 'false', reason });
  return { status: reason === '' ? 200 : 503, type: json, body };
}

/** '' = healthy. */
async function illness(node: StoreNode, query: URLSearchParams): Promise<string> {
  const excluded = query.getAll('exclude').map((name) => name.toLowerCase());
  const isLocal = query.get('serializable') === 'true';
  const { alarms } = await node.storeFor().status();
  const alarm = alarms.find((each) => !excluded.includes(each));
  if (alarm !== undefined) return `ALARM ${alarm.toUpperCase()}`;
  if (!isLocal && !node.hasLeader) return 'RAFT NO LEADER';
  const failure = await readFailure(node, !isLocal);
  return failure === undefined ? '' : `RANGE ERROR:${failure}`;
}

async function readFailure(node: StoreNode, linearizable: boolean): Promise<string | undefined> {
  try {
    const key = Buffer.from('health');
    await node.storeFor().range({ key, limit: 1, keysOnly: true, linearizable });
    return undefined;
  } catch (error) {
    if (error instanceof StoreError) return error.message;
    throw error;
  }
}

type Check = (node: StoreNode) => Promise<string | undefined>;

/** Each answers why it failed, if it did. */
const checks = {
  data_corruption: async (node) => {
    const { alarms } = await node.storeFor().status();
    return alarms.includes('corrupt') ? 'alarm activated: CORRUPT' : undefined;
  },
  serializable_read: (node) => readFailure(node, false),
  linearizable_read: (node) => readFailure(node, true),
  non_learner: (node) => Promise.resolve(node.isLearner ? 'not supported for learner' : undefined),
} as const satisfies Record<string, Check>;

type CheckName = keyof typeof checks;

const checksOf: Readonly<Record<'livez' | 'readyz', readonly CheckName[]>> = {
  livez: ['serializable_read'],
  readyz: ['data_corruption', 'linearizable_read', 'non_learner', 'serializable_read'],
};

/** `?exclude=NAME`, `?allowlist=NAME`: which to run; `?verbose`: what each said. */
async function checksPage(
  node: StoreNode,
  path: string,
  names: readonly CheckName[],
  query: URLSearchParams,
): Promise<Page> {
  const excluded = query.getAll('exclude');
  const allowed = query.getAll('allowlist');
  if (excluded.length > 0 && allowed.length > 0) {
    const body = 'do not use both query parameters allowlist and exclude in one request\n';
    return { status: 400, type: plainText, body };
  }
  const chosen = names.filter(
    (name) => !excluded.includes(name) && (allowed.length === 0 || allowed.includes(name)),
  );
  let report = '';
  let isWell = true;
  for (const name of chosen) {
    const failure = await checks[name](node);
    report += failure === undefined ? `[+]${name} ok\n` : `[-]${name} failed: ${failure}\n`;
    isWell &&= failure === undefined;
  }
  if (!isWell)
    return { status: 503, type: plainText, body: `${report}${path.slice(1)} check failed\n` };
  const body = query.has('verbose') ? `${report}ok\n` : 'ok\n';
  return { status: 200, type: plainText, body };
}
