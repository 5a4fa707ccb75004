// compareValues: which fields of a typed value were added, changed or removed between two versions of it. Leaves
// are scalars, atomic lists and maps, and empty ones; items are matched by key or value, never by position.
// Follows structured-merge-diff's typed.Compare.
import { equalJson } from '../../object/json.js';
import type { Json, JsonObject } from '../../object/kube-object.js';
import {
  graft,
  insertPath,
  recursiveDifference,
  restrict,
  type FieldSet,
  type GrowingSet,
} from './field-set.js';
import { getMember } from './members.js';
import { allFields, elementOf } from './owned-fields.js';
import type { ListPlan, MapPlan, TypePlan } from './type-plan.js';
import {
  asList,
  asMap,
  groupItems,
  isEmptyMap,
  memberPlan,
  shapesOf,
  type Shape,
} from './typed-value.js';

export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

export function compareValues(plan: TypePlan, before: Json, after: Json): Comparison {
  const comparer = new Comparer();
  comparer.compare(plan, before, after);
  return comparer;
}

/** What of a comparison counts: not the ignored fields, and only the others when they are named. */
export function filterComparison(
  { added, modified, removed }: Comparison,
  filter: (set: FieldSet) => FieldSet,
): Comparison {
  return { added: filter(added), modified: filter(modified), removed: filter(removed) };
}

/** A filter from the fields a write does not touch, or from the only ones it does. */
export function fieldFilter(
  ignored: FieldSet | undefined,
  only: FieldSet | undefined,
): (set: FieldSet) => FieldSet {
  return (set) => {
    const kept = only === undefined ? set : restrict(set, only);
    return ignored === undefined ? kept : recursiveDifference(kept, ignored);
  };
}

class Comparer implements Comparison {
  readonly added: GrowingSet = {};
  readonly modified: GrowingSet = {};
  readonly removed: GrowingSet = {};
  readonly #path: string[] = [];

  compare(plan: TypePlan, before: Json, after: Json): void {
    // A value that changed from a map to a list, say, is looked at both ways.
    const [newShape] = shapesOf(plan, after);
    const [oldShape] = shapesOf(plan, before);
    if (oldShape !== undefined && oldShape !== newShape)
      this.#compareAs(oldShape, plan, before, after);
    if (newShape !== undefined) this.#compareAs(newShape, plan, before, after);
  }

  #compareAs(shape: Shape, plan: TypePlan, before: Json, after: Json): void {
    if (shape === 'map' && plan.map !== undefined) this.#compareMaps(plan.map, before, after);
    else if (shape === 'list' && plan.list !== undefined)
      this.#compareLists(plan.list, before, after);
    else this.#compareLeaves(before, after);
  }

  #compareLeaves(before: Json, after: Json): void {
    if (!equalJson(before, after)) insertPath(this.modified, this.#path);
  }

  #compareMaps(plan: MapPlan, before: Json, after: Json): void {
    const old = asMap(before);
    const current = asMap(after);
    if (plan.isAtomic || (isEmptyMap(old) && isEmptyMap(current))) {
      this.#compareLeaves(before, after);
      return;
    }
    for (const name in old) this.#compareMember(plan, name, old, current);
    for (const name in current)
      if (old === undefined || getMember(old, name) === undefined)
        this.#compareMember(plan, name, old, current);
  }

  #compareMember(
    plan: MapPlan,
    name: string,
    old: JsonObject | undefined,
    current: JsonObject | undefined,
  ): void {
    const field = plan.field(name);
    // What a Go object always has cannot come or go.
    const before = memberOr(old, name, field?.zero);
    const after = memberOr(current, name, field?.zero);
    if (before === after) return;
    this.#descend(elementOf(field, name), field?.type ?? memberPlan(plan, name), before, after);
  }

  #descend(
    element: string,
    plan: TypePlan,
    before: Json | undefined,
    after: Json | undefined,
  ): void {
    if (before === after) return;
    this.#path.push(element);
    if (before === undefined) {
      if (after !== undefined) graft(this.added, this.#path, allFields(plan, after));
    } else if (after === undefined) graft(this.removed, this.#path, allFields(plan, before));
    else this.compare(plan, before, after);
    this.#path.pop();
  }

  #compareLists(plan: ListPlan, before: Json, after: Json): void {
    const old = asList(before) ?? [];
    const current = asList(after) ?? [];
    if (plan.kind === 'atomic' || (old.length === 0 && current.length === 0)) {
      this.#compareLeaves(before, after);
      return;
    }
    // Most lists did not change, and telling items apart costs more than comparing them.
    if (equalJson(before, after)) return;
    const oldItems = groupItems(plan, old);
    const newItems = groupItems(plan, current);
    for (const [element, items] of oldItems)
      this.#compareItems(plan, element, items, newItems.get(element) ?? []);
    for (const [element, items] of newItems)
      if (!oldItems.has(element)) this.#compareItems(plan, element, [], items);
  }

  /** More than one item with the same key are owned as one leaf. */
  #compareItems(
    plan: ListPlan,
    element: string,
    old: readonly Json[],
    current: readonly Json[],
  ): void {
    const item = plan.item();
    const path = [...this.#path, element];
    if (old.length <= 1 && current.length <= 1) {
      this.#descend(element, item, old[0], current[0]);
    } else if (old.length > 1 && current.length > 1) {
      if (!equalJson([...old], [...current])) insertPath(this.modified, path);
    } else if (old.length > 1) {
      this.#descend(element, item, undefined, current[0]);
      insertPath(this.removed, path);
    } else {
      this.#descend(element, item, old[0], undefined);
      insertPath(this.added, path);
    }
  }
}

function memberOr(
  map: JsonObject | undefined,
  name: string,
  zero: Json | undefined,
): Json | undefined {
  if (map === undefined) return undefined;
  const member = getMember(map, name);
  return member === undefined ? zero : member;
}
