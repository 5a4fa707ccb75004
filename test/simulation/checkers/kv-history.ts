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
  /** Known from the log to have happened when the store was at this revision: nobody was told when. */
  | { readonly type: 'logged'; readonly request: ModelRequest; readonly atRevision: number };

export type KvAnswer = ModelAnswer | { readonly type: 'range'; readonly result: RangeResult };
export type KvOperation = Operation<KvRequest, KvAnswer> & { readonly client: string };

export function checkKvHistory(operations: readonly KvOperation[]): Verdict {
  return checkLinearizability(kvModel, operations);
}

export const kvModel: SequentialModel<ModelState, KvRequest, KvAnswer> = {
  initial: emptyState,
  step(state, request, answer) {
    if (request.type === 'range') {
      const expected = rangeText(rangeOf(state, request.query));
      return answer?.type === 'range' && rangeText(answer.result) === expected ? state : undefined;
    }
    if (request.type === 'logged' && state.revision !== request.atRevision) return undefined;
    const step = stepModel(state, request.type === 'logged' ? request.request : request);
    if (answer === undefined) return step.state;
    if (answer.type === 'range' || answerText(answer) !== answerText(step.answer)) return undefined;
    return step.state;
  },
  isEqual: (a, b) => a === b || textOf(a) === textOf(b),
};

/** Lines for a failure: the operations around the one that fits nowhere. */
export function explain(operations: readonly KvOperation[], verdict: Verdict): string {
  if (verdict.outcome !== 'not-linearizable') return verdict.outcome;
  const { reached, stuckAt } = verdict;
  const state = reached.reduce(
    (at, index) => kvModel.step(at, operations[index]!.request, undefined) ?? at,
    emptyState,
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
  return [`not linearizable; after ${reached.length}: ${stateText(state)}`, ...lines].join('\n');
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
