// Constraints of built-in types: every violation at once, at its field path.
import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../../../apiserver/object/kube-object.js';
import { invalidObject, required } from '../../../apiserver/object/field-error.js';
import { types, validator } from './reading.js';

function problems(object: JsonObject, schemaName: string): string[] {
  const name = `io.k8s.api.${schemaName}`;
  return validator.validate(object, name).map(({ field, message }) => `${field}: ${message}`);
}

describe('Validator.validate', () => {
  it('lists all missing and unsupported values of a Pod', () => {
    const spec = {
      containers: [{}, { name: 'b', imagePullPolicy: 'Sometimes', env: [{ value: 'x' }] }],
      restartPolicy: 'Perhaps',
      tolerations: [{ effect: 'Foo' }],
    };
    expect(problems({ spec }, 'core.v1.Pod').sort()).toEqual([
      'spec.containers[0].name: Required value',
      'spec.containers[1].env[0].name: Required value',
      'spec.containers[1].imagePullPolicy: Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never"',
      'spec.restartPolicy: Unsupported value: "Perhaps": supported values: "Always", "Never", "OnFailure"',
      'spec.tolerations[0].effect: Unsupported value: "Foo": supported values: "NoExecute", "NoSchedule", "PreferNoSchedule"',
    ]);
  });

  it.each([
    ['core.v1.Pod', ['spec.containers: Required value']],
    [
      'apps.v1.Deployment',
      ['spec.selector: Required value', 'spec.template.spec.containers: Required value'],
    ],
    [
      'apps.v1.ReplicaSet',
      ['spec.selector: Required value', 'spec.template.spec.containers: Required value'],
    ],
    [
      'batch.v1.CronJob',
      [
        'spec.jobTemplate.spec.template.spec.containers: Required value',
        'spec.schedule: Required value',
      ],
    ],
    ['rbac.v1.RoleBinding', ['roleRef.kind: Required value', 'roleRef.name: Required value']],
    ['storage.v1.StorageClass', ['provisioner: Required value']],
    ['core.v1.Namespace', []],
    ['core.v1.Event', []],
    ['resource.v1.ResourceClaim', []],
    ['storage.v1.CSINode', []],
    ['authorization.v1.SelfSubjectAccessReview', []],
    ['core.v1.ConfigMap', []],
    ['core.v1.Service', []],
    ['core.v1.Node', []],
    ['core.v1.PersistentVolumeClaim', []],
    ['coordination.v1.Lease', []],
    ['policy.v1.PodDisruptionBudget', []],
  ])('of an empty %s asks for what Go would miss in zero values', (name, expected) => {
    expect(problems({}, name).sort()).toEqual(expected);
  });

  it('takes an empty string or list for a missing one', () => {
    expect(problems({ rules: [{ verbs: [] }] }, 'rbac.v1.Role')).toEqual([
      'rules[0].verbs: Required value',
    ]);
    expect(problems({ spec: { containers: [{ name: '' }] } }, 'core.v1.Pod')).toEqual([
      'spec.containers[0].name: Required value',
    ]);
  });

  it('does not judge status, empty enums or optional emptiness', () => {
    const object = {
      spec: { containers: [{ name: 'a', imagePullPolicy: '' }] },
      status: { phase: 'Foo', conditions: [{}] },
    };
    expect(problems(object, 'core.v1.Pod')).toEqual([]);
  });

  it('compares only lists that the real server compares', () => {
    const webhook = {
      name: 'a',
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
      clientConfig: { url: 'u' },
    };
    expect(
      problems(
        { webhooks: [webhook, webhook] },
        'admissionregistration.v1.MutatingWebhookConfiguration',
      ),
    ).toEqual(['webhooks[1].name: Duplicate value: "a"']);
    const env = [{ name: 'A' }, { name: 'A' }];
    expect(problems({ spec: { containers: [{ name: 'a', env }] } }, 'core.v1.Pod')).toEqual([]);
  });

  it('survives types that hold themselves', () => {
    const schema = { properties: { a: { properties: { b: { type: 'string' } } } } };
    const crd = {
      spec: {
        group: 'g',
        scope: 'Namespaced',
        names: { plural: 'p', kind: 'K' },
        versions: [{ name: 'v1', schema: { openAPIV3Schema: schema } }],
      },
    };
    const name =
      'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition';
    expect(validator.validate(crd, name)).toEqual([]);
  });

  it('leaves the better words to a kind of its own', () => {
    const { message } = invalidObject({ group: '', kind: 'Pod' }, 'a', [
      required('spec.x'),
      required('spec.y'),
      required('spec.x', 'can not be empty'),
      required('spec.y'),
    ]);
    expect(message).toBe(
      'Pod "a" is invalid: [spec.x: Required value: can not be empty, spec.y: Required value]',
    );
  });

  it('compiles a check for every served type', () => {
    for (const name of types.names()) expect(() => validator.validate({}, name)).not.toThrow();
  });
});
