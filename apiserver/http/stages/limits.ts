// limitInFlight: at most so many requests at a time, reading and writing counted apart; more get 429 and
// are asked to come back in a second. Long-running requests and system:masters are not counted out.
import { tooManyRequests } from '../../object/api-error.js';
import { mastersGroup } from '../../auth/authorizer.js';
import type { Stage } from '../pipeline.js';
import { isLongRunning, type RequestInfo } from './request-info.js';
import type { RequestMetrics } from './request-metrics.js';

export interface InFlightLimits {
  readonly readingMax: number;
  readonly writingMax: number;
}

const readingVerbs = new Set(['get', 'list', 'watch', 'head', 'options']);
const retryAfterSeconds = 1;

export const isReading = (info: RequestInfo): boolean => readingVerbs.has(info.verb);

export function limitInFlight(limits: InFlightLimits, metrics: RequestMetrics): Stage {
  const { inFlight } = metrics;
  return (call, next) => {
    if (isLongRunning(call.info)) return next();
    const kind = isReading(call.info) ? 'readOnly' : 'mutating';
    const max = kind === 'readOnly' ? limits.readingMax : limits.writingMax;
    if (inFlight[kind] >= max && !call.user.groups.includes(mastersGroup)) {
      metrics.rejected[kind]++;
      throw tooManyRequests('Too many requests, please try again later.', retryAfterSeconds);
    }
    inFlight[kind]++;
    call.onFinish(() => {
      inFlight[kind]--;
    });
    return next();
  };
}
