// Ownership: what a change from one version of an object to the next does to its managers. Whoever changes a
// field owns it alone; whoever's field disappears owns it no more. Shared by apply.ts and update.ts; the rules are
// those of structured-merge-diff's merge.Updater with apimachinery's stripping of metadata.
import type { JsonObject, KubeObject } from '../../object/kube-object.js';
import type { ResolveSchema, SchemaNode } from '../../object/schema-node.js';
import { compareValues, fieldFilter, filterComparison, type Comparison } from './compare-values.js';
import {
  difference,
  intersection,
  isEmpty,
  setOfFields,
  union,
  type FieldSet,
} from './field-set.js';
import { withFields, type Manager, type Managers } from './managers.js';
import type { TypePlan } from './type-plan.js';

/** What both kinds of write have in common. */
export interface WriteInput {
  readonly live: KubeObject | undefined;
  readonly schema: SchemaNode;
  readonly resolve: ResolveSchema;
  /** Field manager's name; '' counts as "unknown". */
  readonly manager: string;
  /** RFC 3339, seconds. */
  readonly now: string;
  readonly subresource?: string | undefined;
  /** Fields this endpoint never writes, with all below: `['status']`. Dotted paths of plain members. */
  readonly ignoreFields?: readonly string[] | undefined;
  /** The only fields this endpoint writes (a custom resource's /status): `['status']`. */
  readonly onlyFields?: readonly string[] | undefined;
}

/** Never owned by anyone: identity and what the server itself maintains. */
const unowned = setOfFields([
  'apiVersion',
  'kind',
  'metadata',
  'metadata.name',
  'metadata.namespace',
  'metadata.creationTimestamp',
  'metadata.selfLink',
  'metadata.uid',
  'metadata.clusterName',
  'metadata.generation',
  'metadata.managedFields',
  'metadata.resourceVersion',
]);

export const ownable = (fields: FieldSet): FieldSet => difference(fields, unowned);

const parsedPaths = new WeakMap<readonly string[], FieldSet>();

function pathSet(paths: readonly string[] | undefined): FieldSet | undefined {
  if (paths === undefined) return undefined;
  let set = parsedPaths.get(paths);
  if (set === undefined) parsedPaths.set(paths, (set = setOfFields(paths)));
  return set;
}

export const filterOf = ({ ignoreFields, onlyFields }: WriteInput): ((set: FieldSet) => FieldSet) =>
  fieldFilter(pathSet(ignoreFields), pathSet(onlyFields));

export const changesBetween = (
  plan: TypePlan,
  before: JsonObject,
  after: JsonObject,
  filter: (set: FieldSet) => FieldSet,
): Comparison => filterComparison(compareValues(plan, before, after), filter);

/** Fields others own that a change touches. */
export function contested(
  managers: Managers,
  { added, modified }: Comparison,
  writerId: string,
): Map<string, { manager: Manager; fields: FieldSet }> {
  const result = new Map<string, { manager: Manager; fields: FieldSet }>();
  const written = union(modified, added);
  if (isEmpty(written)) return result;
  for (const [id, manager] of managers) {
    if (id === writerId) continue;
    const fields = intersection(manager.fields, written);
    if (!isEmpty(fields)) result.set(id, { manager, fields });
  }
  return result;
}

/** Takes from everybody but the writer what it took over and what is gone. */
export function dispossess(managers: Managers, changes: Comparison, writerId: string): void {
  const written = union(changes.modified, changes.added);
  if (isEmpty(written) && isEmpty(changes.removed)) return;
  for (const [id, manager] of managers) {
    if (id === writerId) continue;
    const lost = union(intersection(manager.fields, written), changes.removed);
    if (isEmpty(lost)) continue;
    const fields = difference(manager.fields, lost);
    if (isEmpty(fields)) managers.delete(id);
    else managers.set(id, withFields(manager, fields));
  }
}

/** The object as managers see it. The rest is shared with the argument. */
export function withoutManagedFields(object: KubeObject): KubeObject {
  const metadata = { ...object.metadata };
  delete metadata.managedFields;
  return { ...object, metadata };
}
