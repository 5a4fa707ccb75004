// Endpoint: one etcd server's address and the connection to it. Connecting happens on demand and again by itself; a call
// on an endpoint that cannot be reached fails at once, so that another can be tried.
import { Client, connectivityState, credentials, type ChannelCredentials } from '@grpc/grpc-js';
import type { Clock } from '../../clock.js';

/** PEM. */
export interface EtcdClientTls {
  /** Authorities that servers' certificates must come from; absent: those that Node knows. */
  readonly ca?: Uint8Array;
  /** The client's own certificate and key. */
  readonly cert?: Uint8Array;
  readonly key?: Uint8Array;
}

const keepaliveMs = 30_000;
const keepaliveTimeoutMs = 10_000;
const reconnectMs = { min: 100, max: 1_000 };
/** How long a call waits for a connection that is being made. */
const connectMaxMs = 2_000;

export class Endpoint {
  readonly url: string;
  readonly client: Client;
  readonly #clock: Clock;

  /** Throws TypeError for what is no URL. */
  constructor(url: string, tls: EtcdClientTls | undefined, clock: Clock) {
    this.url = url;
    this.#clock = clock;
    const { target, isSecure } = parseEndpoint(url, tls !== undefined);
    this.client = new Client(target, isSecure ? secured(tls) : credentials.createInsecure(), {
      'grpc.keepalive_time_ms': keepaliveMs,
      'grpc.keepalive_timeout_ms': keepaliveTimeoutMs,
      'grpc.initial_reconnect_backoff_ms': reconnectMs.min,
      'grpc.max_reconnect_backoff_ms': reconnectMs.max,
      // Ranges of a whole registry come in one message.
      'grpc.max_receive_message_length': -1,
      'grpc.max_send_message_length': -1,
      // Whether to repeat a call is decided in caller.ts.
      'grpc.enable_retries': 0,
      'grpc.service_config_disable_resolution': 1,
      'grpc.use_local_subchannel_pool': 1,
      'grpc.enable_http_proxy': 0,
      'grpc.enable_channelz': 0,
      'grpc-node.flow_control_window': 4 * 2 ** 20,
    });
  }

  /** Resolves when a call can be made or is known to fail at once; false: the connection takes too long. */
  async settled(): Promise<boolean> {
    const channel = this.client.getChannel();
    const deadline = this.#clock.now() + connectMaxMs;
    for (;;) {
      const state = channel.getConnectivityState(true);
      if (state !== connectivityState.CONNECTING && state !== connectivityState.IDLE) return true;
      const inTime = await new Promise<boolean>((resolve) => {
        channel.watchConnectivityState(state, deadline, (error) => {
          resolve(error === undefined);
        });
      });
      if (!inTime) return false;
    }
  }

  close(): void {
    this.client.close();
  }
}

function secured(tls: EtcdClientTls = {}): ChannelCredentials {
  const pem = (bytes: Uint8Array | undefined): Buffer | null =>
    bytes === undefined ? null : Buffer.from(bytes);
  return credentials.createSsl(pem(tls.ca), pem(tls.key), pem(tls.cert));
}

/** `http://host:port`, `https://…`, `host:port` (secure when there are TLS options), `unix://path`. */
export function parseEndpoint(
  url: string,
  hasTls: boolean,
): { readonly target: string; readonly isSecure: boolean } {
  const [, scheme, rest = ''] = /^(?:(https?|unixs?):\/\/)?([^/].*|\/.*)$/.exec(url) ?? [];
  if (rest === '') throw new TypeError(`not an etcd endpoint: ${JSON.stringify(url)}`);
  if (scheme === 'unix' || scheme === 'unixs') {
    return { target: `unix:${rest}`, isSecure: scheme === 'unixs' };
  }
  const isSecure = scheme === undefined ? hasTls : scheme === 'https';
  if (!URL.canParse(`http://${rest}`)) {
    throw new TypeError(`not an etcd endpoint: ${JSON.stringify(url)}`);
  }
  const { hostname, port, pathname } = new URL(`http://${rest}`);
  if (pathname !== '/') throw new TypeError(`an etcd endpoint has no path: ${JSON.stringify(url)}`);
  return { target: `dns:${hostname}:${port === '' ? defaultPort(scheme) : port}`, isSecure };
}

const defaultPort = (scheme: string | undefined): string =>
  scheme === 'https' ? '443' : scheme === 'http' ? '80' : '2379';
