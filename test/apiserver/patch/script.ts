// Script: one object written by turns, the way structured-merge-diff's tests tell their stories: a list of writes
// and who owns what after them.
import { ApiError } from '../../../apiserver/object/api-error.js';
import type { Json, JsonObject, KubeObject } from '../../../apiserver/object/kube-object.js';
import type { SchemaNode } from '../../../apiserver/object/schema-node.js';
import { applyConfiguration, recordUpdate } from '../../../apiserver/patch/fields/apply.js';
import { describeSet, readFieldSet } from '../../../apiserver/patch/fields/field-set.js';
import {
  configMapType,
  deploymentType,
  podType,
  resolve,
  serviceType,
} from './kubernetes-types.js';

const types: Readonly<Record<string, SchemaNode>> = {
  ConfigMap: configMapType,
  Deployment: deploymentType,
  Pod: podType,
  Service: serviceType,
};

export interface Options {
  readonly force?: boolean;
  readonly subresource?: string;
  readonly ignoreFields?: readonly string[];
  readonly onlyFields?: readonly string[];
  readonly schema?: SchemaNode;
}

/** One object, written by turns; the clock advances with each write. */
export class Script {
  live: KubeObject | undefined;
  #seconds = 0;

  get now(): string {
    return `2026-01-01T00:00:${String(this.#seconds).padStart(2, '0')}Z`;
  }

  apply(
    manager: string,
    applied: KubeObject,
    { force = false, schema, ...rest }: Options = {},
  ): this {
    this.#seconds++;
    this.live = stored(
      applyConfiguration({
        live: this.live,
        applied,
        schema: schema ?? typeOf(applied),
        resolve,
        manager,
        force,
        now: this.now,
        ...rest,
      }),
    );
    return this;
  }

  update(
    manager: string,
    change: (object: KubeObject) => void,
    { schema, ...rest }: Options = {},
  ): this {
    this.#seconds++;
    const updated = structuredClone(this.live) ?? { apiVersion: '', kind: '', metadata: {} };
    change(updated);
    recordUpdate({
      live: this.live,
      updated,
      schema: schema ?? typeOf(updated),
      resolve,
      manager,
      now: this.now,
      ...rest,
    });
    this.live = stored(updated);
    return this;
  }

  create(manager: string, object: KubeObject, options: Options = {}): this {
    return this.update(manager, (empty) => Object.assign(empty, structuredClone(object)), options);
  }

  /** `manager operation[/subresource]` -> its paths. */
  owners(): Record<string, string[]> {
    const entries = this.live?.metadata.managedFields ?? [];
    return Object.fromEntries(
      entries.map(({ manager = '', operation = '', subresource, fieldsV1 }) => [
        `${manager} ${operation}${subresource === undefined ? '' : `/${subresource}`}`,
        describeSet(readFieldSet(fieldsV1)).split('\n'),
      ]),
    );
  }

  get spec(): Json | undefined {
    return this.live?.['spec'];
  }
}

const typeOf = ({ kind }: KubeObject): SchemaNode => types[kind] ?? {};
const stored = (object: KubeObject): KubeObject => structuredClone(object);

export const configMap = (
  data: Record<string, string>,
  labels?: Record<string, string>,
): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'c', namespace: 'd', ...(labels === undefined ? {} : { labels }) },
  data,
});
export const deployment = (spec: JsonObject): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'd' },
  spec,
});
export const containers = (...list: Json[]): JsonObject => ({
  template: { spec: { containers: list } },
});

export function failureOf(run: () => unknown): ApiError {
  try {
    run();
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
