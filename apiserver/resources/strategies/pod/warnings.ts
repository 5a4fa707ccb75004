// Warnings on creating a pod or a workload: legal, but deprecated, duplicate or without effect.
import type { JsonObject, KubeObject } from '../../../object/kube-object.js';
import { isDns1123Label } from '../../../object/names.js';
import { isIntegerQuantity } from '../../../object/quantity.js';
import { child, children, descend, integer, isSet, text, textMap } from '../fields.js';
import { quantities } from '../quantities.js';
import { namedContainers } from './spec.js';

export function podWarnings(pod: KubeObject, old: KubeObject | undefined): string[] {
  if (old !== undefined) return [];
  const warnings: string[] = [];
  const problems = isDns1123Label(pod.metadata.name ?? '');
  if (problems.length > 0)
    warnings.push(
      `metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [${problems.join(' ')}]`,
    );
  return [...warnings, ...specWarnings(child(pod, 'spec') ?? {}, 'spec')];
}

/** Of a workload's template; `path` leads to it. */
export function templateWarnings(template: JsonObject | undefined, path: string): string[] {
  return template === undefined ? [] : specWarnings(child(template, 'spec') ?? {}, `${path}.spec`);
}

const renamedLabels: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region':
    'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone':
    'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type':
    'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
};

function specWarnings(spec: JsonObject, path: string): string[] {
  const warnings: string[] = [];
  for (const key of Object.keys(textMap(spec, 'nodeSelector'))) {
    const why = renamedLabels[key];
    if (why !== undefined) warnings.push(`${path}.nodeSelector[${key}]: is ${why}`);
  }
  children(spec, 'volumes').forEach((volume, index) => {
    if (isSet(volume, 'gitRepo'))
      warnings.push(
        `${path}.volumes[${index}].gitRepo: deprecated in v1.11, and disabled by default in v1.33+`,
      );
  });
  const grace = integer(spec, 'terminationGracePeriodSeconds');
  if (grace < 0)
    warnings.push(
      `${path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`,
    );
  for (const { container, path: at } of namedContainers(spec, path)) {
    warnFractions(container, at, warnings);
    warnDuplicates(container, at, warnings);
  }
  return warnings;
}

function warnFractions(container: JsonObject, path: string, warnings: string[]): void {
  for (const kind of ['limits', 'requests'])
    for (const [name, quantity] of quantities(descend(container, 'resources', kind)))
      if ((name === 'memory' || name === 'ephemeral-storage') && !isIntegerQuantity(quantity))
        warnings.push(
          `${path}.resources.${kind}[${name}]: fractional byte value ${JSON.stringify(descend(container, 'resources', kind)?.[name])} is invalid, must be an integer`,
        );
}

function warnDuplicates(container: JsonObject, path: string, warnings: string[]): void {
  const names = new Set<string>();
  children(container, 'env').forEach((variable, index) => {
    const name = text(variable, 'name');
    if (names.has(name))
      warnings.push(
        `${path}.env[${index}]: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`,
      );
    names.add(name);
  });
  const ports = new Map<string, number>();
  children(container, 'ports').forEach((port, index) => {
    const key = `${text(port, 'protocol')}/${integer(port, 'containerPort')}/${integer(port, 'hostPort')}/${text(port, 'hostIP')}`;
    const first = ports.get(key);
    if (first === undefined) ports.set(key, index);
    else
      warnings.push(
        `${path}.ports[${index}]: duplicate port definition with ${path}.ports[${first}]`,
      );
  });
}
