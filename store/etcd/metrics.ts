// What etcd counts about its clients, under etcd's names, as plain numbers: the page /metrics is put together elsewhere.
import type { MethodRow } from './schema.js';

/** One line of the page. */
export interface Sample {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

type Method = Pick<MethodRow, 'service' | 'name' | 'path' | 'requestStream' | 'responseStream'>;

/** Counts of one method. */
interface MethodCounts {
  readonly method: Method;
  started: number;
  received: number;
  sent: number;
  /** By gRPC's name of the status. */
  readonly handled: Map<string, number>;
}

const statusNames = [
  ...['OK', 'Canceled', 'Unknown', 'InvalidArgument', 'DeadlineExceeded', 'NotFound'],
  ...['AlreadyExists', 'PermissionDenied', 'ResourceExhausted', 'FailedPrecondition', 'Aborted'],
  ...['OutOfRange', 'Unimplemented', 'Internal', 'Unavailable', 'DataLoss', 'Unauthenticated'],
];

export class EtcdMetrics {
  readonly #methods = new Map<string, MethodCounts>();
  receivedBytes = 0;
  sentBytes = 0;
  watches = 0;
  watchStreams = 0;
  slowWatchStreams = 0;
  eventsSent = 0;
  connections = 0;
  refusedConnections = 0;

  /** The counts of a method: take them once, then add to them. */
  of(method: Method): MethodCounts {
    let counts = this.#methods.get(method.path);
    if (!counts) {
      counts = { method, started: 0, received: 0, sent: 0, handled: new Map() };
      this.#methods.set(method.path, counts);
    }
    return counts;
  }

  samples(): Sample[] {
    return [...[...this.#methods.values()].flatMap(methodSamples), ...this.#totals()];
  }

  #totals(): Sample[] {
    const line = (name: string, type: Sample['type'], help: string, value: number): Sample => ({
      ...{ name, type, help, value },
      labels: {},
    });
    return [
      line(
        'etcd_network_client_grpc_received_bytes_total',
        'counter',
        'The total number of bytes received from grpc clients.',
        this.receivedBytes,
      ),
      line(
        'etcd_network_client_grpc_sent_bytes_total',
        'counter',
        'The total number of bytes sent to grpc clients.',
        this.sentBytes,
      ),
      line('etcd_debugging_mvcc_watcher_total', 'gauge', 'Total number of watchers.', this.watches),
      line(
        'etcd_debugging_mvcc_watch_stream_total',
        'gauge',
        'Total number of watch streams.',
        this.watchStreams,
      ),
      line(
        'etcd_debugging_mvcc_slow_watcher_total',
        'gauge',
        'Total number of unsynced slow watchers.',
        this.slowWatchStreams,
      ),
      line(
        'etcd_debugging_mvcc_events_total',
        'counter',
        'Total number of events sent by this member.',
        this.eventsSent,
      ),
    ];
  }
}

export function countHandled(counts: MethodCounts, status: number): void {
  const name = statusNames[status] ?? 'Unknown';
  counts.handled.set(name, (counts.handled.get(name) ?? 0) + 1);
}

function methodSamples({ method, started, received, sent, handled }: MethodCounts): Sample[] {
  const labels = {
    grpc_type: typeOf(method),
    grpc_service: method.service,
    grpc_method: method.name,
  };
  const line = (name: string, help: string, value: number): Sample => ({
    ...{ name, help, labels, value },
    type: 'counter',
  });
  return [
    line('grpc_server_started_total', 'Total number of RPCs started on the server.', started),
    line(
      'grpc_server_msg_received_total',
      'Total number of RPC stream messages received on the server.',
      received,
    ),
    line(
      'grpc_server_msg_sent_total',
      'Total number of gRPC stream messages sent by the server.',
      sent,
    ),
    ...[...handled].map(([grpc_code, value]): Sample => ({
      name: 'grpc_server_handled_total',
      type: 'counter',
      help: 'Total number of RPCs completed on the server, regardless of success or failure.',
      labels: { ...labels, grpc_code },
      value,
    })),
  ];
}

function typeOf({ requestStream, responseStream }: Method): string {
  if (requestStream) return responseStream ? 'bidi_stream' : 'client_stream';
  return responseStream ? 'server_stream' : 'unary';
}
