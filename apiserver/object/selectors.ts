// Label and field selectors: from the text of a query (`app=web,tier in (a,b)`) or a LabelSelector object to
// one `matches`. Bad text is a 400 in the real server's words. The label grammar is in selector-parser.ts.
import { badRequest } from './api-error.js';
import { required, invalid, type FieldError } from './field-error.js';
import { isJsonObject, type Json } from './kube-object.js';
import { isLabelValue, isQualifiedName } from './names.js';
import { parseRequirements, type LabelOperator, type LabelRequirement } from './selector-parser.js';

export type { LabelOperator, LabelRequirement } from './selector-parser.js';

type Labels = Readonly<Record<string, string>> | undefined;

export interface LabelSelector {
  matches(labels: Labels): boolean;
  /** True: matches everything. */
  readonly empty: boolean;
  /** As `status.selector` of a Scale prints it: `app=web,tier in (a,b)`, sorted by key. */
  readonly text: string;
}

const everything: LabelSelector = { matches: () => true, empty: true, text: '' };
const nothing: LabelSelector = { matches: () => false, empty: false, text: '' };

export function parseLabelSelector(text: string): LabelSelector {
  if (text.trim() === '') return everything;
  return selectorOf(parseRequirements(text));
}

const jsonOperators: Readonly<Record<string, LabelOperator>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
};

/**
 * A selector from a LabelSelector field (or a plain label map, as Services and ReplicationControllers have, given
 * as `{matchLabels}`). Absent selects nothing, `{}` everything. Assumes validateLabelSelector was passed.
 */
export function labelSelectorFrom(selector: Json | undefined): LabelSelector {
  if (!isJsonObject(selector)) return nothing;
  const requirements: LabelRequirement[] = [];
  const { matchLabels, matchExpressions } = selector;
  if (isJsonObject(matchLabels)) {
    for (const [key, value] of Object.entries(matchLabels))
      if (typeof value === 'string') requirements.push({ key, operator: '=', values: [value] });
  }
  if (Array.isArray(matchExpressions)) {
    for (const expression of matchExpressions) {
      if (!isJsonObject(expression)) return nothing;
      const { key, operator, values } = expression;
      const known = typeof operator === 'string' ? jsonOperators[operator] : undefined;
      if (typeof key !== 'string' || known === undefined) return nothing;
      requirements.push({ key, operator: known, values: textsOf(values) });
    }
  }
  return selectorOf(requirements);
}

const textsOf = (values: Json | undefined): string[] =>
  Array.isArray(values) ? values.filter((value) => typeof value === 'string') : [];

/** What is wrong with a LabelSelector field at `field`. */
export function validateLabelSelector(selector: Json | undefined, field: string): FieldError[] {
  if (!isJsonObject(selector)) return [];
  const errors: FieldError[] = [];
  const { matchLabels, matchExpressions } = selector;
  if (isJsonObject(matchLabels)) {
    const at = `${field}.matchLabels`;
    for (const [key, value] of Object.entries(matchLabels)) {
      errors.push(...isQualifiedName(key).map((why) => invalid(at, key, why)));
      if (typeof value === 'string')
        errors.push(...isLabelValue(value).map((why) => invalid(at, value, why)));
    }
  }
  if (Array.isArray(matchExpressions)) {
    for (const [index, expression] of matchExpressions.entries())
      errors.push(...validateExpression(expression, `${field}.matchExpressions[${index}]`));
  }
  return errors;
}

function validateExpression(expression: Json, field: string): FieldError[] {
  if (!isJsonObject(expression)) return [];
  const { key, operator, values } = expression;
  const texts = textsOf(values);
  const errors: FieldError[] = [];
  if (operator === 'In' || operator === 'NotIn') {
    if (texts.length === 0)
      errors.push(
        required(`${field}.values`, "must be specified when `operator` is 'In' or 'NotIn'"),
      );
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (texts.length > 0) {
      errors.push({
        reason: 'FieldValueForbidden',
        field: `${field}.values`,
        message: "Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
      });
    }
  } else {
    errors.push(invalid(`${field}.operator`, operator ?? '', 'not a valid selector operator'));
  }
  const keyText = typeof key === 'string' ? key : '';
  errors.push(...isQualifiedName(keyText).map((why) => invalid(`${field}.key`, keyText, why)));
  for (const [index, value] of texts.entries())
    errors.push(
      ...isLabelValue(value).map((why) => invalid(`${field}.values[${index}]`, value, why)),
    );
  return errors;
}

function selectorOf(requirements: readonly LabelRequirement[]): LabelSelector {
  if (requirements.length === 0) return everything;
  const tests = requirements.map(testOf);
  const [only] = tests;
  return {
    matches:
      tests.length === 1 && only !== undefined
        ? (labels) => only(labels ?? noLabels)
        : (labels) => tests.every((test) => test(labels ?? noLabels)),
    empty: false,
    get text() {
      return [...requirements]
        .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
        .map(textOf)
        .join(',');
    },
  };
}

const noLabels: Readonly<Record<string, string>> = {};
type Test = (labels: Readonly<Record<string, string>>) => boolean;

function testOf({ key, operator, values }: LabelRequirement): Test {
  const read = (labels: Readonly<Record<string, string>>): string | undefined =>
    Object.hasOwn(labels, key) ? labels[key] : undefined;
  const [first = ''] = values;
  switch (operator) {
    case '=':
      return (labels) => read(labels) === first;
    case '!=':
      return (labels) => read(labels) !== first;
    case 'in':
      return (labels) => {
        const value = read(labels);
        return value !== undefined && values.includes(value);
      };
    case 'notin':
      return (labels) => {
        const value = read(labels);
        return value === undefined || !values.includes(value);
      };
    case 'exists':
      return (labels) => read(labels) !== undefined;
    case '!':
      return (labels) => read(labels) === undefined;
    case 'gt':
    case 'lt':
      return (labels) => comparesTo(read(labels), operator, first);
  }
}

function comparesTo(value: string | undefined, operator: 'gt' | 'lt', bound: string): boolean {
  if (value === undefined || !/^[+-]?\d+$/.test(value)) return false;
  const [left, right] = [BigInt(value.replace('+', '')), BigInt(bound.replace('+', ''))];
  return operator === 'gt' ? left > right : left < right;
}

function textOf({ key, operator, values }: LabelRequirement): string {
  switch (operator) {
    case '=':
    case '!=':
      return `${key}${operator}${values[0] ?? ''}`;
    case 'in':
    case 'notin':
      return `${key} ${operator} (${[...values].sort().join(',')})`;
    case 'exists':
      return key;
    case '!':
      return `!${key}`;
    case 'gt':
      return `${key}>${values[0] ?? ''}`;
    case 'lt':
      return `${key}<${values[0] ?? ''}`;
  }
}

export interface FieldRequirement {
  readonly path: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

export interface FieldSelector {
  readonly requirements: readonly FieldRequirement[];
  /** An absent field counts as the empty string. */
  matches(fields: Readonly<Record<string, string>>): boolean;
  readonly empty: boolean;
}

/** `a=b,c!=d`; a backslash escapes `,`, `=` and itself in values. Which paths exist is the caller's to check. */
export function parseFieldSelector(text: string): FieldSelector {
  const requirements: FieldRequirement[] = [];
  for (const term of splitTerms(text)) {
    if (term === '') continue;
    const match = /^((?:[^\\=!]|\\.|!(?!=))*?)(!=|==|=)(.*)$/s.exec(term);
    if (match === null) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
    const [, path = '', operator, raw = ''] = match;
    requirements.push({ path, operator: operator === '!=' ? '!=' : '=', value: unescaped(raw) });
  }
  return {
    requirements,
    matches: (fields) =>
      requirements.every(
        ({ path, operator, value }) => ((fields[path] ?? '') === value) === (operator === '='),
      ),
    empty: requirements.length === 0,
  };
}

/** Splits at commas that no backslash escapes. */
function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === ',') {
      terms.push(text.slice(start, at));
      start = at + 1;
    }
  }
  terms.push(text.slice(start));
  return terms;
}

function unescaped(raw: string): string {
  let value = '';
  for (let at = 0; at < raw.length; at++) {
    const character = raw.charAt(at);
    if (character === '\\') {
      const next = raw.charAt(++at);
      if (next === '' || !'\\,='.includes(next))
        throw badRequest(`invalid field selector: invalid escape sequence: \\${next}`);
      value += next;
    } else if (character === '=') {
      throw badRequest(`invalid field selector: unescaped character in value: 61`);
    } else {
      value += character;
    }
  }
  return value;
}
