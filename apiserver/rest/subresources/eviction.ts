// pods/eviction: a delete that asks the disruption budgets first. A budget with nothing left answers 429; one
// with room gives up one disruption, in its own write, before the pod goes.
import { ApiError, badRequest, internalError, notFound } from '../../object/api-error.js';
import { cloneJson, stringifyJson } from '../../object/json.js';
import { isJsonObject, type JsonObject, type KubeObject } from '../../object/kube-object.js';
import { formatTime } from '../../object/time.js';
import { labelSelectorFrom } from '../../object/selectors.js';
import { deleteOptions, type DeleteOptions } from '../delete-options.js';
import { removeObject } from '../verbs/delete.js';
import { findEntry } from '../verbs/get.js';
import { writeParameters } from '../query-options.js';
import { readBody, settleNamespace } from '../read-body.js';
import { callWith, type RestCall, type RestReply } from '../rest-call.js';
import { cacheOf, placeOf, type RestDeps } from '../rest-deps.js';

const evictionKind = {
  gvk: { group: 'policy', version: 'v1', kind: 'Eviction' },
  schemaName: 'io.k8s.api.policy.v1.Eviction',
};

export async function evict(rest: RestDeps, call: RestCall): Promise<RestReply> {
  const parameters = writeParameters(call.query, 'CreateOptions');
  const eviction = readBody(rest, call, evictionKind, parameters.fieldValidation);
  settleNamespace(call, eviction);
  const { name = '', namespace } = call;
  const given = eviction.metadata.name ?? '';
  if (given !== '' && given !== name) {
    throw badRequest('name in URL does not match name in Eviction object');
  }
  const asked = optionsOf(call, eviction);
  const options = { ...asked, isDryRun: asked.isDryRun || parameters.isDryRun };
  const pod = (await findEntry(rest, callWith(call, { query: new URLSearchParams() }))).parse();
  if (!mayIgnoreBudgets(pod)) await spendBudget(rest, call, pod, options.isDryRun);
  await removeObject(rest, call, { namespace, name, options });
  return {
    type: 'status',
    code: 201,
    status: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 },
  };
}

function optionsOf(call: RestCall, eviction: KubeObject): DeleteOptions {
  const options = eviction['deleteOptions'];
  const body = isJsonObject(options) ? new TextEncoder().encode(stringifyJson(options)) : noBody;
  return deleteOptions(callWith(call, { body, contentType: 'application/json', query: noQuery }));
}

const noBody = new Uint8Array();
const noQuery = new URLSearchParams();

/** Finished, not yet running or already leaving: evicting it disrupts nothing. */
function mayIgnoreBudgets(pod: KubeObject): boolean {
  const status = pod['status'];
  const phase = isJsonObject(status) ? status['phase'] : undefined;
  return (
    phase === 'Succeeded' ||
    phase === 'Failed' ||
    phase === 'Pending' ||
    pod.metadata.deletionTimestamp !== undefined
  );
}

async function spendBudget(
  rest: RestDeps,
  call: RestCall,
  pod: KubeObject,
  dryRun: boolean,
): Promise<void> {
  const budgets = rest.catalog.find('policy', 'v1', 'poddisruptionbudgets');
  if (budgets === undefined) return;
  const cache = cacheOf(rest, budgets);
  await cache.ready({ type: 'fresh' });
  const matching = cache
    .all(call.namespace)
    .map((entry) => entry.parse())
    .filter((budget) => covers(budget, pod));
  const [budget, another] = matching;
  if (budget === undefined) return;
  if (another !== undefined) {
    throw internalError(
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    );
  }
  const name = budget.metadata.name ?? '';
  await rest.objects.update(
    placeOf(rest, budgets, call.namespace, name),
    (current) => {
      if (current === undefined) throw notFound(budgets, name);
      const next = cloneJson(current.object);
      takeOne(next, pod.metadata.name ?? '', formatTime(rest.clock.now()));
      return { type: 'put', object: next };
    },
    { dryRun },
  );
}

function covers(budget: KubeObject, pod: KubeObject): boolean {
  const spec = isJsonObject(budget['spec']) ? budget['spec'] : {};
  if (!isJsonObject(spec['selector'])) return false;
  return labelSelectorFrom(spec['selector']).matches(pod.metadata.labels ?? {});
}

function takeOne(budget: KubeObject, podName: string, now: string): void {
  const status: JsonObject = isJsonObject(budget['status']) ? budget['status'] : {};
  const { name = '', generation = 0 } = budget.metadata;
  const observed = status['observedGeneration'];
  if (typeof observed === 'number' && observed < generation) {
    throw violation(`The disruption budget ${name} is still being processed by the server.`, 10);
  }
  const left = Number(status['disruptionsAllowed'] ?? 0);
  if (left <= 0) {
    const desired = Number(status['desiredHealthy'] ?? 0);
    const healthy = Number(status['currentHealthy'] ?? 0);
    throw violation(
      `The disruption budget ${name} needs ${desired} healthy pods and has ${healthy} currently`,
      0,
    );
  }
  const disrupted = isJsonObject(status['disruptedPods']) ? status['disruptedPods'] : {};
  budget['status'] = {
    ...status,
    disruptionsAllowed: left - 1,
    disruptedPods: { ...disrupted, [podName]: now },
  };
}

function violation(message: string, retryAfterSeconds: number): ApiError {
  return new ApiError(
    429,
    'TooManyRequests',
    "Cannot evict pod as it would violate the pod's disruption budget.",
    {
      details: {
        causes: [{ reason: 'DisruptionBudget', message }],
        ...(retryAfterSeconds === 0 ? {} : { retryAfterSeconds }),
      },
    },
  );
}
