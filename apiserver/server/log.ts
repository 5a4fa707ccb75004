// The log: one JSON line an event on stderr, with a constant message and its data in fields, so that lines can be
// counted and searched without parsing prose. Nothing is logged for a request that went as it should (see http/stages/audit.ts).
import { inspect } from 'node:util';
import { systemClock } from '../../store/index.js';

/** Every message there is; docs/operations.md says what each means. */
export const logMessages = {
  'admission plugin is not implemented': 'warn',
  'request failed': 'error',
  'response failed': 'error',
  'controllers failed': 'error',
  'kubeconfig not written': 'error',
  'etcd cannot be reached yet': 'warn',
  'request of an etcd client failed': 'error',
  'scheduled snapshot failed': 'error',
  'this member was removed from its cluster': 'warn',
  'warning of the runtime': 'warn',
  'the store failed': 'fatal',
  'unexpected failure': 'fatal',
} as const;

export type LogMessage = keyof typeof logMessages;
export type LogFields = Readonly<Record<string, string>>;

export function logLine(message: LogMessage, fields: LogFields = {}, error?: unknown): void {
  const level = logMessages[message];
  const time = new Date(systemClock.now()).toISOString();
  const line = { time, level, message, ...fields, ...failureOf(error) };
  process.stderr.write(`${JSON.stringify(line)}\n`);
}

function failureOf(error: unknown): { stack?: string | undefined; cause?: string } {
  if (error === undefined) return {};
  const { stack, cause } = isError(error) ? error : new Error(inspect(error));
  return { stack, ...(cause === undefined ? {} : { cause: causeOf(cause) }) };
}

const isError = (value: unknown): value is Error => value instanceof Error;

const causeOf = (cause: unknown): string =>
  isError(cause) ? (cause.stack ?? cause.message) : inspect(cause);
