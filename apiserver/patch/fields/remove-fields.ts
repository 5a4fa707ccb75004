// removeFields: a typed value without a set of fields, as structured-merge-diff's RemoveItems. A map or list that
// loses everything becomes null: sets of fields taken from the result still count it.
import type { Json, JsonObject } from '../../object/kube-object.js';
import { below, hasElement, isEmpty, type FieldSet } from './field-set.js';
import { setMember } from './members.js';
import { fieldElement } from './path-element.js';
import type { ListPlan, MapPlan, TypePlan } from './type-plan.js';
import {
  asList,
  asMap,
  elementOrNothing,
  firstShape,
  isEmptyMap,
  memberPlan,
} from './typed-value.js';

/** Shares what stays. */
export function removeFields(plan: TypePlan, value: Json, fields: FieldSet): Json {
  return new Removal(true).remove(plan, value, fields);
}

/**
 * As removeFields, but what loses everything disappears itself: for the value that is going to be stored. What was
 * around it stays, even if it is empty now.
 */
export function removeFieldsWhole(plan: TypePlan, value: JsonObject, fields: FieldSet): JsonObject {
  return asMap(new Removal(false).remove(plan, value, fields)) ?? {};
}

class Removal {
  readonly #keepsEmptied: boolean;

  constructor(keepsEmptied: boolean) {
    this.#keepsEmptied = keepsEmptied;
  }

  remove(plan: TypePlan, value: Json, fields: FieldSet): Json {
    switch (firstShape(plan, value)) {
      case 'scalar':
        return value;
      case 'list': {
        const list = asList(value);
        if (list === undefined || plan.list === undefined || plan.list.kind === 'atomic')
          return null;
        return this.#removeItems(plan.list, list, fields);
      }
      case 'map': {
        const map = asMap(value);
        if (map === undefined || plan.map === undefined || plan.map.isAtomic) return null;
        return this.#removeMembers(plan.map, map, fields);
      }
    }
  }

  #removeItems(plan: ListPlan, list: readonly Json[], fields: FieldSet): Json {
    const kept: Json[] = [];
    let hasEmptied = false;
    for (const item of list) {
      const element = elementOrNothing(plan, item);
      if (element !== undefined && hasElement(fields, element)) continue;
      const inner = element === undefined ? {} : below(fields, element);
      const rest = isEmpty(inner) ? item : this.remove(plan.item(), item, inner);
      if (this.#isKept(item, rest)) kept.push(rest);
      else hasEmptied = true;
    }
    return kept.length === 0 && !hasEmptied ? null : kept;
  }

  #removeMembers(plan: MapPlan, map: JsonObject, fields: FieldSet): Json {
    const kept: JsonObject = {};
    let hasEmptied = false;
    for (const name of Object.keys(map)) {
      const member = map[name];
      const element = fieldElement(name);
      if (member === undefined || hasElement(fields, element)) continue;
      const inner = below(fields, element);
      const rest = isEmpty(inner) ? member : this.remove(memberPlan(plan, name), member, inner);
      if (this.#isKept(member, rest)) setMember(kept, name, rest);
      else hasEmptied = true;
    }
    return isEmptyMap(kept) && !hasEmptied ? null : kept;
  }

  #isKept(before: Json, after: Json): boolean {
    return this.#keepsEmptied || after !== null || before === null;
  }
}
