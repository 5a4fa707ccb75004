// grpc.health.v1: whether this member serves. It does not without a leader (reads would wait for one).
import type { StoreNode } from '../../node.js';
import { CallError, statusCode, stream, unary, type Served } from '../call.js';
import { servingStatus } from '../messages.js';
import { schema } from '../schema.js';

export function healthService(node: StoreNode): readonly Served[] {
  const known = new Set(['', ...[...schema.methods.values()].map(({ service }) => service)]);
  const status = (service: string): number => {
    if (!known.has(service)) return servingStatus.SERVICE_UNKNOWN;
    return node.hasLeader ? servingStatus.SERVING : servingStatus.NOT_SERVING;
  };
  return [
    // eslint-disable-next-line @typescript-eslint/require-await -- a refusal is a rejected promise
    unary('grpc.health.v1.Health/Check', async ({ service }) => {
      if (!known.has(service)) throw new CallError(statusCode.notFound, 'unknown service');
      return { status: status(service) };
    }),
    stream('grpc.health.v1.Health/Watch', (_, out) => {
      let last: number | undefined;
      let stop = (): void => undefined;
      return {
        message({ service }) {
          const tell = (): void => {
            const now = status(service);
            if (now === last) return;
            last = now;
            out.send({ status: now });
          };
          stop();
          stop = node.onLeaderChange(tell);
          tell();
        },
        halfClosed: () => undefined,
        drained: () => undefined,
        closed() {
          stop();
        },
      };
    }),
  ];
}
