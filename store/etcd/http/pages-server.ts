// The listeners of --listen-metrics-urls: HTTP/1 and pages only.
import { createServer } from 'node:http';
import { systemClock, type Clock } from '../../clock.js';
import { listen, type Listener, type TlsMaterial } from '../listener.js';
import type { EtcdMetrics } from '../metrics.js';
import type { HttpHandler } from './handler.js';

export interface PagesOptions {
  readonly listenMetricsUrls?: readonly string[];
  readonly tls?: TlsMaterial;
  readonly clock?: Clock;
}

export interface PagesServer {
  /** As given, with the ports that were taken. */
  readonly urls: readonly string[];
  close(): Promise<void>;
}

/** A monitor has one or two connections; this is far more, and bounds what strangers take. */
const connectionsMax = 1000;

/** Errors: those of `listen`; then nothing is left open. */
export async function startPagesServer(
  { listenMetricsUrls = [], tls, clock = systemClock }: PagesOptions,
  handler: HttpHandler,
  metrics: EtcdMetrics,
): Promise<PagesServer> {
  const http1 = createServer(handler);
  const listeners: Listener[] = [];
  const close = async (): Promise<void> => {
    const stopped = Promise.all(listeners.map((listener) => listener.stop()));
    for (const listener of listeners) listener.destroy();
    await stopped;
  };
  try {
    for (const url of listenMetricsUrls) {
      const listener = await listen(url, {
        ...(tls && { tls }),
        clock,
        metrics,
        connectionsMax,
        http1: (socket) => http1.emit('connection', socket),
        http2: (socket) => {
          socket.destroy();
        },
      });
      listeners.push(listener);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { urls: listeners.map(({ url }) => url), close };
}
