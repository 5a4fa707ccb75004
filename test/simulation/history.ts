// Records what clients asked, what they were told and when. Moments are counted, not timed: no two are the same.
import type { KvAnswer, KvOperation, KvRequest } from './checkers/kv-history.js';

interface OpenOperation {
  readonly client: string;
  readonly request: KvRequest;
  answer: KvAnswer | undefined;
  readonly calledAt: number;
  returnedAt: number;
}

export class History {
  readonly #operations: OpenOperation[] = [];
  #moment = 0;

  get operations(): readonly KvOperation[] {
    return this.#operations;
  }

  get answered(): number {
    return this.#operations.filter(({ answer }) => answer !== undefined).length;
  }

  /** The returned function records the answer. */
  call(client: string, request: KvRequest): (answer: KvAnswer) => void {
    const calledAt = this.#moment++;
    const operation: OpenOperation = {
      client,
      request,
      answer: undefined,
      calledAt,
      returnedAt: Infinity,
    };
    this.#operations.push(operation);
    return (answer) => {
      operation.answer = answer;
      operation.returnedAt = this.#moment++;
    };
  }
}
