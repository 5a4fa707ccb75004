// OwnerGraph: who depends on whom, by uid. Only objects with ownerReferences are in it; an owner is looked up
// when somebody asks for its dependents. Pure bookkeeping: garbage-collector.ts decides.
import type { ObjectRef } from './system-call.js';

export interface Dependent extends ObjectRef {
  /** `<storage path>/<namespace>/<name>`: unique among all objects. */
  readonly id: string;
}

export class OwnerGraph {
  private readonly dependents = new Map<string, Map<string, Dependent>>();
  private readonly owners = new Map<string, readonly string[]>();

  /** Replaces what is known of this object's owners; none: forgets it. */
  set(dependent: Dependent, ownerUids: readonly string[]): void {
    for (const uid of this.owners.get(dependent.id) ?? []) {
      const siblings = this.dependents.get(uid);
      siblings?.delete(dependent.id);
      if (siblings?.size === 0) this.dependents.delete(uid);
    }
    if (ownerUids.length === 0) {
      this.owners.delete(dependent.id);
      return;
    }
    this.owners.set(dependent.id, ownerUids);
    for (const uid of ownerUids) {
      const siblings = this.dependents.get(uid);
      if (siblings === undefined) this.dependents.set(uid, new Map([[dependent.id, dependent]]));
      else siblings.set(dependent.id, dependent);
    }
  }

  dependentsOf(ownerUid: string): readonly Dependent[] {
    return [...(this.dependents.get(ownerUid)?.values() ?? [])];
  }
}
