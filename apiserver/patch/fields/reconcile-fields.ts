// reconcileFields: a field set recorded under an older schema, under the present one. What was owned in parts and
// is atomic now is owned as a whole by everybody who had a part. (The other way, from atomic to granular, needs
// nothing: the owner keeps the field itself.) Follows structured-merge-diff's ReconcileFieldSetWithSchema.
import { childElements, emptySet, type FieldSet, type GrowingSet } from './field-set.js';
import { fieldName, isField } from './path-element.js';
import type { TypePlan } from './type-plan.js';

/** The same set when nothing changed. */
export function reconcileFields(plan: TypePlan, set: FieldSet): FieldSet {
  const elements = childElements(set);
  if (elements.length === 0) return set;
  let changed: GrowingSet | undefined;
  for (const element of elements) {
    const node = set[element];
    const inner = isField(element) ? memberType(plan, fieldName(element)) : plan.list?.item();
    if (node === undefined || inner === undefined) continue;
    const reconciled = reconcileNode(inner, node);
    if (reconciled !== node) (changed ??= { ...set })[element] = reconciled;
  }
  return changed ?? set;
}

function reconcileNode(plan: TypePlan, node: FieldSet): FieldSet {
  const [first] = childElements(node);
  if (first === undefined) return node;
  const isAtomic = isField(first) ? plan.map?.isAtomic : plan.list?.kind === 'atomic';
  // An empty node is a leaf: in the set itself.
  return isAtomic === true ? emptySet : reconcileFields(plan, node);
}

const memberType = ({ map }: TypePlan, name: string): TypePlan | undefined =>
  map?.field(name)?.type ?? map?.others;
