// A desk that serves custom resources, and definitions to give it.
import { setImmediate as turn } from 'node:timers/promises';
import type { JsonObject } from '../../../apiserver/object/kube-object.js';
import { startCustomResources } from '../../../apiserver/controllers/custom-resources.js';
import { Desk, type Answer, type Ask } from '../rest/desk.js';

export const definitions = {
  group: 'apiextensions.k8s.io',
  resource: 'customresourcedefinitions',
} as const;

export interface VersionSketch {
  readonly name?: string;
  readonly schema?: JsonObject;
  readonly [field: string]: unknown;
}

/** Definition of `widgets.example.com`, namespaced, one stored version unless said otherwise. */
export function definition(
  versions: readonly VersionSketch[] = [{}],
  names: JsonObject = {},
  spec: JsonObject = {},
): JsonObject & { metadata: JsonObject; spec: JsonObject } {
  const all = { plural: 'widgets', kind: 'Widget', ...names };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${all.plural}.example.com` },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: all,
      versions: versions.map(({ name = 'v1', schema = {}, ...more }, index) => ({
        name,
        served: true,
        storage: index === 0,
        schema: { openAPIV3Schema: { type: 'object', ...schema } },
        ...more,
      })),
      ...spec,
    },
  };
}

/** Schema with one `spec` of these properties. */
export const specOf = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({
  properties: { spec: { type: 'object', properties, ...more } },
});

export class CustomDesk extends Desk {
  override async open(): Promise<this> {
    await super.open();
    await startCustomResources(this.deps, this.signal);
    return this;
  }

  /** Creates a definition and waits until it is established and served. */
  async define(body: JsonObject & { metadata: JsonObject }): Promise<void> {
    await this.create({ ...definitions, body });
    const name = body.metadata['name'] as string; // as: every definition here has one
    await this.until(async () => isTrue(await this.definition(name), 'Established'));
  }

  definition(name: string): Promise<Answer['object']> {
    return this.get({ ...definitions, name });
  }

  /** Merge-patches a definition's spec and waits until the change is served. */
  async redefine(name: string, spec: unknown): Promise<void> {
    const before = this.deps.catalog.generation;
    await this.ask('patch', {
      ...definitions,
      name,
      contentType: 'application/merge-patch+json',
      body: { spec },
    });
    await this.until(() => Promise.resolve(this.deps.catalog.generation !== before));
  }

  widget(name: string, spec?: JsonObject, version = 'v1'): Ask {
    const body = {
      apiVersion: `example.com/${version}`,
      kind: 'Widget',
      metadata: { name },
      ...(spec === undefined ? {} : { spec }),
    };
    return { group: 'example.com', version, resource: 'widgets', name, body };
  }

  /** Nothing here takes real time: so many turns of the event loop are a hang. */
  async until(isDone: () => Promise<boolean>): Promise<void> {
    for (let turns = 0; turns < 2_000; turns++) {
      await this.settle();
      if (await isDone()) return;
      await turn();
    }
    throw new Error('it never happened');
  }
}

export const conditionOf = (object: JsonObject, type: string): JsonObject | undefined => {
  const status = object['status'] as { conditions?: JsonObject[] } | undefined; // as: a definition's
  return status?.conditions?.find((condition) => condition['type'] === type);
};

export const isTrue = (object: JsonObject, type: string): boolean =>
  conditionOf(object, type)?.['status'] === 'True';
