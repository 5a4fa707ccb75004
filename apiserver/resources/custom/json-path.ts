// JSONPath as kubectl and printer columns write it: `.spec.items[0].name`, `.status.conditions[?(@.type=="Ready")].status`,
// `.metadata.annotations.a\.b`, `[*]`, `['x']`, slices, `..name`. Source of the rules: client-go's util/jsonpath.
import { isJsonObject, type Json } from '../../object/kube-object.js';

export class JsonPathError extends Error {}

type Step =
  | { readonly type: 'field'; readonly name: string }
  | { readonly type: 'index'; readonly index: number }
  | { readonly type: 'slice'; readonly from: number; readonly to: number | undefined }
  | { readonly type: 'all' }
  | { readonly type: 'below' }
  | { readonly type: 'filter'; readonly filter: Filter };

interface Filter {
  readonly left: Operand;
  /** `exists`: only `left` is looked at. */
  readonly operator: '==' | '!=' | '<' | '<=' | '>' | '>=' | 'exists';
  readonly right: Operand;
}

type Operand =
  | { readonly type: 'value'; readonly value: Json }
  | { readonly type: 'path'; readonly path: JsonPath };

export type JsonPath = (root: Json) => Json[];

/** Every length is bounded by the object's; the path's own length by this. */
const pathCharsMax = 4_096;

/** Throws JsonPathError. What is not there yields nothing. */
export function parseJsonPath(text: string): JsonPath {
  if (text.length > pathCharsMax) throw new JsonPathError(`longer than ${pathCharsMax} characters`);
  const steps = new Parser(text).steps();
  return (root) =>
    steps.reduce((found, step) => found.flatMap((value) => take(value, step)), [root]);
}

function take(value: Json, step: Step): Json[] {
  switch (step.type) {
    case 'field': {
      const member =
        isJsonObject(value) && Object.hasOwn(value, step.name) ? value[step.name] : undefined;
      return member === undefined ? [] : [member];
    }
    case 'index': {
      const item = Array.isArray(value) ? value.at(step.index) : undefined;
      return item === undefined ? [] : [item];
    }
    case 'slice':
      return Array.isArray(value) ? value.slice(step.from, step.to) : [];
    case 'all':
      return membersOf(value);
    case 'below':
      return [value, ...membersOf(value).flatMap((member) => take(member, step))];
    case 'filter':
      return Array.isArray(value) ? value.filter((item) => passes(item, step.filter)) : [];
  }
}

function membersOf(value: Json): Json[] {
  if (Array.isArray(value)) return value;
  if (!isJsonObject(value)) return [];
  return Object.values(value).filter((member) => member !== undefined);
}

function passes(item: Json, { left, operator, right }: Filter): boolean {
  const found = valueOf(item, left);
  if (operator === 'exists') return found !== undefined;
  const wanted = valueOf(item, right);
  if (found === undefined || wanted === undefined) return false;
  switch (operator) {
    case '==':
      return found === wanted;
    case '!=':
      return found !== wanted;
    default:
      return compare(found, wanted, operator);
  }
}

function compare(a: Json, b: Json, operator: '<' | '<=' | '>' | '>='): boolean {
  const areNumbers = isNumber(a) && isNumber(b);
  if (!areNumbers && !(typeof a === 'string' && typeof b === 'string')) return false;
  const order = a < b ? -1 : a > b ? 1 : 0;
  if (order === 0) return operator.length === 2;
  return operator.startsWith('<') ? order < 0 : order > 0;
}

const isNumber = (value: Json): value is number | bigint =>
  typeof value === 'number' || typeof value === 'bigint';

const valueOf = (item: Json, operand: Operand): Json | undefined =>
  operand.type === 'value' ? operand.value : operand.path(item)[0];

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  steps(): Step[] {
    const steps: Step[] = [];
    while (this.#at < this.#text.length) {
      const character = this.#text[this.#at];
      if (character === '[') steps.push(this.#bracket());
      else if (character === '.' && this.#text[this.#at + 1] === '.') {
        this.#at += 1;
        steps.push({ type: 'below' });
      } else if (character === '.') this.#dot(steps);
      else if (character === '$' || character === '@') this.#at += 1;
      else steps.push(this.#name());
    }
    return steps;
  }

  /** `.` alone is the whole object; `.[0]` an index. */
  #dot(steps: Step[]): void {
    this.#at += 1;
    const next = this.#text[this.#at];
    if (next !== undefined && next !== '[' && next !== '.') steps.push(this.#name());
  }

  /** Up to the next unescaped dot or bracket. */
  #name(): Step {
    let name = '';
    for (; this.#at < this.#text.length; this.#at++) {
      const character = this.#text.charAt(this.#at);
      if (character === '.' || character === '[') break;
      if (character === '\\') this.#at += 1;
      name += this.#text.charAt(this.#at);
    }
    return name === '*' ? { type: 'all' } : { type: 'field', name };
  }

  #bracket(): Step {
    const end = this.#closing();
    const inner = this.#text.slice(this.#at + 1, end).trim();
    this.#at = end + 1;
    if (inner === '*') return { type: 'all' };
    if (inner.startsWith('?(') && inner.endsWith(')'))
      return { type: 'filter', filter: parseFilter(inner.slice(2, -1)) };
    const quoted = unquote(inner);
    if (quoted !== undefined) return { type: 'field', name: quoted };
    if (/^-?\d+$/.test(inner)) return { type: 'index', index: Number(inner) };
    const slice = /^(-?\d*):(-?\d*)$/.exec(inner);
    if (slice === null) throw new JsonPathError(`invalid array index ${inner}`);
    const [, from = '', to = ''] = slice;
    return { type: 'slice', from: Number(from), to: to === '' ? undefined : Number(to) };
  }

  /** The bracket that closes the one at hand; quotes hide brackets. */
  #closing(): number {
    let depth = 0;
    let quote = '';
    for (let at = this.#at; at < this.#text.length; at++) {
      const character = this.#text.charAt(at);
      if (quote !== '') {
        if (character === '\\') at += 1;
        else if (character === quote) quote = '';
      } else if (character === '"' || character === "'") quote = character;
      else if (character === '[') depth += 1;
      else if (character === ']') {
        depth -= 1;
        if (depth === 0) return at;
      }
    }
    throw new JsonPathError('unterminated array');
  }
}

function parseFilter(text: string): Filter {
  const split = /^((?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[^=!<>"'])+)(==|!=|<=|>=|<|>)(.+)$/.exec(
    text.trim(),
  );
  const none: Operand = { type: 'value', value: null };
  if (split === null) return { left: operand(text.trim()), operator: 'exists', right: none };
  const [, left = '', operator = '==', right = ''] = split;
  return {
    left: operand(left.trim()),
    operator: operator as Filter['operator'], // as: the pattern knows no others
    right: operand(right.trim()),
  };
}

function operand(text: string): Operand {
  if (text.startsWith('@')) return { type: 'path', path: parseJsonPath(text.slice(1)) };
  const quoted = unquote(text);
  if (quoted !== undefined) return { type: 'value', value: quoted };
  if (text === 'true' || text === 'false') return { type: 'value', value: text === 'true' };
  if (/^-?\d+(\.\d+)?$/.test(text)) return { type: 'value', value: Number(text) };
  throw new JsonPathError(`unrecognized identifier ${text}`);
}

function unquote(text: string): string | undefined {
  const match = /^(?:"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)')$/.exec(text);
  if (match === null) return undefined;
  return (match[1] ?? match[2] ?? '').replaceAll(/\\(.)/g, '$1');
}
