// Records what clients asked, what they were told and when. Moments are counted, not timed: no two are the same.
import type { KvAnswer, KvOperation, KvRequest } from './checkers/kv-history.js';
import { requestTag, type Reference } from './checkers/reference.js';

interface Recorded {
  readonly client: string;
  readonly request: KvRequest;
  answer: KvAnswer | undefined;
  readonly calledAt: number;
  returnedAt: number;
}

export interface OpenCall {
  readonly answered: (answer: KvAnswer) => void;
  /** It never reached a member, so it cannot have happened. */
  readonly notSent: () => void;
}

export class History {
  #recorded: Recorded[] = [];
  #moment = 0;

  get answered(): number {
    return this.#recorded.filter(({ answer }) => answer !== undefined).length;
  }

  call(client: string, request: KvRequest): OpenCall {
    const calledAt = this.#moment++;
    const record: Recorded = {
      client,
      request,
      answer: undefined,
      calledAt,
      returnedAt: Infinity,
    };
    this.#recorded.push(record);
    return {
      answered: (answer) => {
        record.answer = answer;
        record.returnedAt = this.#moment++;
      },
      notSent: () => {
        this.#recorded = this.#recorded.filter((each) => each !== record);
      },
    };
  }

  /**
   * For the search. Requests nobody heard of again are looked up in the committed log: those that are not in there never
   * happened, the others did, with the answer the model gives at their place, at any time after their call. Without it the
   * search would have to try them everywhere. Compactions are left out: nothing searched depends on them.
   * @param ended leases the log has ended
   */
  operations(reference: Reference, ended: ReadonlySet<bigint>): readonly KvOperation[] {
    const operations: KvOperation[] = [];
    const revoked = new Set<bigint>();
    for (const record of this.#recorded) {
      const { request, answer } = record;
      if (request.type === 'compact' || request.type === 'lease-expiry') continue;
      if (request.type === 'lease-revoke' && answer?.type === 'done') revoked.add(request.id);
      if (answer !== undefined) operations.push(record);
      else if (request.type !== 'range') {
        const tag = requestTag(request);
        const inLog = tag === undefined ? undefined : reference.answerTo(tag);
        if (inLog) operations.push({ ...record, answer: inLog });
      }
    }
    return [...operations, ...this.#expiries(operations, ended, revoked)];
  }

  /** Leases that were ended by nobody who heard of it: by the store, or by a request without an answer. */
  #expiries(
    operations: readonly KvOperation[],
    ended: ReadonlySet<bigint>,
    revoked: ReadonlySet<bigint>,
  ): readonly KvOperation[] {
    return operations.flatMap(({ request, calledAt }): readonly KvOperation[] => {
      if (request.type !== 'lease-grant') return [];
      const { id } = request;
      if (!ended.has(id) || revoked.has(id)) return [];
      const expiry = { type: 'lease-expiry', id } as const;
      // Just after the grant; moments are whole numbers.
      const moment = { calledAt: calledAt + 0.5, returnedAt: Infinity };
      return [{ client: 'store', request: expiry, answer: { type: 'done' }, ...moment }];
    });
  }
}
