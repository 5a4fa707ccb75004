// CrdEstablisher: gives each definition its names and, once it has them all, establishes it. Definitions of one group
// are settled one after the other, each knowing what the ones before got. Runs on the elected leader only.
import { equalJson } from '../object/json.js';
import type { KubeObject } from '../object/kube-object.js';
import { formatTime } from '../object/time.js';
import { setCondition } from '../resources/custom/conditions.js';
import { approvalAnnotation, isProtectedGroup } from '../resources/custom/definition-strategy.js';
import {
  conditionOf,
  readDefinition,
  type CustomDefinition,
  type CustomNames,
} from '../resources/custom/definition.js';
import type { Resource } from '../resources/resource.js';
import { ensure, text } from '../resources/strategies/fields.js';
import type { RestDeps } from '../rest/rest-deps.js';
import { namesObject, settleNames } from './crd-names.js';
import { changeObject } from './system-call.js';
import { WorkQueue } from './work-queue.js';

interface Known {
  readonly group: string;
  /** What it has got, as last seen or as last written here. */
  accepted: CustomNames;
}

export class CrdEstablisher {
  readonly #rest: RestDeps;
  readonly #definitions: Resource;
  readonly #queue: WorkQueue<string>;
  readonly #known = new Map<string, Known>();
  readonly #unsettled = new Set<string>();

  constructor(rest: RestDeps, definitions: Resource, signal: AbortSignal) {
    this.#rest = rest;
    this.#definitions = definitions;
    this.#queue = new WorkQueue((group) => this.#settle(group), rest.clock, signal);
  }

  /** A definition has changed; undefined: it is gone. */
  look(name: string, object: KubeObject | undefined): void {
    if (object === undefined) {
      this.#release(name);
      return;
    }
    const definition = readDefinition(object);
    const { group, acceptedNames } = definition;
    this.#known.set(name, { group, accepted: acceptedNames });
    if (isSettled(object, definition)) return;
    this.#unsettled.add(name);
    this.#queue.add(group, group);
  }

  /** Its names are free: those who wanted them are asked again. */
  #release(name: string): void {
    const gone = this.#known.get(name);
    this.#known.delete(name);
    this.#unsettled.delete(name);
    if (gone === undefined) return;
    for (const [other, { group }] of this.#known)
      if (group === gone.group) this.#unsettled.add(other);
    this.#queue.add(gone.group, gone.group);
  }

  async #settle(group: string): Promise<void> {
    for (const [name, known] of this.#known) {
      if (known.group !== group || !this.#unsettled.has(name)) continue;
      this.#unsettled.delete(name);
      try {
        await this.#settleOne(name);
      } catch (error) {
        this.#unsettled.add(name);
        throw error;
      }
    }
  }

  async #settleOne(name: string): Promise<void> {
    const ref = { resource: this.#definitions, namespace: undefined, name };
    const now = formatTime(this.#rest.clock.now());
    await changeObject(this.#rest, ref, (object) => {
      const definition = readDefinition(object);
      const others = [...this.#known]
        .filter(([other, { group }]) => other !== name && group === definition.group)
        .map(([, { accepted }]) => accepted);
      const { accepted, condition } = settleNames(
        definition.names,
        definition.acceptedNames,
        others,
      );
      const known = this.#known.get(name);
      if (known !== undefined) known.accepted = accepted;
      const isRenamed = !equalJson(namesObject(accepted), namesObject(definition.acceptedNames));
      if (isRenamed) ensure(object, 'status')['acceptedNames'] = namesObject(accepted);
      const isJudged = setCondition(object, now, condition);
      const isAccepted = condition.status === 'True';
      const isEstablished = establish(object, now, isAccepted);
      const isApproved = noteApproval(object, now, definition.group);
      return isRenamed || isJudged || isEstablished || isApproved;
    });
  }
}

/** Nothing left to do: it has what it asks for and says so. */
function isSettled(object: KubeObject, { names, acceptedNames }: CustomDefinition): boolean {
  return (
    conditionOf(object, 'NamesAccepted') !== undefined &&
    conditionOf(object, 'Established') !== undefined &&
    equalJson(namesObject(names), namesObject(acceptedNames))
  );
}

/** Once established, always established. */
function establish(object: KubeObject, now: string, isAccepted: boolean): boolean {
  if (text(conditionOf(object, 'Established'), 'status') === 'True') return false;
  return setCondition(
    object,
    now,
    isAccepted
      ? {
          type: 'Established',
          status: 'True',
          reason: 'InitialNamesAccepted',
          message: 'the initial names have been accepted',
        }
      : {
          type: 'Established',
          status: 'False',
          reason: 'NotAccepted',
          message: 'not all names are accepted',
        },
  );
}

/** Definitions in the community's groups say where they were reviewed. */
function noteApproval(object: KubeObject, now: string, group: string): boolean {
  if (!isProtectedGroup(group)) return false;
  const value = object.metadata.annotations?.[approvalAnnotation] ?? '';
  const isBypassed = value.startsWith('unapproved');
  return setCondition(object, now, {
    type: 'KubernetesAPIApprovalPolicyConformant',
    status: isBypassed || value === '' ? 'False' : 'True',
    reason: isBypassed
      ? 'UnapprovedAnnotation'
      : value === ''
        ? 'MissingAnnotation'
        : 'ApprovedAnnotation',
    message: isBypassed
      ? `not approved: "${value}"`
      : value === ''
        ? `protected groups must have approval annotation "${approvalAnnotation}", see https://github.com/kubernetes/enhancements/pull/1111`
        : `approved in ${value}`,
  });
}
