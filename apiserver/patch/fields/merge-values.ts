// mergeValues: an applied configuration on top of a live value. Nothing is removed; leaves come from the
// configuration, keyed items merge, new items take their place in the configuration's order.
// Follows structured-merge-diff's typed.Merge; taking fields away again is remove-fields.ts.
import type { Json, JsonObject } from '../../object/kube-object.js';
import { getMember, setMember } from './members.js';
import type { ListPlan, MapPlan, TypePlan } from './type-plan.js';
import {
  asList,
  asMap,
  elementOrNothing,
  firstShape,
  groupItems,
  isEmptyMap,
  memberPlan,
} from './typed-value.js';

/** May share parts with both; undefined: neither side has anything. */
export function mergeValues(
  plan: TypePlan,
  live: Json | undefined,
  applied: Json | undefined,
): Json | undefined {
  const decidedBy = applied === undefined ? live : applied;
  if (decidedBy === undefined) return undefined;
  switch (firstShape(plan, decidedBy)) {
    case 'scalar':
      return decidedBy;
    case 'map':
      return plan.map === undefined ? decidedBy : mergeMaps(plan.map, live, applied);
    case 'list':
      return plan.list === undefined ? decidedBy : mergeLists(plan.list, live, applied);
  }
}

function mergeMaps(
  plan: MapPlan,
  live: Json | undefined,
  applied: Json | undefined,
): Json | undefined {
  const old = asMap(live);
  const config = asMap(applied);
  if (plan.isAtomic || (isEmptyMap(old) && isEmptyMap(config)))
    return applied === undefined ? live : applied;
  const result: JsonObject = {};
  const visit = (name: string): void => {
    const merged = mergeValues(
      memberPlan(plan, name),
      old === undefined ? undefined : getMember(old, name),
      config === undefined ? undefined : getMember(config, name),
    );
    if (merged !== undefined) setMember(result, name, merged);
  };
  for (const name of Object.keys(old ?? {})) visit(name);
  for (const name of Object.keys(config ?? {}))
    if (old === undefined || getMember(old, name) === undefined) visit(name);
  return isEmptyMap(result) ? undefined : result;
}

function mergeLists(
  plan: ListPlan,
  live: Json | undefined,
  applied: Json | undefined,
): Json | undefined {
  const old = asList(live) ?? [];
  const config = asList(applied) ?? [];
  if (plan.kind === 'atomic' || (old.length === 0 && config.length === 0))
    return applied === undefined ? live : applied;
  return new ListMerger(plan, old, config).merge();
}

/** Live items keep their place, the configuration's keep their order; shared ones are where both agree. */
class ListMerger {
  readonly #plan: ListPlan;
  readonly #live: readonly { readonly element: string; readonly item: Json }[];
  readonly #config: readonly string[];
  readonly #liveItems: ReadonlyMap<string, readonly Json[]>;
  readonly #configItems: ReadonlyMap<string, readonly Json[]>;
  readonly #result: Json[] = [];
  readonly #merged = new Set<string>();

  constructor(plan: ListPlan, live: readonly Json[], config: readonly Json[]) {
    this.#plan = plan;
    this.#live = live.flatMap((item) => {
      const element = elementOrNothing(plan, item);
      return element === undefined ? [] : [{ element, item }];
    });
    this.#liveItems = groupItems(plan, live);
    this.#configItems = groupItems(plan, config);
    this.#config = [...this.#configItems.keys()];
  }

  merge(): Json | undefined {
    const shared = this.#config.filter((element) => this.#liveItems.has(element));
    let nextShared = 0;
    let at = 0;
    let next = 0;
    while (at < this.#live.length || next < this.#config.length) {
      const live = this.#live[at];
      const wanted = this.#config[next];
      if (live !== undefined && live.element === wanted) {
        this.#take(wanted);
        at++;
        next++;
        nextShared++;
      } else if (
        live !== undefined &&
        wanted !== undefined &&
        this.#isLater(live.element, shared[nextShared])
      ) {
        at++;
      } else if (live !== undefined && !this.#configItems.has(live.element)) {
        this.#push(live.item, undefined);
        at++;
      } else {
        if (live !== undefined && this.#merged.has(live.element)) at++;
        if (wanted === undefined) continue;
        this.#take(wanted);
        next++;
        if (shared[nextShared] === wanted) nextShared++;
      }
    }
    return this.#result.length === 0 ? undefined : this.#result;
  }

  /** In both lists, but another shared item comes first in the configuration. */
  #isLater(element: string, nextShared: string | undefined): boolean {
    return this.#configItems.has(element) && nextShared !== undefined && nextShared !== element;
  }

  #take(element: string): void {
    this.#merged.add(element);
    const old = this.#liveItems.get(element);
    // Items that share a key are replaced rather than merged: there is no telling with which.
    const live = old === undefined ? undefined : old.length > 1 ? null : old[0];
    this.#push(live, this.#configItems.get(element)?.[0]);
  }

  #push(live: Json | undefined, applied: Json | undefined): void {
    const merged = mergeValues(this.#plan.item(), live, applied);
    if (merged !== undefined) this.#result.push(merged);
  }
}
