// newFields: what an object that was not there adds. The same set as a comparison with `{}` finds
// (compare-values.ts), but in one walk and with its elements already in the order FieldsV1 is written in: every
// create does this.
import { isJsonObject, type Json, type JsonObject } from '../../object/kube-object.js';
import { compareValues } from './compare-values.js';
import { isEmpty, union, type FieldSet, type GrowingSet } from './field-set.js';
import { allFields, allItems, elementOf, namesInOrder } from './owned-fields.js';
import { deduced, type MapPlan, type TypePlan } from './type-plan.js';

export function newFields(plan: TypePlan, object: JsonObject): FieldSet {
  if (plan.map === undefined || plan.map.isAtomic) return changed(plan, {}, object);
  return membersOf(plan.map, object);
}

/** Of a struct that Go has there in any case: it is not new itself. */
function membersOf(map: MapPlan, value: JsonObject): FieldSet {
  const result: GrowingSet = {};
  for (const name of namesInOrder(value)) {
    const member = value[name];
    if (member === undefined) continue;
    const field = map.field(name);
    const type = field?.type ?? map.others ?? deduced;
    const zero = field?.zero;
    const node = zero === undefined ? allFields(type, member) : sinceZero(type, zero, member);
    if (node !== undefined) result[elementOf(field, name)] = node;
  }
  return result;
}

/** Undefined: nothing new in it. */
function sinceZero(type: TypePlan, zero: Json, member: Json): FieldSet | undefined {
  const { map, list } = type;
  let fields: FieldSet;
  if (isJsonObject(zero) && isJsonObject(member) && map?.isAtomic === false)
    fields = membersOf(map, member);
  else if (zero === null && isNonEmptyList(member) && list !== undefined && list.kind !== 'atomic')
    fields = allItems(list, member, {});
  else return changed(holderOf(type), { it: zero }, { it: member })['f:it'];
  return isEmpty(fields) ? undefined : fields;
}

const isNonEmptyList = (value: Json): value is Json[] => Array.isArray(value) && value.length > 0;

function changed(plan: TypePlan, before: Json, after: Json): FieldSet {
  const { added, modified } = compareValues(plan, before, after);
  return union(modified, added);
}

/** A map whose only member is of this type: a set cannot say of its root whether that is in it. */
const holderOf = (type: TypePlan): TypePlan => ({
  scalar: undefined,
  list: undefined,
  map: {
    isAtomic: false,
    field: () => ({ type, zero: undefined, element: 'f:it' }),
    others: undefined,
  },
});
