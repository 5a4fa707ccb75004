// The log: one JSON line an event on stderr, with a constant message and its data in fields, so that lines can be
// counted and searched without parsing prose. Nothing is logged for a request that went as it should (see http/audit.ts).
import { inspect } from 'node:util';
import { systemClock } from '../../store/index.js';

export type LogLevel = 'warn' | 'error' | 'fatal';

export type LogFields = Readonly<Record<string, string>>;

export function logLine(
  level: LogLevel,
  message: string,
  fields: LogFields = {},
  error?: unknown,
): void {
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
