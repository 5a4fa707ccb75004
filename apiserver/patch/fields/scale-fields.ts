// managedFields between an object and its /scale: whoever owns the replicas there owns them here. Only this one
// field crosses; the Scale itself stores nothing. Source: apimachinery's managedfields.ScaleHandler.
import type { ManagedFieldsEntry } from '../../object/kube-object.js';
import { difference, has, isEmpty, setOfFields, union } from './field-set.js';
import { managerId, storedManagers, withFields, writeManagers, type Managers } from './managers.js';
import { fieldElement } from './path-element.js';

const scaleVersion = 'autoscaling/v1';
const replicasInScale = setOfFields(['spec.replicas']);

/** The Scale's managedFields. `replicasPath` is the object's, as `spec.replicas`. */
export function scaleManagedFields(
  parent: readonly ManagedFieldsEntry[] | undefined,
  replicasPath: string,
): ManagedFieldsEntry[] | undefined {
  const path = elementsOf(replicasPath);
  const managers: Managers = new Map();
  for (const manager of storedManagers(parent).values()) {
    if (!has(manager.fields, path)) continue;
    const inScale = { ...withFields(manager, replicasInScale), apiVersion: scaleVersion };
    managers.set(managerId(inScale), { ...inScale, entry: undefined });
  }
  return writeManagers(managers);
}

/** The object's managedFields after a write to its Scale left the Scale with `scale`. */
export function parentManagedFields(
  parent: readonly ManagedFieldsEntry[] | undefined,
  scale: readonly ManagedFieldsEntry[] | undefined,
  { replicasPath, apiVersion }: { readonly replicasPath: string; readonly apiVersion: string },
): ManagedFieldsEntry[] | undefined {
  const replicas = setOfFields([replicasPath]);
  const managers: Managers = new Map();
  for (const [id, manager] of storedManagers(parent)) {
    const fields = difference(manager.fields, replicas);
    if (!isEmpty(fields)) managers.set(id, withFields(manager, fields));
  }
  for (const manager of storedManagers(scale).values()) {
    if (isEmpty(manager.fields)) continue;
    const inParent = { ...manager, apiVersion, entry: undefined };
    const id = managerId(inParent);
    const previous = managers.get(id);
    managers.set(id, { ...inParent, fields: union(previous?.fields ?? {}, replicas) });
  }
  return writeManagers(managers);
}

const elementsOf = (dottedPath: string): string[] => dottedPath.split('.').map(fieldElement);
