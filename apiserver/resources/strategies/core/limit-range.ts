// LimitRange: min <= defaultRequest <= default <= max, per resource and type.
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  required,
} from '../../../object/field-error.js';
import type { JsonObject, KubeObject } from '../../../object/kube-object.js';
import { isQualifiedName } from '../../../object/names.js';
import { compareQuantities, formatQuantity, type Quantity } from '../../../object/quantity.js';
import type { Strategy } from '../../resource.js';
import { checkFormat } from '../checks.js';
import { child, children, ensure, text } from '../fields.js';
import { canonicalizeList, quantities, quantityOf } from '../quantities.js';
import {
  allowsOvercommit,
  checkContainerResourceName,
  checkResourceName,
} from '../resource-names.js';

const lists = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const;
type List = (typeof lists)[number];

function applyDefaults(object: KubeObject): void {
  for (const limit of children(child(object, 'spec'), 'limits')) {
    for (const list of lists) canonicalizeList(limit, list);
    if (text(limit, 'type') !== 'Container') continue;
    const defaults = ensure(limit, 'default');
    const requests = ensure(limit, 'defaultRequest');
    addMissing(defaults, child(limit, 'max'));
    addMissing(requests, defaults);
    addMissing(requests, child(limit, 'min'));
    for (const list of ['default', 'defaultRequest'])
      if (Object.keys(ensure(limit, list)).length === 0) Reflect.deleteProperty(limit, list);
  }
}

function addMissing(target: JsonObject, source: JsonObject | undefined): void {
  for (const [name, value] of Object.entries(source ?? {}))
    if (!(name in target)) target[name] = value;
}

function validate(object: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const types = new Set<string>();
  children(child(object, 'spec'), 'limits').forEach((limit, index) => {
    const at = `spec.limits[${index}]`;
    const type = text(limit, 'type');
    checkType(type, `${at}.type`, errors);
    if (types.has(type)) errors.push(duplicate(`${at}.type`, type));
    types.add(type);
    checkLimit(limit, type, at, errors);
  });
  return errors;
}

function checkType(type: string, field: string, errors: FieldError[]): void {
  const before = errors.length;
  checkFormat(isQualifiedName, type, field, errors);
  if (errors.length > before || type.includes('/')) return;
  if (!['Pod', 'Container', 'PersistentVolumeClaim'].includes(type))
    errors.push(invalid(field, type, 'must be a standard limit type or fully qualified'));
}

function checkLimit(limit: JsonObject, type: string, at: string, errors: FieldError[]): void {
  const checkName =
    type === 'Pod' || type === 'Container' ? checkContainerResourceName : checkResourceName;
  const names = new Set<string>();
  for (const list of lists) {
    const isDefault = list === 'default' || list === 'defaultRequest';
    const entries = quantities(child(limit, list));
    if (type === 'Pod' && isDefault) {
      if (entries.length > 0)
        errors.push(forbiddenField(`${at}.${list}`, "may not be specified when `type` is 'Pod'"));
      continue;
    }
    for (const [name] of entries) {
      checkName(name, `${at}.${list}[${name}]`, errors);
      names.add(name);
    }
  }
  const hasStorage = ['min', 'max'].some((list) => child(limit, list)?.['storage'] !== undefined);
  if (type === 'PersistentVolumeClaim' && !hasStorage)
    errors.push(
      required(
        `${at}.limits`,
        'either minimum or maximum storage value is required, but neither was provided',
      ),
    );
  for (const name of names) checkOrder(limit, name, at, errors);
}

/** smaller, larger, the list whose field is blamed, the one whose value is shown, words. */
const orders: readonly [List, List, List, List, string, string][] = [
  ['min', 'max', 'min', 'min', 'min', 'max'],
  ['min', 'defaultRequest', 'defaultRequest', 'defaultRequest', 'min', 'default request'],
  ['defaultRequest', 'max', 'defaultRequest', 'defaultRequest', 'default request', 'max'],
  [
    'defaultRequest',
    'default',
    'defaultRequest',
    'defaultRequest',
    'default request',
    'default limit',
  ],
  ['min', 'default', 'default', 'min', 'min', 'default'],
  ['default', 'max', 'default', 'max', 'default', 'max'],
];

function checkOrder(limit: JsonObject, name: string, at: string, errors: FieldError[]): void {
  const value = (list: List): Quantity | undefined => quantityOf(child(limit, list)?.[name]);
  for (const [low, high, blamed, shown, lowWord, highWord] of orders) {
    const [a, b, c] = [value(low), value(high), value(shown)];
    if (a === undefined || b === undefined || compareQuantities(a, b) <= 0) continue;
    errors.push(
      invalid(
        `${at}.${blamed}[${name}]`,
        formatQuantity(c ?? a),
        `${lowWord} value ${formatQuantity(a)} is greater than ${highWord} value ${formatQuantity(b)}`,
      ),
    );
  }
  checkRatio(
    value('maxLimitRequestRatio'),
    value('min'),
    value('max'),
    `${at}.maxLimitRequestRatio[${name}]`,
    errors,
  );
  const [byDefault, request] = [value('default'), value('defaultRequest')];
  if (byDefault === undefined || request === undefined || allowsOvercommit(name)) return;
  if (compareQuantities(byDefault, request) !== 0)
    errors.push(
      invalid(
        `${at}.defaultRequest[${name}]`,
        formatQuantity(request),
        `default value ${formatQuantity(byDefault)} must equal to defaultRequest value ${formatQuantity(request)} in ${name}`,
      ),
    );
}

function checkRatio(
  ratio: Quantity | undefined,
  min: Quantity | undefined,
  max: Quantity | undefined,
  field: string,
  errors: FieldError[],
): void {
  if (ratio === undefined) return;
  const shown = formatQuantity(ratio);
  if (ratio.nano < 1_000_000_000n)
    errors.push(invalid(field, shown, `ratio ${shown} is less than 1`));
  if (min === undefined || max === undefined || min.nano === 0n) return;
  const most = Number(max.nano) / Number(min.nano);
  if (Number(ratio.nano) / 1e9 > most)
    errors.push(
      invalid(field, shown, `ratio ${shown} is greater than max/min = ${most.toFixed(6)}`),
    );
}

export const limitRangeStrategy: Strategy = { applyDefaults, validate };
