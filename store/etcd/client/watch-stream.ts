// WatchStream: one gRPC stream that carries many watches to one endpoint. An answer to a progress request speaks for every
// watch of the stream, so no request is sent while a watch is being created, and none is created while one is unanswered.
import { status, type ClientDuplexStream } from '@grpc/grpc-js';
import type { StoreErrorCode } from '../../errors.js';
import type { Revision } from '../../kv.js';
import { methodType } from '../codec.js';
import type { WatchRequest, WatchResponse } from '../messages.js';
import { revisionOf } from './answers.js';
import type { Caller } from './caller.js';
import type { Endpoint } from './endpoint.js';
import { codeOfText, failureOf, type CallStatus, type Failure } from './failure.js';
import type { RemoteWatch } from './remote-watch.js';
import { answersProgress } from './server-version.js';

export interface StreamOwner {
  /** Once, unless it was closed. `watches`: what it carried. */
  failed(stream: WatchStream, failure: Failure, watches: readonly RemoteWatch[]): void;
}

const method = methodType('etcdserverpb.Watch/Watch');
const statusMethod = methodType('etcdserverpb.Maintenance/Status');
const statusMaxMs = 5_000;
const watchesMax = 100;
const toNobody = -1n;

export const isTokenRefused = (code: StoreErrorCode | undefined): boolean =>
  code === 'invalid-auth-token' || code === 'auth-old-revision';

export class WatchStream {
  readonly endpoint: Endpoint;
  /** Its watches want progress. */
  readonly isProgress: boolean;
  readonly #caller: Caller;
  readonly #owner: StreamOwner;
  #call: ClientDuplexStream<Buffer, WatchResponse> | undefined;
  #answersProgress = false;
  #isOver = false;
  /** Not asked for yet: the stream is being opened. */
  #waiting: RemoteWatch[] = [];
  /** In the order in which the server will answer; undefined: given up since. */
  #creating: (RemoteWatch | undefined)[] = [];
  readonly #byId = new Map<bigint, RemoteWatch>();
  readonly #ids = new Map<RemoteWatch, bigint>();
  #unanswered = 0;
  /** Its token is known no more; what it carries goes on. */
  #isStale = false;

  constructor(caller: Caller, endpoint: Endpoint, isProgress: boolean, owner: StreamOwner) {
    this.#caller = caller;
    this.endpoint = endpoint;
    this.isProgress = isProgress;
    this.#owner = owner;
    void this.#open();
  }

  get isEmpty(): boolean {
    return this.#watches().length === 0;
  }

  get hasRoom(): boolean {
    const count = this.#waiting.length + this.#creating.length + this.#byId.size;
    return !this.#isOver && !this.#isStale && this.#unanswered === 0 && count < watchesMax;
  }

  add(watch: RemoteWatch): void {
    if (this.#call === undefined) this.#waiting.push(watch);
    else this.#create(watch);
  }

  /** Whether it was carried by this stream. */
  remove(watch: RemoteWatch): boolean {
    const id = this.#ids.get(watch);
    const creating = this.#creating.indexOf(watch);
    const waiting = this.#waiting.indexOf(watch);
    if (id !== undefined) {
      this.#forget(id, watch);
      this.#send({ cancel_request: { watch_id: id } });
    } else if (creating >= 0) this.#creating[creating] = undefined;
    else if (waiting >= 0) this.#waiting.splice(waiting, 1);
    else return false;
    watch.detached();
    return true;
  }

  /** Asks how far the watches are, if that can be asked and one is behind `revision`. True: ask again some time. */
  askProgress(revision: Revision): boolean {
    if (this.#isOver || !this.isProgress) return false;
    if (this.#call === undefined || this.#creating.length > 0) return true;
    const isBehind = (watch: RemoteWatch): boolean => watch.next <= revision;
    if (!this.#answersProgress || ![...this.#byId.values()].some(isBehind)) return false;
    this.#unanswered += 1;
    this.#send({ progress_request: {} });
    return true;
  }

  close(): void {
    this.#isOver = true;
    this.#call?.cancel();
  }

  async #open(): Promise<void> {
    const failure = await this.#learnVersion();
    if (this.#isOver) return;
    if (failure) {
      this.#fail(failure);
      return;
    }
    const call = await this.#makeCall();
    if (call === undefined) return;
    this.#call = call;
    call.on('data', (response: WatchResponse) => {
      if (!this.#isOver) this.#receive(response);
    });
    call.on('error', (error) => {
      // as: grpc-js emits ServiceErrors
      this.#fail(failureOf(error as unknown as CallStatus));
    });
    call.on('end', () => {
      this.#fail(failureOf({ code: status.UNAVAILABLE, details: 'the watch stream ended' }));
    });
    for (const watch of this.#waiting.splice(0)) this.#create(watch);
  }

  /** Of the endpoint the stream goes to: members of a cluster differ while it is being upgraded. */
  async #learnVersion(): Promise<Failure | undefined> {
    if (!this.isProgress) {
      await this.endpoint.settled();
      return undefined;
    }
    const answer = await this.#caller.callAt(this.endpoint, statusMethod, {}, statusMaxMs);
    if ('failure' in answer) return answer.failure;
    this.#answersProgress = answersProgress(answer.response.version);
    return undefined;
  }

  async #makeCall(): Promise<ClientDuplexStream<Buffer, WatchResponse> | undefined> {
    try {
      const metadata = (await this.#caller.metadata()).clone();
      // A member cut off from its cluster ends the stream instead of staying silent.
      metadata.set('hasleader', 'true');
      if (this.#isOver || this.#caller.closed.aborted) return undefined;
      return this.endpoint.client.makeBidiStreamRequest(
        method.path,
        (message: Buffer) => message,
        (message: Buffer) => method.response.decode(message),
        metadata,
      );
    } catch (error) {
      // as: metadata throws nothing but the token's StoreErrors
      const { details, code } = { details: (error as Error).message, code: status.UNKNOWN };
      this.#fail(failureOf({ code, details }));
      return undefined;
    }
  }

  #create(watch: RemoteWatch): void {
    this.#creating.push(watch);
    this.#send({ create_request: watch.request(this.#answersProgress) });
  }

  #send(request: WatchRequest): void {
    if (!this.#isOver) this.#call?.write(method.request.encode(request));
  }

  #receive(response: WatchResponse): void {
    const { watch_id: id, events, fragment } = response;
    if (response.created) {
      this.#created(response);
      return;
    }
    if (id === toNobody) {
      // Which of several requests it answers cannot be told: the others may still be on their way.
      if (this.#unanswered === 1) this.#unanswered = 0;
      for (const watch of this.#byId.values()) watch.mark(revisionOf(response));
      return;
    }
    const watch = this.#byId.get(id);
    if (watch === undefined) return;
    if (response.canceled) {
      this.#forget(id, watch);
      watch.detached();
      watch.canceled(response.compact_revision, response.cancel_reason);
    } else if (events.length > 0 || fragment) watch.received(events, fragment);
    else watch.mark(revisionOf(response));
  }

  #created(response: WatchResponse): void {
    const watch = this.#creating.shift();
    const { watch_id: id, canceled } = response;
    if (canceled) this.#refused(response, watch);
    else if (watch === undefined) this.#send({ cancel_request: { watch_id: id } });
    else {
      this.#byId.set(id, watch);
      this.#ids.set(watch, id);
      watch.created(response.header?.cluster_id ?? 0n, revisionOf(response));
    }
  }

  #refused(response: WatchResponse, watch: RemoteWatch | undefined): void {
    if (isTokenRefused(codeOfText(response.cancel_reason))) {
      this.#isStale = true;
      this.#caller.token?.forget();
    }
    watch?.canceled(response.compact_revision, response.cancel_reason);
  }

  #forget(id: bigint, watch: RemoteWatch): void {
    this.#byId.delete(id);
    this.#ids.delete(watch);
  }

  #watches(): RemoteWatch[] {
    const creating = this.#creating.filter((watch) => watch !== undefined);
    return [...this.#waiting, ...creating, ...this.#byId.values()];
  }

  #fail(failure: Failure): void {
    if (this.#isOver) return;
    this.close();
    const watches = this.#watches();
    for (const watch of watches) watch.detached();
    this.#owner.failed(this, failure, watches);
  }
}
