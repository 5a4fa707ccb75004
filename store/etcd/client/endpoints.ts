// Endpoints: the servers of one cluster, one of them in use. A failure there moves on to the next; a failure that comes
// in late, from one that has been left already, moves nothing.
import type { Endpoint } from './endpoint.js';

export class Endpoints {
  readonly all: readonly Endpoint[];
  #turn = 0;

  /** At least one. */
  constructor(all: readonly Endpoint[]) {
    if (all.length === 0) throw new TypeError('no etcd endpoints');
    this.all = all;
  }

  get current(): Endpoint {
    const endpoint = this.all[this.#turn % this.all.length];
    if (endpoint === undefined) throw new TypeError('no etcd endpoints');
    return endpoint;
  }

  leave(failed: Endpoint): void {
    if (this.current === failed) this.#turn = (this.#turn + 1) % this.all.length;
  }

  close(): void {
    for (const endpoint of this.all) endpoint.close();
  }
}
