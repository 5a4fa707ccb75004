// audit: one JSON line a request at level Metadata (audit.k8s.io/v1 Event), written when the response is
// done; a watch gets one more when its headers leave. Lines that cannot be written in time are dropped and
// counted: an audit log must not be able to stop the server.
import type { Writable } from 'node:stream';
import type { UserInfo } from '../../auth/user-info.js';
import type { Call } from '../call.js';
import type { Stage } from '../pipeline.js';
import { isLongRunning, type RequestInfo } from './request-info.js';

type AuditStage = 'ResponseStarted' | 'ResponseComplete';
const queueBytesMax = 16 * 1024 * 1024;

export class AuditLog {
  dropped = 0;
  readonly #sink: Writable;

  constructor(sink: Writable) {
    this.#sink = sink;
    // A full disk shows up here; the count of dropped lines tells.
    sink.on('error', () => {
      this.dropped++;
    });
  }

  write(event: object): void {
    if (this.#sink.destroyed || this.#sink.writableLength > queueBytesMax) this.dropped++;
    else this.#sink.write(`${JSON.stringify(event)}\n`);
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#sink.destroyed) resolve();
      else this.#sink.end(resolve);
    });
  }
}

export const audit =
  (log: AuditLog | undefined): Stage =>
  (call, next) => {
    if (log === undefined) return next();
    call.onFinish(() => {
      log.write(eventOf(call, 'ResponseComplete'));
    });
    if (!isLongRunning(call.info)) return next();
    return next().then((reply) => {
      call.code = reply.code;
      log.write(eventOf(call, 'ResponseStarted'));
      return reply;
    });
  };

function eventOf(call: Call, stage: AuditStage): object {
  const sender = call.impersonator ?? call.user;
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    auditID: call.auditId,
    stage,
    requestURI: call.request.url,
    verb: call.info.verb,
    user: userOf(sender),
    ...(call.impersonator === undefined ? {} : { impersonatedUser: userOf(call.user) }),
    sourceIPs: [call.socket.remoteAddress ?? ''],
    userAgent: call.userAgent,
    ...objectRefOf(call.info),
    responseStatus: { metadata: {}, code: call.code },
    requestReceivedTimestamp: microTime(call.receivedAtMs),
    stageTimestamp: microTime(call.clock.now()),
    ...(call.decision === undefined
      ? {}
      : { annotations: { 'authorization.k8s.io/decision': call.decision } }),
  };
}

const userOf = ({ name, uid, groups, extra }: UserInfo): object => ({
  username: name,
  ...(uid === '' ? {} : { uid }),
  groups,
  ...(Object.keys(extra).length === 0 ? {} : { extra }),
});

function objectRefOf(info: RequestInfo): object {
  if (info.type === 'path') return {};
  const { plural, namespace, name, group, version, subresource } = info;
  const filled = Object.entries({
    resource: plural,
    namespace,
    name,
    apiGroup: group,
    subresource,
  });
  const objectRef = Object.fromEntries(filled.filter(([, value]) => value !== ''));
  return { objectRef: { ...objectRef, apiVersion: version } };
}

/** RFC 3339 with microseconds. */
const microTime = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z');
