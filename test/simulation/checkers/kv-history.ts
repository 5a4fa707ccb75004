// What clients asked of the whole store and were told, as a history for the linearizability search: the model is the
// store with its revisions, so that an answer also says how many writes came before it.
import type { RangeQuery } from '../../../store/kv.js';
import {
  checkLinearizability,
  type Operation,
  type SequentialModel,
  type Verdict,
} from './linearizability.js';
import {
  answerText,
  emptyState,
  keyValueText,
  rangeOf,
  stateText,
  stepModel,
  type ModelAnswer,
  type ModelRequest,
  type ModelState,
} from './kv-model.js';
import type { RangeResult } from '../../../store/kv.js';

export type KvRequest =
  | ModelRequest
  /** Linearizable, at the current revision. */
  | { readonly type: 'range'; readonly query: RangeQuery }
  /** Nobody was told of it, but the log has it: the `rank`th of its kind there, when the store was at `atRevision`. */
  | {
      readonly type: 'logged';
      readonly request: ModelRequest;
      readonly atRevision: number;
      readonly rank: number;
    };

export type KvAnswer = ModelAnswer | { readonly type: 'range'; readonly result: RangeResult };
export type KvOperation = Operation<KvRequest, KvAnswer> & { readonly client: string };

export function checkKvHistory(operations: readonly KvOperation[]): Verdict {
  return checkLinearizability(kvModel, operations);
}

interface SearchState {
  readonly store: ModelState;
  /** Requests of type 'logged' so far: they come in the order of the log. */
  readonly logged: number;
}

const initial: SearchState = { store: emptyState, logged: 0 };

const kvModel: SequentialModel<SearchState, KvRequest, KvAnswer> = {
  initial,
  step(at, request, answer) {
    const { store, logged } = at;
    if (request.type === 'range') {
      const expected = rangeText(rangeOf(store, request.query));
      return answer?.type === 'range' && rangeText(answer.result) === expected ? at : undefined;
    }
    const isLogged = request.type === 'logged';
    if (isLogged && (store.revision !== request.atRevision || logged !== request.rank))
      return undefined;
    const step = stepModel(store, isLogged ? request.request : request);
    if (answer !== undefined) {
      const isRange = answer.type === 'range';
      if (isRange || answerText(answer) !== answerText(step.answer)) return undefined;
    }
    if (step.state === store && !isLogged) return at;
    return { store: step.state, logged: isLogged ? logged + 1 : logged };
  },
  isEqual: (a, b) =>
    a.logged === b.logged && (a.store === b.store || textOf(a.store) === textOf(b.store)),
};

/** Lines for a failure: the operations around the one that fits nowhere. */
export function explain(operations: readonly KvOperation[], verdict: Verdict): string {
  if (verdict.outcome !== 'not-linearizable') return verdict.outcome;
  const { reached, stuckAt } = verdict;
  const { store } = reached.reduce(
    (at, index) => kvModel.step(at, operations[index]!.request, undefined) ?? at,
    initial,
  );
  const taken = new Set(reached);
  const lines = operations
    .map((operation, index) => ({ operation, index }))
    .filter(({ index }) => !taken.has(index) || reached.indexOf(index) > reached.length - 12)
    .sort((a, b) => a.operation.calledAt - b.operation.calledAt)
    .map(({ operation, index }) => {
      const mark = index === stuckAt ? '>>' : taken.has(index) ? 'ok' : '  ';
      return `${mark} ${operationText(operation)}`;
    });
  return [`not linearizable; after ${reached.length}: ${stateText(store)}`, ...lines].join('\n');
}

export function operationText({
  client,
  request,
  answer,
  calledAt,
  returnedAt,
}: KvOperation): string {
  const said =
    answer === undefined
      ? 'unknown'
      : answer.type === 'range'
        ? rangeText(answer.result)
        : answerText(answer);
  return `${client} [${calledAt}, ${answer ? returnedAt : '...'}] ${requestText(request)} -> ${said}`;
}

export function requestText(request: KvRequest): string {
  return JSON.stringify(request, (_, value: unknown) => {
    if (typeof value === 'bigint') return String(value);
    return isBytes(value) ? Buffer.from(value.data).toString('latin1') : value;
  });
}

/** JSON.stringify has turned a Buffer into this by the time the replacer sees it. */
function isBytes(value: unknown): value is { readonly data: readonly number[] } {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer';
}

function rangeText({ revision, kvs, more, count }: RangeResult): string {
  return `${revision} ${kvs.map(keyValueText).join(' ')} ${more} ${count}`;
}

const texts = new WeakMap<ModelState, string>();

function textOf(state: ModelState): string {
  let text = texts.get(state);
  if (text === undefined) texts.set(state, (text = stateText(state)));
  return text;
}
