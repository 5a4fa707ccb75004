// createStrategies: what data cannot say about each built-in kind, keyed `plural` (core) or `plural.group`.
// A kind that is not here needs nothing beyond its schema.
import type { Strategy } from '../resource.js';
import { daemonSetStrategy } from './apps/daemon-set.js';
import { deploymentStrategy, replicaSetStrategy } from './apps/deployment.js';
import { controllerRevisionStrategy, statefulSetStrategy } from './apps/stateful-set.js';
import { cronJobStrategy } from './batch/cron-job.js';
import { jobStrategy } from './batch/job.js';
import { configMapStrategy, secretStrategy } from './core/config-map.js';
import { limitRangeStrategy } from './core/limit-range.js';
import { namespaceStrategy } from './core/namespace.js';
import { nodeStrategy } from './core/node.js';
import {
  podTemplateStrategy,
  replicationControllerStrategy,
} from './core/replication-controller.js';
import { resourceQuotaStrategy } from './core/resource-quota.js';
import { podStrategy } from './pod/pod.js';
import { createServiceStrategy, type ServiceConfig } from './service/service.js';

export type StrategiesConfig = ServiceConfig;

export function createStrategies(config: StrategiesConfig): Record<string, Strategy> {
  return {
    configmaps: configMapStrategy,
    limitranges: limitRangeStrategy,
    namespaces: namespaceStrategy,
    nodes: nodeStrategy,
    pods: podStrategy,
    podtemplates: podTemplateStrategy,
    replicationcontrollers: replicationControllerStrategy,
    resourcequotas: resourceQuotaStrategy,
    secrets: secretStrategy,
    services: createServiceStrategy(config),
    'controllerrevisions.apps': controllerRevisionStrategy,
    'daemonsets.apps': daemonSetStrategy,
    'deployments.apps': deploymentStrategy,
    'replicasets.apps': replicaSetStrategy,
    'statefulsets.apps': statefulSetStrategy,
    'cronjobs.batch': cronJobStrategy,
    'jobs.batch': jobStrategy,
  };
}
