// What clients asked and were told, and whether one register a key explains it: unique values make every write
// recognisable, and the revisions that etcd tells must agree with the order.
import { checkLinearizability, type Operation } from '../simulation/checkers/linearizability.js';

/** '' = no such key. */
export type Request =
  | { readonly type: 'put'; readonly value: string }
  | { readonly type: 'get' }
  | { readonly type: 'delete' }
  | { readonly type: 'swap'; readonly expected: string; readonly value: string };

export type Answer = {
  /** The store's revision of the write; of a get, the key's own (0 = none). */
  readonly revision: number;
  readonly value: string;
  readonly succeeded: boolean;
};

interface Register {
  readonly value: string;
  /** 0 = unknown: an unanswered write. */
  readonly revision: number;
}

export interface AcknowledgedWrite {
  readonly key: string;
  readonly value: string;
  readonly revision: number;
}

export class History {
  readonly #byKey = new Map<string, Operation<Request, Answer>[]>();
  #clock = 0;
  #answered = 0;
  #unknown = 0;

  /** Runs `ask` as one operation. An error leaves it open: it may have happened, or happen later. */
  async record(key: string, request: Request, ask: () => Promise<Answer>): Promise<boolean> {
    const calledAt = this.#clock++;
    let answer: Answer | undefined;
    try {
      answer = await ask();
      this.#answered++;
    } catch {
      this.#unknown++;
    }
    // A get without an answer says nothing.
    if (answer === undefined && request.type === 'get') return false;
    const operations = this.#byKey.get(key) ?? [];
    this.#byKey.set(key, operations);
    operations.push({ request, answer, calledAt, returnedAt: this.#clock++ });
    return answer !== undefined;
  }

  get counts(): { readonly answered: number; readonly unknown: number } {
    return { answered: this.#answered, unknown: this.#unknown };
  }

  acknowledgedPuts(): AcknowledgedWrite[] {
    return [...this.#byKey].flatMap(([key, operations]) =>
      operations.flatMap(({ request, answer }) =>
        answer?.succeeded === true && (request.type === 'put' || request.type === 'swap')
          ? [{ key, value: request.value, revision: answer.revision }]
          : [],
      ),
    );
  }

  /** One line a key whose history no order explains. */
  violations(): string[] {
    const found: string[] = [];
    for (const [key, operations] of this.#byKey) {
      const verdict = checkLinearizability(register, operations);
      if (verdict.outcome === 'linearizable') continue;
      const at = verdict.outcome === 'not-linearizable' ? operations[verdict.stuckAt] : undefined;
      found.push(`${key}: ${verdict.outcome} ${JSON.stringify(at)}`);
    }
    return found;
  }
}

const register = {
  initial: { value: '', revision: 0 } as Register,
  isEqual: (a: Register, b: Register): boolean => a.value === b.value && a.revision === b.revision,
  step(state: Register, request: Request, answer: Answer | undefined): Register | undefined {
    const revision = answer?.revision ?? 0;
    // A later write never has a lower revision than what it replaces.
    const isOlder = revision !== 0 && revision <= state.revision;
    switch (request.type) {
      case 'put':
        return isOlder ? undefined : { value: request.value, revision };
      case 'delete': {
        if (state.value === '') return answer?.succeeded === true ? undefined : state;
        if (answer?.succeeded === false || isOlder) return undefined;
        return { value: '', revision: 0 };
      }
      case 'swap': {
        const matches = state.value === request.expected;
        if (answer === undefined) return matches ? { value: request.value, revision: 0 } : state;
        if (answer.succeeded !== matches) return undefined;
        if (!matches) return state;
        return isOlder ? undefined : { value: request.value, revision };
      }
      case 'get': {
        if (answer?.value !== state.value) return undefined;
        const agrees = state.revision === 0 || state.value === '' || revision === state.revision;
        return agrees ? { value: state.value, revision: revision || state.revision } : undefined;
      }
    }
  },
};
