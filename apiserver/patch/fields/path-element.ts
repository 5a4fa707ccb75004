// Path elements: one step from a value to a value inside it, in the form FieldsV1 writes them. `f:name` is a
// member, `k:{"name":"nginx"}` an item of a keyed list, `v:"x"` an item of a set, `i:0` an index. The text is
// canonical (sorted keys, Go's JSON), so equal elements are equal strings.
import { parseJson } from '../../object/json.js';
import { isJsonObject, type Json, type JsonObject } from '../../object/kube-object.js';
import { quote } from '../../object/api-error.js';
import { compareText, goJson, isInByteOrder, sortedEntries } from './go-text.js';

export const fieldElement = (name: string): string => `f:${name}`;

export const keyElement = (keys: JsonObject): string => `k:${goJson(keys)}`;

export const valueElement = (value: Json): string => `v:${goJson(value)}`;

export const isField = (element: string): boolean => element.startsWith('f:');

export const fieldName = (element: string): string => element.slice(2);

/**
 * Canonical text of an element a client wrote; undefined for a kind of element this version does not know, which
 * is ignored. Throws when the text is malformed.
 */
export function canonicalElement(text: string): string | undefined {
  if (text.length < 2) throw new Error('key must be 2 characters long');
  if (text[1] !== ':') throw new Error(`missing colon: ${text}`);
  switch (text[0]) {
    case 'f':
      return text;
    case 'v':
      return valueElement(parseJson(text.slice(2)));
    case 'k': {
      const keys = parseJson(text.slice(2));
      if (!isJsonObject(keys)) throw new Error(`not an object: ${text}`);
      return keyElement(keys);
    }
    case 'i':
      if (!/^-?\d{1,15}$/.test(text.slice(2))) throw new Error(`not an index: ${text}`);
      return `i:${Number(text.slice(2))}`;
    default:
      return undefined;
  }
}

/** `.name`, `[name="nginx"]`, `[="x"]`, `[0]`: as conflicts and errors print it. */
export function displayElement(element: string): string {
  const rest = element.slice(2);
  switch (element[0]) {
    case 'f':
      return `.${rest}`;
    case 'k': {
      const keys = parseJson(rest);
      const parts = isJsonObject(keys) ? sortedEntries(keys) : [];
      return `[${parts.map(([name, value]) => `${name}=${displayValue(value)}`).join(',')}]`;
    }
    case 'v':
      return `[=${displayValue(parseJson(rest))}]`;
    default:
      return `[${rest}]`;
  }
}

export const displayPath = (path: readonly string[]): string => path.map(displayElement).join('');

function displayValue(value: Json): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return quote(value);
  if (Array.isArray(value)) return `[${value.map(displayValue).join(',')}]`;
  if (!isJsonObject(value)) return String(value);
  return sortedEntries(value)
    .map(([name, member]) => `${name}=${displayValue(member)}`)
    .join('');
}

const kindOrder = '.fkvi';

/** Members by name, then keyed items by their keys' values, then set items by value, then indexes. */
export function sortElements(elements: readonly string[]): string[] {
  if (elements.length < 2) return [...elements];
  if (elements.every((element) => isField(element) || element === '.' || plainKey.test(element)))
    return isInByteOrder(elements) ? [...elements] : [...elements].sort(compareText);
  return elements
    .map((element) => ({
      element,
      kind: kindOrder.indexOf(element.charAt(0)),
      value: contentOf(element),
    }))
    .sort((a, b) => a.kind - b.kind || compareContent(a.value, b.value))
    .map(({ element }) => element);
}

/** One key with a plain text value: the order of the elements' text is that of the values. */
const plainKey = /^k:\{"\w+":"[\w./-]*"\}$/;

function contentOf(element: string): Json {
  const rest = element.slice(2);
  return isField(element) || element === '.' ? rest : parseJson(rest);
}

function compareContent(a: Json, b: Json): number {
  if (!isJsonObject(a) || !isJsonObject(b)) return compareScalars(a, b);
  const left = sortedEntries(a);
  const right = sortedEntries(b);
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    const [leftName, leftValue] = left[at] ?? ['', null];
    const [rightName, rightValue] = right[at] ?? ['', null];
    const order = compareText(leftName, rightName) || compareScalars(leftValue, rightValue);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

/** Numbers before strings before booleans before the rest. */
function compareScalars(a: Json, b: Json): number {
  const order = scalarRank(a) - scalarRank(b);
  if (order !== 0) return order;
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  if (isNumeric(a) && isNumeric(b)) return a < b ? -1 : a > b ? 1 : 0;
  return compareText(goJson(a), goJson(b));
}

const isNumeric = (value: Json): value is number | bigint =>
  typeof value === 'number' || typeof value === 'bigint';

const scalarRank = (value: Json): number =>
  isNumeric(value) ? 0 : typeof value === 'string' ? 1 : typeof value === 'boolean' ? 2 : 3;
