// recordUpdate: field ownership of every write that is not a server-side apply (create, PUT, the other patches).
// The writer owns what it changed, from then on. Runs on each of these writes, so a write that changes nothing
// leaves all entries as they are.
import { equalJson } from '../../object/json.js';
import type { KubeObject, ManagedFieldsEntry } from '../../object/kube-object.js';
import { isEmpty, union } from './field-set.js';
import {
  capUpdates,
  entryOf,
  managerId,
  readManagers,
  storedManagers,
  writeManagers,
  type Manager,
  type Managers,
} from './managers.js';
import { newFields } from './new-fields.js';
import { objectPlanOf } from './object-plan.js';
import {
  changesBetween,
  dispossess,
  filterOf,
  ownable,
  withoutManagedFields,
  type WriteInput,
} from './ownership.js';

export interface UpdateInput extends WriteInput {
  /** The object about to be stored; its metadata.managedFields is set or removed. */
  readonly updated: KubeObject;
}

/** Clients may edit managedFields ([] or [{}] clears them); a client that leaves them out keeps the live ones. */
export function recordUpdate(input: UpdateInput): void {
  const { live, updated } = input;
  const managers = currentManagers(input);
  // Once cleared, an object is tracked again only from its first server-side apply on.
  if (live === undefined && managers.size === 0) {
    setManagedFields(updated, ownershipOfNew(input));
    return;
  }
  if (managers.size > 0 || live === undefined) recordChanges(input, managers);
  setManagedFields(updated, writeManagers(managers));
}

export function setManagedFields(
  object: KubeObject,
  entries: ManagedFieldsEntry[] | undefined,
): void {
  if (entries === undefined) delete object.metadata.managedFields;
  else object.metadata.managedFields = entries;
}

function currentManagers({ live, updated, subresource }: UpdateInput): Managers {
  const liveEntries = live?.metadata.managedFields;
  const sent = updated.metadata.managedFields;
  // Most clients send back what they got: that was checked when it was written.
  if ((subresource ?? '') === '' && sent !== undefined && !equalJson(sent, liveEntries)) {
    if (isReset(sent)) return new Map();
    const managers = readableManagers(sent);
    if (managers !== undefined && managers.size > 0) return managers;
  }
  return storedManagers(liveEntries);
}

/** What cannot be read counts as left out. */
function readableManagers(entries: readonly ManagedFieldsEntry[]): Managers | undefined {
  try {
    return readManagers(entries);
  } catch {
    return undefined;
  }
}

const isReset = (entries: readonly ManagedFieldsEntry[]): boolean =>
  entries.length === 0 || (entries.length === 1 && Object.keys(entries[0] ?? {}).length === 0);

/** The creator owns everything. */
function ownershipOfNew(input: UpdateInput): ManagedFieldsEntry[] | undefined {
  const { updated, schema, resolve, now } = input;
  const plan = objectPlanOf(schema, resolve);
  const fields = ownable(filterOf(input)(newFields(plan, withoutManagedFields(updated))));
  if (isEmpty(fields)) return undefined;
  return [entryOf({ ...writerOf(input), time: now }, fields)];
}

const writerOf = ({
  manager,
  updated,
  subresource,
}: UpdateInput): Omit<Manager, 'time' | 'fields'> => ({
  name: manager === '' ? 'unknown' : manager,
  operation: 'Update',
  apiVersion: updated.apiVersion,
  subresource: subresource ?? '',
});

function recordChanges(input: UpdateInput, managers: Managers): void {
  const { live, updated, schema, resolve, now } = input;
  const filter = filterOf(input);
  const before = live === undefined ? {} : withoutManagedFields(live);
  const changes = changesBetween(
    objectPlanOf(schema, resolve),
    before,
    withoutManagedFields(updated),
    filter,
  );
  dispossess(managers, changes, '');
  const fields = ownable(union(changes.modified, changes.added));
  if (!isEmpty(fields)) {
    const writer = writerOf(input);
    const id = managerId(writer);
    const owned = union(fields, managers.get(id)?.fields ?? {});
    managers.set(id, { ...writer, time: now, fields: owned });
  }
  capUpdates(managers);
}

/**
 * When `updated` differs from `live` only in the times of its managedFields, gives it the live ones back, so that
 * the write is recognised as one that changes nothing. True: the two are now equal.
 */
export function keepTimesWhenUnchanged(live: KubeObject, updated: KubeObject): boolean {
  if (!equalJson(withoutManagedFields(live), withoutManagedFields(updated))) return false;
  const old = live.metadata.managedFields ?? [];
  const current = updated.metadata.managedFields ?? [];
  if (old.length !== current.length) return false;
  const unmatched = new Map(old.map((entry) => [identify(entry), entry]));
  const isSame = current.every((entry) =>
    equalJson(withoutTime(entry), withoutTime(unmatched.get(identify(entry)))),
  );
  if (isSame) setManagedFields(updated, live.metadata.managedFields);
  return isSame;
}

const identify = ({ manager, operation, apiVersion, subresource }: ManagedFieldsEntry): string =>
  JSON.stringify([manager, operation, apiVersion, subresource]);

function withoutTime(entry: ManagedFieldsEntry | undefined): ManagedFieldsEntry {
  const rest = { ...entry };
  delete rest.time;
  return rest;
}
