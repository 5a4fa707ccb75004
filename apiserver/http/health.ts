// /healthz, /livez, /readyz: `ok`, or every check's line with ?verbose; ?exclude=NAME leaves one out;
// /livez/NAME runs one. Texts are apiserver's healthz package's. Reasons of failures go to the log only.
import type { Call, Reply } from './call.js';

export interface HealthCheck {
  readonly name: string;
  /** Throws what is wrong. */
  readonly check: () => void | Promise<void>;
}

export interface HealthChecks {
  readonly livez: readonly HealthCheck[];
  /** What makes a live server not (yet, or no longer) want requests. */
  readonly readyz: readonly HealthCheck[];
}

const encoder = new TextEncoder();
const endpoints = /^\/(healthz|livez|readyz)(?:\/(.*))?$/;

export const isHealthPath = (path: string): boolean => endpoints.test(path);

export async function healthReply(call: Call, checks: HealthChecks): Promise<Reply | undefined> {
  const [, endpoint = '', name = ''] = endpoints.exec(call.info.path) ?? [];
  const list = endpoint === 'readyz' ? [...checks.livez, ...checks.readyz] : checks.livez;
  if (name === '') return summary(endpoint, list, call.query);
  // By its name each check can be asked for, wherever it counts.
  const all = [...checks.livez, ...checks.readyz];
  const check = all.find((candidate) => candidate.name === name);
  if (check === undefined) return undefined;
  return (await isPassing(check)) ? text(200, 'ok') : text(500, 'internal server error: failed\n');
}

async function summary(
  endpoint: string,
  list: readonly HealthCheck[],
  query: URLSearchParams,
): Promise<Reply> {
  const excluded = new Set(query.getAll('exclude').flatMap((names) => names.split(',')));
  excluded.delete('');
  const lines: string[] = [];
  let passing = true;
  for (const check of list) {
    if (excluded.delete(check.name)) lines.push(`[+]${check.name} excluded: ok`);
    else if (await isPassing(check)) lines.push(`[+]${check.name} ok`);
    else {
      passing = false;
      lines.push(`[-]${check.name} failed: reason withheld`);
    }
  }
  if (excluded.size > 0) {
    const names = [...excluded].map((name) => JSON.stringify(name)).join(', ');
    lines.push(`warn: some health checks cannot be excluded: no matches for ${names}`);
  }
  if (!passing) return text(500, [...lines, `${endpoint} check failed`, ''].join('\n'));
  if (!query.has('verbose')) return text(200, 'ok');
  return text(200, [...lines, `${endpoint} check passed`, ''].join('\n'));
}

async function isPassing({ check }: HealthCheck): Promise<boolean> {
  try {
    await check();
    return true;
  } catch {
    return false;
  }
}

const text = (code: number, body: string): Reply => ({
  type: 'bytes',
  code,
  contentType: 'text/plain; charset=utf-8',
  body: encoder.encode(body),
  headers: { 'X-Content-Type-Options': 'nosniff' },
});
