// Records what clients asked, what they were told and when. Moments are counted, not timed: no two are the same.
import type { KvAnswer, KvOperation, KvRequest } from './checkers/kv-history.js';
import type { ModelRequest } from './checkers/kv-model.js';
import { requestTag, type Logged, type Reference } from './checkers/reference.js';

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
   * happened; the others did, at their place, at any time after their call. Without it the search would have to try them
   * everywhere. Compactions are left out: nothing searched depends on them.
   */
  operations(reference: Reference): readonly KvOperation[] {
    const operations: KvOperation[] = [];
    const found: FromLog[] = [];
    const revoked = new Set<bigint>();
    for (const record of this.#recorded) {
      const { request, answer } = record;
      if (request.type === 'compact') continue;
      if (request.type === 'lease-revoke' && answer?.type === 'done') revoked.add(request.id);
      if (answer !== undefined) operations.push(record);
      else if (request.type !== 'range' && request.type !== 'logged') {
        const tag = requestTag(request);
        const logged = tag === undefined ? undefined : reference.answerTo(tag);
        if (logged) found.push({ ...record, request, logged });
      }
    }
    for (const { client, request, calledAt } of this.#recorded) {
      if (request.type !== 'lease-grant' || revoked.has(request.id)) continue;
      // Ended by nobody who heard of it: by the store, or by a request without an answer.
      const logged = reference.endOf(request.id);
      const end = { type: 'lease-revoke', id: request.id } as const;
      // Just after the grant; moments are whole numbers.
      if (logged) found.push({ client, request: end, calledAt: calledAt + 0.5, logged });
    }
    return [...operations, ...inLogOrder(found)];
  }
}

interface FromLog {
  readonly client: string;
  readonly request: ModelRequest;
  readonly calledAt: number;
  readonly logged: Logged;
}

function inLogOrder(found: readonly FromLog[]): readonly KvOperation[] {
  const sorted = found.toSorted((a, b) => a.logged.sequence - b.logged.sequence);
  return sorted.map(({ client, request, calledAt, logged }, rank) => {
    const { answer, atRevision } = logged;
    const inLog = { type: 'logged', request, atRevision, rank } as const;
    return { client, request: inLog, answer, calledAt, returnedAt: Infinity };
  });
}
