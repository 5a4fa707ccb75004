// RuntimeClass: a Pod may only name a RuntimeClass that exists, and takes the overhead, the node selector and the
// tolerations that class prescribes (KEP-585, KEP-688).
import { forbidden } from '../object/api-error.js';
import { equalJson } from '../object/json.js';
import {
  isJsonObject,
  type Json,
  type JsonObject,
  type KubeObject,
} from '../object/kube-object.js';
import type { AdmissionPlugin, AdmissionRequest } from './chain.js';

interface Entry {
  parse(): KubeObject;
}

/** The runtime classes' watch cache. */
export interface RuntimeClassReader {
  at(name: string): Entry | undefined;
  get(name: string, version: { readonly type: 'fresh' }): Promise<Entry | undefined>;
}

export function runtimeClass(reader: () => RuntimeClassReader): AdmissionPlugin {
  return {
    name: 'RuntimeClass',
    mutate: (request) => {
      const spec = specOfNewPod(request);
      if (spec === undefined) return undefined;
      const name = spec['runtimeClassName'];
      if (typeof name !== 'string' || name === '') {
        if (spec['overhead'] !== undefined) refuse(request, unasked);
        return undefined;
      }
      return follow(request, spec, name, reader());
    },
  };
}

const mismatch = "Pod's Overhead doesn't match RuntimeClass's defined Overhead";
const unasked = 'Pod Overhead set without corresponding RuntimeClass defined Overhead';

function specOfNewPod({ operation, resource, subresource, object }: AdmissionRequest) {
  const isPod = resource.group === '' && resource.plural === 'pods';
  if (!isPod || operation !== 'CREATE' || subresource !== undefined) return undefined;
  return child(object, 'spec');
}

async function follow(
  request: AdmissionRequest,
  spec: JsonObject,
  name: string,
  reader: RuntimeClassReader,
): Promise<void> {
  const entry = reader.at(name) ?? (await reader.get(name, { type: 'fresh' }));
  if (entry === undefined) refuse(request, `RuntimeClass ${JSON.stringify(name)} not found`);
  const found = entry.parse();
  takeOverhead(request, spec, child(found, 'overhead')?.['podFixed']);
  const scheduling = child(found, 'scheduling');
  takeNodeSelector(request, spec, child(scheduling, 'nodeSelector') ?? {});
  const prescribed = scheduling?.['tolerations'];
  if (Array.isArray(prescribed)) takeTolerations(spec, prescribed);
}

function takeOverhead(request: AdmissionRequest, spec: JsonObject, fixed: Json | undefined): void {
  const asked = spec['overhead'];
  if (fixed === undefined) {
    if (asked !== undefined) refuse(request, unasked);
    return;
  }
  if (asked !== undefined && !equalJson(asked, fixed)) refuse(request, mismatch);
  spec['overhead'] = fixed;
}

function takeNodeSelector(
  request: AdmissionRequest,
  spec: JsonObject,
  prescribed: JsonObject,
): void {
  const asked = child(spec, 'nodeSelector') ?? {};
  for (const [key, value] of Object.entries(prescribed)) {
    const own = asked[key];
    if (own === undefined || own === value) continue;
    const [ours, theirs] = [value, own].map((text) => (typeof text === 'string' ? text : ''));
    throw forbidden(
      request.resource,
      request.name,
      `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${ours}; pod.spec.nodeSelector[${key}] = ${theirs}`,
    );
  }
  if (Object.keys(prescribed).length > 0) spec['nodeSelector'] = { ...asked, ...prescribed };
}

function takeTolerations(spec: JsonObject, prescribed: readonly Json[]): void {
  const own = spec['tolerations'];
  const tolerations = Array.isArray(own) ? [...own] : [];
  for (const toleration of prescribed) {
    if (!tolerations.some((known) => equalJson(known, toleration))) tolerations.push(toleration);
  }
  spec['tolerations'] = tolerations;
}

function refuse({ resource, name }: AdmissionRequest, why: string): never {
  throw forbidden(resource, name, `pod rejected: ${why}`);
}

function child(parent: JsonObject | undefined, name: string): JsonObject | undefined {
  const value = parent?.[name];
  return isJsonObject(value) ? value : undefined;
}
