// Managers: who owns which fields of one object, read from and written to metadata.managedFields. A manager is
// told apart by name, operation, subresource and, for updates, API version. Entries nobody changes are written
// back as they were read. Source: apimachinery's managedfields package.
import { quote } from '../../object/api-error.js';
import {
  isJsonObject,
  type Json,
  type JsonObject,
  type ManagedFieldsEntry,
} from '../../object/kube-object.js';
import { isEmpty, readFieldSet, toFieldsV1, union, type FieldSet } from './field-set.js';
import { compareText } from './go-text.js';

export interface Manager {
  readonly name: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
  /** RFC 3339, seconds; undefined in entries of unknown age. */
  readonly time: string | undefined;
  readonly fields: FieldSet;
  /** What it was read from, as long as the fields are the same. */
  readonly entry?: ManagedFieldsEntry | undefined;
}

export type Managers = Map<string, Manager>;

/** More entries than this from updates are folded into one called ancient-changes. */
export const updateManagersMax = 10;
const ancientName = 'ancient-changes';

/** The text of the real server's identifier: conflicts are listed in its order. */
export function managerId(manager: Omit<Manager, 'time' | 'fields' | 'entry'>): string {
  const { name, operation, apiVersion, subresource } = manager;
  const members = [`"operation":"${operation}"`];
  if (name !== '') members.unshift(`"manager":${quote(name)}`);
  if (operation === 'Update') members.push(`"apiVersion":${quote(apiVersion)}`);
  if (subresource !== '') members.push(`"subresource":${quote(subresource)}`);
  return `{${members.join(',')}}`;
}

/** From a client: throws when an entry is malformed. */
export function readManagers(entries: readonly ManagedFieldsEntry[] | undefined): Managers {
  const managers: Managers = new Map();
  for (const entry of entries ?? []) {
    const { operation, apiVersion } = entry;
    if (operation !== 'Apply' && operation !== 'Update')
      throw new Error('operation must be `Apply` or `Update`');
    if (typeof apiVersion !== 'string' || apiVersion === '')
      throw new Error('apiVersion must not be empty');
    // What a client sent may be any text.
    const fieldsType: string = entry.fieldsType ?? '';
    if (fieldsType !== 'FieldsV1') throw new Error(`invalid fieldsType ${quote(fieldsType)}`);
    const fields = readFieldSet(entry.fieldsV1);
    add(managers, { ...described(entry), operation, apiVersion, fields });
  }
  return managers;
}

/** From a stored object: its entries were checked and made canonical when they were written. */
export function storedManagers(entries: readonly ManagedFieldsEntry[] | undefined): Managers {
  const managers: Managers = new Map();
  for (const entry of entries ?? []) {
    const { operation, apiVersion, fieldsV1 } = entry;
    if (operation === undefined || apiVersion === undefined || !isJsonObject(fieldsV1)) continue;
    // fieldsV1 is nothing but nested objects.
    add(managers, { ...described(entry), operation, apiVersion, fields: fieldsV1 as FieldSet });
  }
  return managers;
}

function described(
  entry: ManagedFieldsEntry,
): Pick<Manager, 'name' | 'subresource' | 'time' | 'entry'> {
  return {
    name: textOf(entry.manager),
    subresource: textOf(entry.subresource),
    time: textOf(entry.time) || undefined,
    entry,
  };
}

const add = (managers: Managers, manager: Manager): void => {
  managers.set(managerId(manager), manager);
};

const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

/** The same manager with other fields. */
export function withFields(manager: Manager, fields: FieldSet): Manager {
  return fields === manager.fields ? manager : { ...manager, fields, entry: undefined };
}

/** Entries in the real server's order; undefined when there is nothing to tell. */
export function writeManagers(managers: Managers): ManagedFieldsEntry[] | undefined {
  const written = [...managers.values()].filter(({ fields }) => !isEmpty(fields));
  if (written.length === 0) return undefined;
  return written.sort(compareManagers).map(writeManager);
}

const compareManagers = (a: Manager, b: Manager): number =>
  compareText(a.operation, b.operation) ||
  compareText(a.time ?? '', b.time ?? '') ||
  compareText(a.name, b.name) ||
  compareText(a.apiVersion, b.apiVersion) ||
  compareText(a.subresource, b.subresource);

function writeManager(manager: Manager): ManagedFieldsEntry {
  const { entry, time, fields } = manager;
  if (entry !== undefined && textOf(entry.time) === (time ?? '')) return entry;
  return entryOf(manager, toFieldsV1(fields));
}

/** `fieldsV1`: the manager's fields in the wire's order. */
export function entryOf(
  manager: Omit<Manager, 'fields' | 'entry'>,
  fieldsV1: JsonObject,
): ManagedFieldsEntry {
  const { name, operation, apiVersion, time, subresource } = manager;
  const written: ManagedFieldsEntry = name === '' ? {} : { manager: name };
  written.operation = operation;
  written.apiVersion = apiVersion;
  if (time !== undefined) written.time = time;
  written.fieldsType = 'FieldsV1';
  written.fieldsV1 = fieldsV1;
  if (subresource !== '') written.subresource = subresource;
  return written;
}

/** Folds the oldest updates together, API version by API version, until no more than the limit are left. */
export function capUpdates(managers: Managers): void {
  const updates = [...managers].filter(([, { operation }]) => operation === 'Update');
  let excess = updates.length - updateManagersMax;
  if (excess <= 0) return;
  updates.sort(
    ([idA, a], [idB, b]) => compareText(a.time ?? '', b.time ?? '') || compareText(idA, idB),
  );
  const oldestOfVersion = new Map<string, string>();
  for (const [id, manager] of updates) {
    if (excess <= 0) return;
    const oldest = oldestOfVersion.get(manager.apiVersion);
    if (oldest === undefined) {
      oldestOfVersion.set(manager.apiVersion, id);
      continue;
    }
    fold(managers, oldest, id, manager);
    excess--;
  }
}

function fold(managers: Managers, oldest: string, id: string, manager: Manager): void {
  const ancient = { ...manager, name: ancientName, subresource: '', entry: undefined };
  const ancientId = managerId(ancient);
  const previous = managers.get(ancientId) ?? managers.get(oldest);
  managers.delete(oldest);
  managers.delete(id);
  // The time is that of the younger one.
  managers.set(ancientId, {
    ...ancient,
    fields: union(manager.fields, previous?.fields ?? {}),
  });
}
