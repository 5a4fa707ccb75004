// etcdserverpb.Watch over a node: one WatchStream a call.
import type { Clock } from '../../clock.js';
import type { StoreNode } from '../../node.js';
import { stream, type Served } from '../call.js';
import type { EtcdMetrics } from '../metrics.js';
import { WatchMessages } from './watch-messages.js';
import { WatchStream } from './watch-stream.js';

export interface WatchOptions {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly metrics: EtcdMetrics;
  /** How often a watch that asked for it, and got nothing meanwhile, is told the revision. */
  readonly progressIntervalMs: number;
  /** A watch that allows fragments gets answers no bigger than this. */
  readonly requestBytesMax: number;
}

/** What all streams share. */
export interface WatchContext extends WatchOptions {
  readonly node: StoreNode;
  readonly messages: WatchMessages;
}

export function watchService(node: StoreNode, options: WatchOptions): readonly Served[] {
  const context: WatchContext = { ...options, node, messages: new WatchMessages() };
  return [stream('etcdserverpb.Watch/Watch', (call, out) => new WatchStream(context, call, out))];
}
