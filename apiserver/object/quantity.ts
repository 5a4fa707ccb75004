// Quantities (`500m`, `1Gi`, `1e3`): parsed exactly as apimachinery's resource.Quantity, kept as a bigint of
// nano-units, printed in Go's canonical form. Smaller fractions than nano round up (away from zero), as in Go.
import type { Json } from './kube-object.js';

export type QuantityFormat = 'BinarySI' | 'DecimalSI' | 'DecimalExponent';

export interface Quantity {
  /** Value times 10^9. */
  readonly nano: bigint;
  readonly format: QuantityFormat;
}

const wrongFormat =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const wrongSuffix = "unable to parse quantity's suffix";

const decimalSuffixes: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const binarySuffixes: Readonly<Record<string, number>> = {
  Ki: 10,
  Mi: 20,
  Gi: 30,
  Ti: 40,
  Pi: 50,
  Ei: 60,
};

const nanoDigits = 9;
/** Go caps at 2^63-1 units; larger values are cut to it. */
const nanoMax = (2n ** 63n - 1n) * 10n ** 9n;
const digitsMax = 1000;
const exponentMax = 400;

/** `100m`, `64Mi`, `2`: nearly all quantities. Valid and canonical by their form alone. */
const everyday = /^[1-9]\d{0,2}(?:[mkMGT]|[KMGT]i)?$/;

export const isQuantity = (text: string): boolean =>
  everyday.test(text) || typeof readText(text) !== 'string';

/** Undefined: it is one. Numbers count as their text. */
export function quantityError(value: Json): string | undefined {
  if (typeof value === 'string' && everyday.test(value)) return undefined;
  const result = read(value);
  return typeof result === 'string' ? result : undefined;
}

/** Undefined when it is not a quantity. */
export function parseQuantity(value: Json | undefined): Quantity | undefined {
  if (value === undefined) return undefined;
  const result = read(value);
  return typeof result === 'string' ? undefined : result;
}

function read(value: Json): Quantity | string {
  if (typeof value === 'number' || typeof value === 'bigint') return readText(String(value));
  return typeof value === 'string' ? readText(value) : wrongFormat;
}

function readText(text: string): Quantity | string {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(.*)$/s.exec(text);
  if (text === '' || match === null) return wrongFormat;
  const [, sign = '', whole = '', fraction = '', suffix = ''] = match;
  if (whole === '' && fraction === '') return wrongFormat;
  if (whole.length + fraction.length > digitsMax) return wrongFormat;
  if (!/^[eEinumkKMGTP]*[-+]?\d*$/.test(suffix)) return wrongFormat;
  const scale = scaleOf(suffix);
  if (scale === undefined) return wrongSuffix;
  const digits = BigInt(whole + fraction);
  const nano = scaled(digits, scale, fraction.length);
  const capped = nano > nanoMax ? nanoMax : nano;
  return { nano: sign === '-' ? -capped : capped, format: scale.format };
}

interface Scale {
  readonly format: QuantityFormat;
  readonly base2: number;
  readonly base10: number;
}

function scaleOf(suffix: string): Scale | undefined {
  const decimal = Object.hasOwn(decimalSuffixes, suffix) ? decimalSuffixes[suffix] : undefined;
  if (decimal !== undefined) return { format: 'DecimalSI', base2: 0, base10: decimal };
  const binary = Object.hasOwn(binarySuffixes, suffix) ? binarySuffixes[suffix] : undefined;
  if (binary !== undefined) return { format: 'BinarySI', base2: binary, base10: 0 };
  const exponent = /^[eE]([+-]?\d+)$/.exec(suffix);
  if (exponent === null) return undefined;
  const power = Number(exponent[1]);
  if (Math.abs(power) > exponentMax) return undefined;
  return { format: 'DecimalExponent', base2: 0, base10: power };
}

/** digits * 2^base2 * 10^(base10 - fractionDigits) in nano-units, rounded up. */
function scaled(digits: bigint, { base2, base10 }: Scale, fractionDigits: number): bigint {
  const power = base10 - fractionDigits + nanoDigits;
  const shifted = digits << BigInt(base2);
  if (power >= 0) return shifted * 10n ** BigInt(power);
  const divisor = 10n ** BigInt(-power);
  return (shifted + divisor - 1n) / divisor;
}

export const compareQuantities = (a: Quantity, b: Quantity): -1 | 0 | 1 =>
  a.nano < b.nano ? -1 : a.nano > b.nano ? 1 : 0;

export const addQuantities = (a: Quantity, b: Quantity): Quantity => ({
  nano: a.nano + b.nano,
  format: a.nano === 0n ? b.format : a.format,
});

export const subtractQuantities = (a: Quantity, b: Quantity): Quantity => ({
  nano: a.nano - b.nano,
  format: a.nano === 0n ? b.format : a.format,
});

const perUnit = 10n ** 9n;
const ceilDivide = (value: bigint, by: bigint): bigint =>
  value >= 0n ? (value + by - 1n) / by : value / by;

/** Whole units, rounded up, as Quantity.Value(). */
export const quantityValue = (quantity: Quantity): bigint => ceilDivide(quantity.nano, perUnit);
/** Thousandths, rounded up, as Quantity.MilliValue(). */
export const quantityMilliValue = (quantity: Quantity): bigint =>
  ceilDivide(quantity.nano, 10n ** 6n);
export const isIntegerQuantity = (quantity: Quantity): boolean => quantity.nano % perUnit === 0n;

/** Canonical text: `1000m` is `1`, `0.5` is `500m`, `1024Mi` is `1Gi`. */
export function formatQuantity({ nano, format }: Quantity): string {
  if (nano === 0n) return '0';
  if (format === 'BinarySI') {
    const magnitude = nano < 0n ? -nano : nano;
    // Below 1024 Go prints the decimal form; above it a fraction is rounded away from zero.
    if (magnitude >= 1024n * perUnit) {
      const units = (magnitude + perUnit - 1n) / perUnit;
      return binaryText(nano < 0n ? -units : units);
    }
  }
  return decimalText(nano, format === 'DecimalExponent');
}

function binaryText(units: bigint): string {
  const names = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
  let rest = units;
  let step = 0;
  while (step < names.length - 1 && rest % 1024n === 0n) {
    rest /= 1024n;
    step++;
  }
  return `${rest}${names[step] ?? ''}`;
}

function decimalText(nano: bigint, asExponent: boolean): string {
  const names = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
  let rest = nano;
  let step = 0;
  while (step < names.length - 1 && rest % 1000n === 0n) {
    rest /= 1000n;
    step++;
  }
  if (!asExponent) return `${rest}${names[step] ?? ''}`;
  const exponent = (step - 3) * 3;
  return exponent === 0 ? String(rest) : `${rest}e${exponent}`;
}

/** The canonical text of a valid quantity; anything else is returned as it is. */
export function canonicalQuantity(value: Json): Json {
  if (typeof value === 'string' && everyday.test(value)) return value;
  const quantity = parseQuantity(value);
  return quantity === undefined ? value : formatQuantity(quantity);
}
