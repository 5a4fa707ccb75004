// createStrategies: what data cannot say about each built-in kind, keyed `plural` (core) or `plural.group`.
// A kind that is not here (ServiceAccount, ...) needs nothing beyond its schema and metadata.
import { definitionStrategy } from '../custom/definition-strategy.js';
import type { Strategy } from '../resource.js';
import * as policies from './admission-registration/validating-policies.js';
import * as webhooks from './admission-registration/webhook-configurations.js';
import { apiServiceStrategy } from './api-service.js';
import { daemonSetStrategy } from './apps/daemon-set.js';
import { deploymentStrategy, replicaSetStrategy } from './apps/deployment.js';
import { controllerRevisionStrategy, statefulSetStrategy } from './apps/stateful-set.js';
import { horizontalPodAutoscalerStrategy } from './autoscaling.js';
import { cronJobStrategy } from './batch/cron-job.js';
import { jobStrategy } from './batch/job.js';
import { certificateSigningRequestStrategy } from './certificates.js';
import { configMapStrategy, secretStrategy } from './core/config-map.js';
import { endpointsStrategy } from './core/endpoints.js';
import { eventStrategy } from './core/event.js';
import { limitRangeStrategy } from './core/limit-range.js';
import { namespaceStrategy } from './core/namespace.js';
import { nodeStrategy } from './core/node.js';
import { persistentVolumeClaimStrategy } from './core/persistent-volume-claim.js';
import { persistentVolumeStrategy } from './core/persistent-volume.js';
import {
  podTemplateStrategy,
  replicationControllerStrategy,
} from './core/replication-controller.js';
import { resourceQuotaStrategy } from './core/resource-quota.js';
import { endpointSliceStrategy } from './discovery.js';
import { flowSchemaStrategy, priorityLevelStrategy } from './flow-control.js';
import { ingressClassStrategy, ingressStrategy } from './networking/ingress.js';
import {
  ipAddressStrategy,
  networkPolicyStrategy,
  serviceCidrStrategy,
} from './networking/network-policy.js';
import { podStrategy } from './pod/pod.js';
import { podDisruptionBudgetStrategy } from './policy.js';
import {
  clusterRoleBindingStrategy,
  clusterRoleStrategy,
  roleBindingStrategy,
  roleStrategy,
} from './rbac.js';
import { leaseStrategy, priorityClassStrategy, runtimeClassStrategy } from './scheduling.js';
import { createServiceStrategy, type ServiceConfig } from './service/service.js';
import * as csi from './storage/csi.js';
import { storageClassStrategy, volumeAttributesClassStrategy } from './storage/storage-class.js';

export type StrategiesConfig = ServiceConfig;

const fixed: Readonly<Record<string, Strategy>> = {
  configmaps: configMapStrategy,
  endpoints: endpointsStrategy,
  events: eventStrategy,
  limitranges: limitRangeStrategy,
  namespaces: namespaceStrategy,
  nodes: nodeStrategy,
  persistentvolumeclaims: persistentVolumeClaimStrategy,
  persistentvolumes: persistentVolumeStrategy,
  pods: podStrategy,
  podtemplates: podTemplateStrategy,
  replicationcontrollers: replicationControllerStrategy,
  resourcequotas: resourceQuotaStrategy,
  secrets: secretStrategy,
  'mutatingwebhookconfigurations.admissionregistration.k8s.io': webhooks.mutatingWebhookStrategy,
  'validatingadmissionpolicies.admissionregistration.k8s.io': policies.validatingPolicyStrategy,
  'validatingadmissionpolicybindings.admissionregistration.k8s.io':
    policies.validatingPolicyBindingStrategy,
  'validatingwebhookconfigurations.admissionregistration.k8s.io':
    webhooks.validatingWebhookStrategy,
  'customresourcedefinitions.apiextensions.k8s.io': definitionStrategy,
  'apiservices.apiregistration.k8s.io': apiServiceStrategy,
  'controllerrevisions.apps': controllerRevisionStrategy,
  'daemonsets.apps': daemonSetStrategy,
  'deployments.apps': deploymentStrategy,
  'replicasets.apps': replicaSetStrategy,
  'statefulsets.apps': statefulSetStrategy,
  'horizontalpodautoscalers.autoscaling': horizontalPodAutoscalerStrategy,
  'cronjobs.batch': cronJobStrategy,
  'jobs.batch': jobStrategy,
  'certificatesigningrequests.certificates.k8s.io': certificateSigningRequestStrategy,
  'leases.coordination.k8s.io': leaseStrategy,
  'endpointslices.discovery.k8s.io': endpointSliceStrategy,
  'events.events.k8s.io': eventStrategy,
  'flowschemas.flowcontrol.apiserver.k8s.io': flowSchemaStrategy,
  'prioritylevelconfigurations.flowcontrol.apiserver.k8s.io': priorityLevelStrategy,
  'ingressclasses.networking.k8s.io': ingressClassStrategy,
  'ingresses.networking.k8s.io': ingressStrategy,
  'ipaddresses.networking.k8s.io': ipAddressStrategy,
  'networkpolicies.networking.k8s.io': networkPolicyStrategy,
  'servicecidrs.networking.k8s.io': serviceCidrStrategy,
  'runtimeclasses.node.k8s.io': runtimeClassStrategy,
  'poddisruptionbudgets.policy': podDisruptionBudgetStrategy,
  'clusterrolebindings.rbac.authorization.k8s.io': clusterRoleBindingStrategy,
  'clusterroles.rbac.authorization.k8s.io': clusterRoleStrategy,
  'rolebindings.rbac.authorization.k8s.io': roleBindingStrategy,
  'roles.rbac.authorization.k8s.io': roleStrategy,
  'priorityclasses.scheduling.k8s.io': priorityClassStrategy,
  'csidrivers.storage.k8s.io': csi.csiDriverStrategy,
  'csinodes.storage.k8s.io': csi.csiNodeStrategy,
  'csistoragecapacities.storage.k8s.io': csi.csiStorageCapacityStrategy,
  'storageclasses.storage.k8s.io': storageClassStrategy,
  'volumeattachments.storage.k8s.io': csi.volumeAttachmentStrategy,
  'volumeattributesclasses.storage.k8s.io': volumeAttributesClassStrategy,
};

export const createStrategies = (config: StrategiesConfig): Record<string, Strategy> => ({
  ...fixed,
  services: createServiceStrategy(config),
});
