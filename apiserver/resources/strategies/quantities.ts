// Quantities inside objects: parsed once per text, since few different ones are in use (`100m`, `1Gi`), and
// resource lists (`limits`, `requests`, `capacity`, `hard`) in canonical form, as the server writes them back.
import { type FieldError, invalid } from '../../object/field-error.js';
import type { Json, JsonObject } from '../../object/kube-object.js';
import { formatQuantity, parseQuantity, type Quantity } from '../../object/quantity.js';
import { notNegative } from './checks.js';
import { child } from './fields.js';

interface Known {
  readonly quantity: Quantity;
  readonly canonical: string;
}

const known = new Map<string, Known>();
const knownMax = 4096;

function read(value: Json | undefined): Known | undefined {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint')
    return undefined;
  const text = String(value);
  const found = known.get(text);
  if (found !== undefined) return found;
  const quantity = parseQuantity(text);
  if (quantity === undefined) return undefined;
  const entry = { quantity, canonical: formatQuantity(quantity) };
  if (known.size < knownMax) known.set(text, entry);
  return entry;
}

/** Undefined when it is none: decoding speaks about that. */
export const quantityOf = (value: Json | undefined): Quantity | undefined => read(value)?.quantity;

export const isNegative = (quantity: Quantity): boolean => quantity.nano < 0n;

/** Rewrites every quantity of a resource list. */
export function canonicalizeList(parent: JsonObject | undefined, key: string): void {
  const list = child(parent, key);
  if (list === undefined) return;
  for (const name of Object.keys(list)) canonicalizeField(list, name);
}

export function canonicalizeField(parent: JsonObject | undefined, key: string): void {
  if (parent === undefined) return;
  const canonical = read(parent[key])?.canonical;
  if (canonical !== undefined && canonical !== parent[key]) parent[key] = canonical;
}

/** The list's entries that are quantities, in its order. */
export function quantities(list: JsonObject | undefined): [name: string, value: Quantity][] {
  const found: [string, Quantity][] = [];
  if (list === undefined) return found;
  for (const [name, value] of Object.entries(list)) {
    const quantity = quantityOf(value);
    if (quantity !== undefined) found.push([name, quantity]);
  }
  return found;
}

export function checkQuantityNotNegative(
  quantity: Quantity,
  field: string,
  errors: FieldError[],
): void {
  if (isNegative(quantity)) errors.push(invalid(field, formatQuantity(quantity), notNegative));
}
