// The pipeline: every request passes these stages in this order, then a handler. A stage fills the Call,
// may answer itself, and may look at the reply on its way back. Read next: listener.ts (who calls it).
import type { Authenticator } from '../auth/authenticator.js';
import type { Authorizer } from '../auth/authorizer.js';
import { audit, type AuditLog } from './stages/audit.js';
import { authenticate, type AnonymousMode } from './stages/authenticate.js';
import { authorize } from './stages/authorize.js';
import type { Call, Reply } from './call.js';
import { setDeadline } from './stages/deadline.js';
import { impersonate } from './stages/impersonate.js';
import { limitInFlight, type InFlightLimits } from './stages/limits.js';
import { recordMetrics, type RequestMetrics } from './stages/request-metrics.js';
import { parseRequestInfo } from './stages/request-info.js';
import { reportFailure, type FailureLog } from './stages/report-failure.js';

export type Handler = (call: Call) => Promise<Reply>;
export type Stage = (call: Call, next: () => Promise<Reply>) => Promise<Reply>;

export interface PipelineParts {
  readonly authenticator: Authenticator;
  readonly anonymous: AnonymousMode;
  readonly authorizer: Authorizer;
  readonly auditLog: AuditLog | undefined;
  readonly metrics: RequestMetrics;
  readonly inFlight: InFlightLimits;
  readonly requestTimeoutMs: number;
  readonly failures: FailureLog;
}

export function createPipeline(parts: PipelineParts, handler: Handler): Handler {
  const stages: readonly Stage[] = [
    reportFailure(parts.failures),
    recordMetrics(parts.metrics),
    readRequestInfo,
    setDeadline(parts.requestTimeoutMs),
    authenticate(parts.authenticator, parts.anonymous),
    audit(parts.auditLog),
    impersonate(parts.authorizer),
    limitInFlight(parts.inFlight, parts.metrics),
    authorize(parts.authorizer),
  ];
  return stages.reduceRight<Handler>(
    (next, stage) => (call) => stage(call, () => next(call)),
    handler,
  );
}

const readRequestInfo: Stage = (call, next) => {
  call.info = parseRequestInfo(call.method, call.rawPath, call.search);
  return next();
};
