// setDeadline: a request that takes longer than --request-timeout (or its own ?timeout=) gets 504. What it
// has begun may still finish: the client cannot know, as with any timeout. Watches have their own end.
import { badRequest, timeout } from '../../object/api-error.js';
import { goDuration } from '../../object/duration.js';
import type { Call } from '../call.js';
import { DeadlineQueue } from './deadline-queue.js';
import type { Stage } from '../pipeline.js';
import { isLongRunning } from './request-info.js';

export function setDeadline(requestTimeoutMs: number): Stage {
  const defaults = new DeadlineQueue(requestTimeoutMs);
  return (call, next) => {
    if (isLongRunning(call.info)) return next();
    const askedMs = askedTimeoutMs(call) ?? requestTimeoutMs;
    return new Promise((resolve, reject) => {
      const expire = (): void => {
        call.abort();
        reject(timeout('Timeout: request did not complete within the allotted timeout'));
      };
      const cancel =
        askedMs < requestTimeoutMs
          ? call.clock.after(askedMs, expire)
          : defaults.add(call.clock, expire);
      next().then(
        (reply) => {
          cancel();
          resolve(reply);
        },
        (error: unknown) => {
          cancel();
          reject(error instanceof Error ? error : new Error('unknown failure', { cause: error }));
        },
      );
    });
  };
}

function askedTimeoutMs(call: Call): number | undefined {
  if (!call.search.includes('timeout=')) return undefined;
  const text = call.query.get('timeout');
  if (text === null || text === '') return undefined;
  const ms = goDuration(text);
  if (ms === undefined) {
    throw badRequest(
      `invalid timeout specified in the request URL - time: invalid duration ${JSON.stringify(text)}`,
    );
  }
  return ms > 0 ? ms : undefined;
}
