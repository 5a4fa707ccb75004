// matchLabelKeys and mismatchLabelKeys (KEP-3243, KEP-3633): on creation the pod's own label values are merged
// into the selectors, so that later readers need only the selector.
import type { Json, JsonObject } from '../../../object/kube-object.js';
import { child, children, ensure, textMap, texts } from '../fields.js';

const affinityLists = [
  'requiredDuringSchedulingIgnoredDuringExecution',
  'preferredDuringSchedulingIgnoredDuringExecution',
];

export function mergeLabelKeys(pod: JsonObject): void {
  const spec = child(pod, 'spec');
  const labels = textMap(child(pod, 'metadata'), 'labels');
  const affinity = child(spec, 'affinity');
  for (const kind of ['podAffinity', 'podAntiAffinity'])
    for (const list of affinityLists)
      for (const term of children(child(affinity, kind), list)) {
        const inner = child(term, 'podAffinityTerm') ?? term;
        addExpressions(inner, 'matchLabelKeys', 'In', labels);
        addExpressions(inner, 'mismatchLabelKeys', 'NotIn', labels);
      }
  for (const constraint of children(spec, 'topologySpreadConstraints'))
    addExpressions(constraint, 'matchLabelKeys', 'In', labels);
}

function addExpressions(
  term: JsonObject,
  keysField: string,
  operator: 'In' | 'NotIn',
  labels: Readonly<Record<string, string>>,
): void {
  const keys = texts(term, keysField);
  const selector = child(term, 'labelSelector');
  if (keys.length === 0 || selector === undefined) return;
  const added: Json[] = keys
    .filter((key) => labels[key] !== undefined)
    .map((key) => ({ key, operator, values: [labels[key] ?? ''] }));
  if (added.length === 0) return;
  const current = ensure(term, 'labelSelector')['matchExpressions'];
  selector['matchExpressions'] = [...(Array.isArray(current) ? current : []), ...added];
}
