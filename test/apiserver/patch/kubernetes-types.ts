// The built-in types' schemas as the server has them, for the tests of this folder.
import { readFileSync } from 'node:fs';
import type { SchemaNode } from '../../../apiserver/object/schema-node.js';

interface Types {
  readonly definitions: Readonly<Record<string, SchemaNode>>;
}

const file = new URL('../../../../schemas/kubernetes-types.json', import.meta.url);
// The project's own data file.
const { definitions } = JSON.parse(readFileSync(file, 'utf8')) as Types;

export function typeNamed(name: string): SchemaNode {
  const node = definitions[name];
  if (node === undefined) throw new Error(`no type ${name}`);
  return node;
}

export function resolve(node: SchemaNode): SchemaNode {
  const { $ref } = node;
  return $ref === undefined ? node : resolve(typeNamed($ref.slice('#/definitions/'.length)));
}

export const podType = typeNamed('io.k8s.api.core.v1.Pod');
export const serviceType = typeNamed('io.k8s.api.core.v1.Service');
export const configMapType = typeNamed('io.k8s.api.core.v1.ConfigMap');
export const deploymentType = typeNamed('io.k8s.api.apps.v1.Deployment');

/** What a function throws, as the client sees it. */
export function statusOf(run: () => unknown): { code: number; message: string; reason: string } {
  try {
    run();
  } catch (error) {
    if (error instanceof Error && 'code' in error && 'reason' in error) {
      const { code, reason, message } = error;
      return { code: Number(code), reason: String(reason), message };
    }
    throw error;
  }
  throw new Error('nothing was thrown');
}
