// The grammar of label selector text, as labels.Parse of apimachinery reads it (lexer and recursive descent),
// with its error messages. selectors.ts turns the requirements into a predicate.
import { badRequest, quote, type ApiError } from './api-error.js';
import { isLabelValue, isQualifiedName } from './names.js';

export type LabelOperator = '=' | '!=' | 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt';

export interface LabelRequirement {
  readonly key: string;
  readonly operator: LabelOperator;
  readonly values: readonly string[];
}

/** Longer selectors are refused: what a URL can carry anyway. */
const selectorCharactersMax = 64 * 1024;

interface Token {
  readonly type: 'end' | 'word' | '!' | '=' | '==' | '!=' | '>' | '<' | '(' | ')' | ',';
  readonly text: string;
}

const end: Token = { type: 'end', text: '' };
const tokenPattern = /\s*(?:(==|!=|[=!<>(),])|([^\s=!<>(),]+))/y;

function tokenise(text: string): Token[] {
  const tokens: Token[] = [];
  tokenPattern.lastIndex = 0;
  for (;;) {
    const match = tokenPattern.exec(text);
    if (match === null) return tokens;
    const [, symbol, word] = match;
    // The pattern's alternatives are exactly these types.
    if (symbol !== undefined) tokens.push({ type: symbol as Token['type'], text: symbol });
    else tokens.push({ type: 'word', text: word ?? '' });
  }
}

export function parseRequirements(text: string): LabelRequirement[] {
  if (text.length > selectorCharactersMax)
    throw badRequest(`label selector is longer than ${selectorCharactersMax} characters`);
  return new SelectorParser(tokenise(text)).parse();
}

const expected = (token: Token, what: string): ApiError =>
  badRequest(`unable to parse requirement: found '${token.text}', expected: ${what}`);

class SelectorParser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  parse(): LabelRequirement[] {
    const requirements: LabelRequirement[] = [];
    for (;;) {
      const token = this.#peek();
      if (token.type === 'end') return requirements;
      if (token.type !== 'word' && token.type !== '!')
        throw badRequest(`found '${token.text}', expected: !, identifier, or 'end of string'`);
      requirements.push(this.#requirement());
      const next = this.#take();
      if (next.type === 'end') return requirements;
      if (next.type !== ',')
        throw badRequest(`found '${next.text}', expected: ',' or 'end of string'`);
      const after = this.#peek();
      if (after.type !== 'word' && after.type !== '!')
        throw badRequest(`found '${after.text}', expected: identifier after ','`);
    }
  }

  #requirement(): LabelRequirement {
    const isNegated = this.#peek().type === '!';
    if (isNegated) this.#take();
    const token = this.#take();
    if (token.type !== 'word') throw expected(token, 'identifier');
    const key = token.text;
    checkKey(key);
    const next = this.#peek();
    if (isNegated) return { key, operator: '!', values: [] };
    if (next.type === 'end' || next.type === ',') return { key, operator: 'exists', values: [] };
    const operator = this.#operator();
    const values =
      operator === 'in' || operator === 'notin' ? this.#values() : [this.#exactValue()];
    checkValues(key, operator, values);
    return { key, operator, values };
  }

  #operator(): LabelOperator {
    const token = this.#take();
    switch (token.type) {
      case '=':
      case '==':
        return '=';
      case '!=':
        return '!=';
      case '>':
        return 'gt';
      case '<':
        return 'lt';
      default:
        if (token.text === 'in' || token.text === 'notin') return token.text;
        throw expected(token, 'in, notin, =, ==, !=, gt, lt');
    }
  }

  #exactValue(): string {
    const next = this.#peek();
    if (next.type === 'end' || next.type === ',') return '';
    const token = this.#take();
    if (token.type !== 'word') throw expected(token, 'identifier');
    return token.text;
  }

  /** `(a,b)`; a missing item between commas is the empty string. */
  #values(): string[] {
    const open = this.#take();
    if (open.type !== '(')
      throw badRequest(`unable to parse requirement: found '${open.text}' expected: '('`);
    const values = new Set<string>();
    if (this.#peek().type === ')') {
      this.#take();
      return [];
    }
    let isItemDue = true;
    for (;;) {
      const token = this.#take();
      if (token.type === 'word' && isItemDue) {
        values.add(token.text);
        isItemDue = false;
      } else if (token.type === ',') {
        if (isItemDue) values.add('');
        isItemDue = true;
      } else if (token.type === ')') {
        if (isItemDue) values.add('');
        return [...values];
      } else {
        throw expected(token, isItemDue ? "',', ')' or identifier" : "',' or ')'");
      }
    }
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? end;
  }

  #take(): Token {
    return this.#tokens[this.#at++] ?? end;
  }
}

function checkKey(key: string): void {
  const problems = isQualifiedName(key);
  if (problems.length > 0) throw requirementError('key', quote(key), problems.join('; '));
}

function checkValues(key: string, operator: LabelOperator, values: readonly string[]): void {
  if (values.length === 0)
    throw requirementError(
      'values',
      '[]',
      "for 'in', 'notin' operators, values set can't be empty",
    );
  if ((operator === 'gt' || operator === 'lt') && !/^[+-]?\d+$/.test(values[0] ?? '')) {
    throw requirementError(
      'values[0]',
      quote(values[0] ?? ''),
      "for 'Gt', 'Lt' operators, the value must be an integer",
    );
  }
  for (const [index, value] of values.entries()) {
    const problems = isLabelValue(value);
    if (problems.length > 0)
      throw requirementError(`values[${index}][${key}]`, quote(value), problems.join('; '));
  }
}

const requirementError = (field: string, value: string, why: string): ApiError =>
  badRequest(`unable to parse requirement: ${field}: Invalid value: ${value}: ${why}`);
