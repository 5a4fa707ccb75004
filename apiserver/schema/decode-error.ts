// decodeProblem: what Go's JSON decoder would say of an object that does not fit its type, with its precedence: a
// failing UnmarshalJSON (quantities, times) ends decoding and is reported, else the first misfit in document order.
import { isJsonObject, type Json, type JsonObject } from '../object/kube-object.js';
import { quantityError } from '../object/quantity.js';
import { timeError } from '../object/time.js';
import type { LeafPlan, Plan, StructPlan } from './plan.js';

/** Undefined when it fits. */
export function decodeProblem(value: Json, plan: Plan): string | undefined {
  const walk = new DecodeWalk();
  walk.check(value, plan);
  return walk.fatal ?? walk.saved;
}

const int32Min = -(2 ** 31);
const int32Max = 2 ** 31 - 1;
const int64Min = -(2n ** 63n);
const int64Max = 2n ** 63n - 1n;

class DecodeWalk {
  fatal: string | undefined;
  saved: string | undefined;
  readonly #path: string[] = [];
  #struct = '';

  check(value: Json | undefined, plan: Plan): void {
    if (value === null || value === undefined || this.fatal !== undefined) return;
    switch (plan.type) {
      case 'leaf':
        this.#leaf(value, plan);
        return;
      case 'list':
        if (Array.isArray(value)) for (const item of value) this.check(item, plan.item);
        else this.#misfit(describe(value), plan.goType);
        return;
      case 'map':
        if (isJsonObject(value)) for (const key in value) this.check(value[key], plan.value);
        else this.#misfit(describe(value), plan.goType);
        return;
      case 'struct':
        if (isJsonObject(value)) this.#members(value, plan);
        else this.#misfit(describe(value), plan.goType);
    }
  }

  #members(value: JsonObject, plan: StructPlan): void {
    const outer = this.#struct;
    for (const key in value) {
      const field = plan.fields.get(key);
      if (field === undefined) continue;
      this.#struct = plan.structName;
      this.#path.push(key);
      this.check(value[key], field.plan);
      this.#path.pop();
    }
    this.#struct = outer;
  }

  #leaf(value: Json, plan: LeafPlan): void {
    switch (plan.kind) {
      case 'string':
        if (typeof value !== 'string') this.#misfit(describe(value), plan.goType);
        return;
      case 'bool':
        if (typeof value !== 'boolean') this.#misfit(describe(value), plan.goType);
        return;
      case 'int32':
      case 'int64':
        this.#integer(value, plan.kind);
        return;
      case 'double':
        if (typeof value !== 'number' && typeof value !== 'bigint')
          this.#misfit(describe(value), plan.goType);
        return;
      case 'bytes':
        this.#bytes(value, plan);
        return;
      case 'any':
        return;
      default:
        this.fatal = unmarshalError(value, plan.kind);
    }
  }

  #integer(value: Json, kind: 'int32' | 'int64'): void {
    if (typeof value !== 'number' && typeof value !== 'bigint') this.#misfit(describe(value), kind);
    else if (!isInteger(value, kind)) this.#misfit(`number ${value}`, kind);
  }

  #bytes(value: Json, plan: LeafPlan): void {
    if (typeof value !== 'string') {
      this.#misfit(describe(value), plan.goType);
      return;
    }
    const at = illegalBase64(value);
    if (at !== undefined) this.saved ??= `illegal base64 data at input byte ${at}`;
  }

  #misfit(what: string, goType: string): void {
    if (this.saved !== undefined) return;
    const place =
      this.#path.length === 0
        ? `Go value of type ${goType}`
        : `Go struct field ${this.#struct}.${this.#path.join('.')} of type ${goType}`;
    this.saved = `json: cannot unmarshal ${what} into ${place}`;
  }
}

function isInteger(value: number | bigint, kind: 'int32' | 'int64'): boolean {
  if (kind === 'int32')
    return Number.isInteger(value) && Number(value) >= int32Min && Number(value) <= int32Max;
  if (typeof value === 'bigint') return value >= int64Min && value <= int64Max;
  return Number.isSafeInteger(value);
}

/** What kind of JSON value Go says it met. */
function describe(value: Json): string {
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number' || typeof value === 'bigint') return 'number';
  return Array.isArray(value) ? 'array' : 'object';
}

/** What the types with an UnmarshalJSON of their own say. */
function unmarshalError(
  value: Json,
  kind: 'quantity' | 'int-or-string' | 'time' | 'micro-time' | 'raw',
): string | undefined {
  const misfit = (what: string, goType: string): string =>
    `json: cannot unmarshal ${what} into Go value of type ${goType}`;
  switch (kind) {
    case 'quantity':
      return quantityError(value);
    case 'int-or-string':
      if (typeof value === 'string') return undefined;
      if (typeof value !== 'number' && typeof value !== 'bigint')
        return misfit(describe(value), 'int32');
      return isInteger(value, 'int32') ? undefined : misfit(`number ${value}`, 'int32');
    case 'time':
    case 'micro-time':
      if (typeof value !== 'string') return misfit(describe(value), 'string');
      return timeError(value, kind === 'time' ? 'time' : 'microTime');
    case 'raw':
      return undefined;
  }
}

const base64Text = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Offset Go's decoder complains about; undefined for good base64. Line breaks are allowed anywhere. */
function illegalBase64(text: string): number | undefined {
  if (base64Text.test(text)) return undefined;
  let digits = 0;
  let quantumStart = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '\n' || character === '\r') continue;
    if (digits % 4 === 0) quantumStart = at;
    if (character === '=') return badPadding(text, at, digits % 4);
    if (!/[A-Za-z0-9+/]/.test(character)) return at;
    digits++;
  }
  return digits % 4 === 0 ? undefined : quantumStart;
}

function badPadding(text: string, first: number, digits: number): number | undefined {
  if (digits < 2) return first;
  const rest = text.slice(first).replaceAll(/[\r\n]/g, '');
  const padding = digits === 2 ? '==' : '=';
  if (rest === padding) return undefined;
  return rest === '=' ? text.length : first + padding.length;
}
