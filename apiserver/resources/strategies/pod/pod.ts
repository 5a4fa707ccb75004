// The Pod strategy: defaults, Pending at birth, and how long a deletion waits for the kubelet.
import { type FieldError, forbiddenField } from '../../../object/field-error.js';
import type { JsonObject, KubeObject } from '../../../object/kube-object.js';
import type { Strategy } from '../../resource.js';
import { child, children, optionalInteger, text, textMap } from '../fields.js';
import { keepStatus } from '../status.js';
import { checkAnnotationsMatchFields, checkPodAnnotations } from './annotations.js';
import { applyPodDefaults } from './defaults.js';
import { mergeLabelKeys } from './label-keys.js';
import { qosClassOf } from './pod-resources.js';
import { checkPodSpec } from './spec.js';
import { checkPodStatus, preparePodStatus } from './status.js';
import { checkAnnotationsUpdate, checkPodUpdate } from './update.js';
import { podWarnings } from './warnings.js';

/** Metadata (but its name) and spec of a Pod; also what the ephemeralcontainers and resize subresources check. */
export function checkPod(pod: KubeObject, errors: FieldError[]): void {
  const spec = child(pod, 'spec') ?? {};
  checkPodAnnotations(textMap(pod.metadata, 'annotations'), spec, 'metadata.annotations', errors);
  checkPodSpec(spec, { isPod: true, name: pod.metadata.name ?? '' }, 'spec', errors);
  if (text(spec, 'serviceAccountName') !== '') return;
  children(spec, 'volumes').forEach((volume, index) => {
    children(child(volume, 'projected'), 'sources').forEach((source, position) => {
      if (child(source, 'serviceAccountToken') !== undefined)
        errors.push(
          forbiddenField(
            `spec.volumes[${index}].projected.sources[${position}].serviceAccountToken`,
            'must not be specified when serviceAccountName is not set',
          ),
        );
    });
  });
}

function validate(pod: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  checkPod(pod, errors);
  return errors;
}

function validateCreate(pod: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const spec = child(pod, 'spec') ?? {};
  if (children(spec, 'ephemeralContainers').length > 0)
    errors.push(forbiddenField('spec.ephemeralContainers', 'cannot be set on create'));
  if (text(spec, 'nodeName') !== '' && children(spec, 'schedulingGates').length > 0)
    errors.push(
      forbiddenField('spec.nodeName', 'cannot be set until all schedulingGates have been cleared'),
    );
  checkAnnotationsMatchFields(pod.metadata, spec, 'spec', errors);
  return errors;
}

function prepareForCreate(pod: KubeObject): void {
  const spec = child(pod, 'spec') ?? {};
  const status: JsonObject = { phase: 'Pending', qosClass: qosClassOf(spec) };
  if (children(spec, 'schedulingGates').length > 0)
    status['conditions'] = [
      {
        type: 'PodScheduled',
        status: 'False',
        reason: 'SchedulingGated',
        message: 'Scheduling is blocked due to non-empty scheduling gates',
      },
    ];
  pod['status'] = status;
  pod.metadata.generation = 1;
  mergeLabelKeys(pod);
}

function validateUpdate(pod: KubeObject, old: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  checkAnnotationsUpdate(pod, old, errors);
  checkPodUpdate(pod, old, errors);
  return errors;
}

/** Only a kubelet can say that containers have stopped: without one, or after the end, there is no wait. */
export function podGraceSeconds(pod: KubeObject, asked: number | undefined): number {
  const spec = child(pod, 'spec');
  const phase = text(child(pod, 'status'), 'phase');
  if (text(spec, 'nodeName') === '' || phase === 'Failed' || phase === 'Succeeded') return 0;
  const seconds = asked ?? optionalInteger(spec, 'terminationGracePeriodSeconds') ?? 0;
  return seconds < 0 ? 1 : seconds;
}

export const podStrategy: Strategy = {
  applyDefaults: applyPodDefaults,
  prepareForCreate,
  prepareForUpdate: keepStatus,
  validate,
  validateCreate,
  validateUpdate,
  prepareForStatusUpdate: preparePodStatus,
  validateStatusUpdate: checkPodStatus,
  warnings: podWarnings,
  graceSeconds: podGraceSeconds,
};
