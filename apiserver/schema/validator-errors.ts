// tellFindings: ajv's errors about a built-in type (validator-built-in.ts) as Kubernetes' field errors, at Go's field
// paths, in the order of the type's members, at most so many.
import type { ErrorObject } from 'ajv';
import {
  duplicate,
  invalid,
  notSupported,
  required,
  showValue,
  tooMany,
  type FieldError,
} from '../object/field-error.js';
import type { Json } from '../object/kube-object.js';
import { repeatedItems } from './distinct.js';
import { missedPaths } from './json-schema.js';
import type { SchemaName, TypeRegistry } from './openapi.js';
import { planOf, type Plan } from './plan.js';

/** One violation and the definition whose schema found it. */
export interface Finding {
  readonly owner: SchemaName;
  /** JSON pointer of the owner's value. */
  readonly pointer: string;
  readonly error: ErrorObject;
}

/** More are not told: an answer to 3 MiB of empty containers would be 100 MiB. */
export const findingsMax = 1_000;

export function tellFindings(
  findings: readonly Finding[],
  schemaName: SchemaName,
  types: TypeRegistry,
): FieldError[] {
  if (findings.length === 0) return [];
  const plan = types.derived(planOf, schemaName);
  const told = findings.flatMap((finding) => tell(finding, plan, types));
  told.sort((a, b) => comparePlaces(a.place.ranks, b.place.ranks));
  const errors = told.slice(0, findingsMax).map(({ error }) => error);
  if (findings.length >= findingsMax) errors.push(cutShort);
  return errors;
}

const cutShort: FieldError = {
  reason: 'FieldValueTooMany',
  field: '<nil>',
  message: `Too many: must have at most ${findingsMax} violations; the others are not listed`,
};

interface Told {
  readonly place: Place;
  readonly error: FieldError;
}

/** Nothing when ajv and Go differ: null is absent, a bigint is an integer. */
function tell({ owner, pointer, error }: Finding, plan: Plan, types: TypeRegistry): Told[] {
  const path = [...segments(pointer), ...segments(error.instancePath)];
  const at = (rest: readonly string[] = []): Place => placeOf([...path, ...rest], plan);
  // With `verbose` an error carries its value, which is JSON.
  const value = error.data as Json;
  const params = error.params as Readonly<Record<string, unknown>>;
  const one = (make: (field: string) => FieldError, rest?: readonly string[]): Told => {
    const place = at(rest);
    return { place, error: make(place.field) };
  };
  switch (error.keyword) {
    case 'required':
      return missedPaths(owner, String(params['missingProperty']), types).map((rest) =>
        one((field) => required(field), rest),
      );
    case 'minLength':
    case 'minItems':
      return [one((field) => required(field))];
    case 'enum': {
      if (typeof value !== 'string') return [];
      const supported = error.parentSchema?.['supported'] as readonly string[]; // as: json-schema.ts wrote it
      return [one((field) => notSupported(field, value, supported))];
    }
    case 'distinct':
      return tellRepeats(value, error, at());
    case 'type':
      return isMissing(error)
        ? [one((field) => required(field))]
        : isAcceptable(value, params)
          ? []
          : [one((field) => misfit(field, value, String(params['type'])))];
    case 'maxItems':
      return [one((field) => tooMany(field, lengthOf(value), Number(params['limit'])))];
    default:
      return [one((field) => invalid(field, value, phrase(error.keyword, params)))];
  }
}

function tellRepeats(list: Json, { schema }: ErrorObject, { field, ranks }: Place): Told[] {
  if (!Array.isArray(list) || typeof schema !== 'string') return [];
  const member = schema === '' ? '' : `.${schema}`;
  return repeatedItems(list, schema, findingsMax).map(({ index, value }) => ({
    place: { field, ranks: [...ranks, index] },
    error: duplicate(`${field}[${index}]${member}`, value),
  }));
}

const isMissing = ({ data, parentSchema }: ErrorObject): boolean =>
  data === null && parentSchema?.['needed'] === true;

const isAcceptable = (value: Json, { type }: Readonly<Record<string, unknown>>): boolean =>
  value === null || (typeof value === 'bigint' && /integer|number/.test(String(type)));

const lengthOf = (value: Json): number => (Array.isArray(value) ? value.length : 0);

/** The decoder refuses these first; here they can only come from a part of the server itself. */
const misfit = (field: string, value: Json, type: string): FieldError => ({
  reason: 'FieldValueTypeInvalid',
  field,
  message: `Invalid value: ${showValue(value)}: must be of type ${type}`,
});

function phrase(keyword: string, params: Readonly<Record<string, unknown>>): string {
  if (keyword === 'minimum') return `must be greater than or equal to ${String(params['limit'])}`;
  if (keyword === 'maximum') return `must be less than or equal to ${String(params['limit'])}`;
  return `must be of format ${String(params['format'])}`;
}

const segments = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));

/** A field, and for sorting the number of each step on the way to it: a member's in its type, an item's in its list. */
interface Place {
  readonly field: string;
  readonly ranks: readonly number[];
}

function placeOf(path: readonly string[], root: Plan): Place {
  const ranks: number[] = [];
  let field = '';
  let plan: Plan | undefined = root;
  for (const part of path) {
    switch (plan?.type) {
      case 'list':
        field += `[${part}]`;
        ranks.push(Number(part));
        plan = plan.item;
        break;
      case 'map':
        field += `[${part}]`;
        ranks.push(0);
        plan = plan.value;
        break;
      case 'struct':
        field += field === '' ? part : `.${part}`;
        ranks.push([...plan.fields.keys()].indexOf(part));
        plan = plan.fields.get(part)?.plan;
        break;
      case 'leaf':
      case undefined:
        field += field === '' ? part : `.${part}`;
    }
  }
  return { field, ranks };
}

function comparePlaces(a: readonly number[], b: readonly number[]): number {
  for (const [index, rank] of a.entries()) {
    const other = b[index];
    if (other === undefined) return 1;
    if (rank !== other) return rank - other;
  }
  return a.length - b.length;
}
