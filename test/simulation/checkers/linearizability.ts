// Is there an order of the operations, each at one moment between its call and its return, in which a sequential model
// gives the same answers? The search of Wing and Gong with Lowe's cache, as in Porcupine: take an operation whose call
// comes before every return that is still open; never look twice at the same (operations taken, state).
// An operation without an answer may have happened at any time after its call, or never.

export interface Operation<Request, Answer> {
  readonly request: Request;
  /** Undefined: nobody knows whether it happened. */
  readonly answer: Answer | undefined;
  /** Moments of the call and the return, all different; the return counts only when there is an answer. */
  readonly calledAt: number;
  readonly returnedAt: number;
}

export interface SequentialModel<State, Request, Answer> {
  readonly initial: State;
  /** The state after; undefined when `answer` is not what the model gives. The same object when nothing changed. */
  readonly step: (state: State, request: Request, answer: Answer | undefined) => State | undefined;
  readonly isEqual: (a: State, b: State) => boolean;
}

export type Verdict =
  | { readonly outcome: 'linearizable'; readonly looks: number }
  /** `reached`: indices of the operations in the longest order found; `stuckAt` could not be put behind any. */
  | {
      readonly outcome: 'not-linearizable';
      readonly reached: readonly number[];
      readonly stuckAt: number;
      readonly looks: number;
    }
  /** More looks than allowed. */
  | { readonly outcome: 'unknown'; readonly looks: number };

export function checkLinearizability<State, Request, Answer>(
  model: SequentialModel<State, Request, Answer>,
  operations: readonly Operation<Request, Answer>[],
  looksMax = 500_000,
): Verdict {
  return new Search(model, operations).run(looksMax);
}

/** A call or a return, in a list from which operations that have been taken are lifted out. */
interface Moment {
  readonly operation: number;
  readonly isCall: boolean;
  previous: Moment | undefined;
  next: Moment | undefined;
}

interface Taken<State> {
  readonly call: Moment;
  /** Before it was taken. */
  readonly state: State;
}

class Search<State, Request, Answer> {
  readonly #model: SequentialModel<State, Request, Answer>;
  readonly #operations: readonly Operation<Request, Answer>[];
  readonly #head: Moment = { operation: -1, isCall: false, previous: undefined, next: undefined };
  readonly #returns = new Map<number, Moment>();
  readonly #stack: Taken<State>[] = [];
  readonly #seen = new SeenSet<State>();
  readonly #taken: BitSet;
  #state: State;
  /** Operations with an answer not taken yet. */
  #openCount = 0;
  #reached: readonly number[] = [];
  #stuckAt = -1;

  constructor(
    model: SequentialModel<State, Request, Answer>,
    operations: readonly Operation<Request, Answer>[],
  ) {
    this.#model = model;
    this.#operations = operations;
    this.#state = model.initial;
    this.#taken = new BitSet(operations.length);
    this.#link();
  }

  run(looksMax: number): Verdict {
    let looks = 0;
    let at = this.#head.next;
    while (this.#openCount > 0) {
      if (++looks > looksMax) return { outcome: 'unknown', looks };
      if (at?.isCall) {
        at = this.#take(at) ? this.#head.next : at.next;
        continue;
      }
      // A return of an operation that had to come earlier (or the end of the list): something before was wrong.
      this.#note(at);
      const last = this.#stack.pop();
      if (!last) {
        const [reached, stuckAt] = [this.#reached, this.#stuckAt];
        return { outcome: 'not-linearizable', reached, stuckAt, looks };
      }
      this.#giveBack(last);
      at = last.call.next;
    }
    return { outcome: 'linearizable', looks };
  }

  #take(call: Moment): boolean {
    const { request, answer } = this.#operations[call.operation]!;
    const next = this.#model.step(this.#state, request, answer);
    if (next === undefined) return false;
    // Without an answer and without an effect it need not be taken at all.
    if (answer === undefined && next === this.#state) return false;
    this.#taken.flip(call.operation);
    if (!this.#seen.add(this.#taken, next, this.#model.isEqual)) {
      this.#taken.flip(call.operation);
      return false;
    }
    this.#stack.push({ call, state: this.#state });
    this.#state = next;
    if (answer !== undefined) this.#openCount--;
    lift(call);
    const end = this.#returns.get(call.operation);
    if (end) lift(end);
    return true;
  }

  #giveBack({ call, state }: Taken<State>): void {
    const end = this.#returns.get(call.operation);
    if (end) putBack(end);
    putBack(call);
    this.#state = state;
    this.#taken.flip(call.operation);
    if (this.#operations[call.operation]!.answer !== undefined) this.#openCount++;
  }

  #note(at: Moment | undefined): void {
    if (this.#stuckAt >= 0 && this.#stack.length <= this.#reached.length) return;
    this.#reached = this.#stack.map(({ call }) => call.operation);
    this.#stuckAt = at?.operation ?? -1;
  }

  #link(): void {
    const moments: (Moment & { readonly time: number })[] = [];
    this.#operations.forEach(({ answer, calledAt, returnedAt }, operation) => {
      const links = { previous: undefined, next: undefined };
      moments.push({ operation, isCall: true, time: calledAt, ...links });
      if (answer === undefined) return;
      this.#openCount++;
      const end = { operation, isCall: false, time: returnedAt, ...links };
      moments.push(end);
      this.#returns.set(operation, end);
    });
    moments.sort((a, b) => a.time - b.time);
    let last = this.#head;
    for (const moment of moments) {
      last.next = moment;
      moment.previous = last;
      last = moment;
    }
  }
}

function lift(moment: Moment): void {
  if (moment.previous) moment.previous.next = moment.next;
  if (moment.next) moment.next.previous = moment.previous;
}

/** Undoes lift(), in the opposite order of the lifting. */
function putBack(moment: Moment): void {
  if (moment.previous) moment.previous.next = moment;
  if (moment.next) moment.next.previous = moment;
}

class BitSet {
  readonly words: Uint32Array;
  /** Changes with every bit; equal sets have equal hashes. */
  hash = 0;

  constructor(size: number) {
    this.words = new Uint32Array(Math.ceil(size / 32));
  }

  flip(bit: number): void {
    const word = bit >>> 5;
    this.words[word] = this.words[word]! ^ (1 << (bit & 31));
    this.hash ^= scramble(bit);
  }

  isEqual(words: Uint32Array): boolean {
    return this.words.every((word, at) => word === words[at]);
  }
}

/** A different 32-bit pattern for every bit (the finaliser of MurmurHash3). */
function scramble(bit: number): number {
  let hash = (bit + 0x9e3779b9) | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

class SeenSet<State> {
  readonly #byHash = new Map<number, { readonly words: Uint32Array; readonly state: State }[]>();

  /** False: it was there. */
  add(taken: BitSet, state: State, isEqual: (a: State, b: State) => boolean): boolean {
    const known = this.#byHash.get(taken.hash) ?? [];
    if (known.some((each) => taken.isEqual(each.words) && isEqual(each.state, state))) return false;
    known.push({ words: taken.words.slice(), state });
    this.#byHash.set(taken.hash, known);
    return true;
  }
}
