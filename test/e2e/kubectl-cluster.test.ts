// Kinds that administrators work with: certificate requests, roles, priority classes, quotas and limits.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KubectlDesk } from './kubectl-desk.js';
import { documents } from './kubectl-manifests.js';

let desk: KubectlDesk;
beforeAll(async () => {
  desk = await KubectlDesk.open();
});
afterAll(() => desk.close());

/** A PKCS #10 request for CN=bob, O=dev. */
const pkcs10 =
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIVk1INENBUUF3SERFTU1Bb0dBMVVFQXd3RFltOWlNUXd3Q2dZRFZRUUtEQU5rWlhZd1dUQVRCZ2NxaGtqTwpQUUlCQmdncWhrak9QUU1CQndOQ0FBU1hNbThaYmxiSFI0bWVseDF0WTN1cTlSaUMyMmZpem00b3ErM1huYlFBCmZWWEJTUmZpUklRWC9XNGJRcTg5VzgrV2pJclIvYmtyYkZ6Ni8zRWw1L1ozb0FBd0NnWUlLb1pJemowRUF3SUQKUndBd1JBSWdid1h0R3k4V3dqUWdJK3VqYkc1NitwTmNQNUdBMTBQdnpMTXd0UzlPSXcwQ0lHR3FvekdnTGVpUApZNTlFVEtDZjA2VHVRU2ZpMHVjckVBMHZKSEpwS2NGdgotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K';

const request = (name: string): string => `
apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: {name: ${name}}
spec: {request: ${pkcs10}, signerName: kubernetes.io/kube-apiserver-client, usages: [client auth]}
`;

describe('kubectl certificate', () => {
  it('decides on requests, which remember who asked', async () => {
    const { ok, fails, feed } = desk.cluster;
    await feed(request('bob')).ok`create -f - --as=eve --as-group=g2 --as-group=g1`;
    await feed(request('eve')).ok`create -f -`;
    expect(await ok`get csr bob -o jsonpath={.spec.username}:{.spec.groups}`).toBe(
      'eve:["g2","g1","system:authenticated"]',
    );
    expect(await ok`get csr bob`).toMatch(/bob +\d+s +\S+ +eve +<none> +Pending\n/);
    await ok`certificate approve bob`;
    await ok`certificate deny eve`;
    expect(await ok`get csr`).toMatch(/^bob .* Approved\neve .* Denied$/m);
    const condition = 'jsonpath={.status.conditions[0]}';
    expect(JSON.parse(await ok`get csr bob -o ${condition}`)).toMatchObject({
      type: 'Approved',
      status: 'True',
      reason: 'KubectlApprove',
      lastTransitionTime: expect.stringMatching(/Z$/),
    });
    expect(await fails`certificate deny bob`).toContain('already Approved');
    const signer = 'spec.signerName=kubernetes.io/kube-apiserver-client';
    expect(await ok`get csr --field-selector ${signer} -o name`).toMatch(/\/bob\n.*\/eve\n$/);
  });

  it('is the only way to a decision', async () => {
    const { ok, fails, feed } = desk.cluster;
    await feed(request('mallory')).ok`create -f -`;
    const approve = '{"status":{"conditions":[{"type":"Approved","status":"True"}]}}';
    expect(await fails`patch csr mallory --subresource=status -p ${approve}`).toContain(
      'status.conditions: Forbidden: updates may not add a condition of type "Approved"',
    );
    await ok`certificate deny mallory`;
    const forget = '{"status":{"conditions":null}}';
    expect(await fails`patch csr mallory --subresource=status --type=merge -p ${forget}`).toContain(
      'updates may not remove a condition of type "Denied"',
    );
    const noPem = '{"status":{"certificate":"eA=="}}';
    expect(await fails`patch csr mallory --subresource=status --type=merge -p ${noPem}`).toContain(
      'status.certificate: Invalid value: "<certificate data>": must contain at least one CERTIFICATE PEM block',
    );
    const failed =
      '{"status":{"conditions":[{"type":"Denied"},{"type":"Failed","status":"True"}]}}';
    await ok`patch csr mallory --subresource=status --type=merge -p ${failed}`;
    const types = 'jsonpath={.status.conditions[*].type} {.status.conditions[*].status}';
    expect(await ok`get csr mallory -o ${types}`).toBe('Denied Failed True True');
    const other = '{"spec":{"signerName":"example.com/other"}}';
    await ok`patch csr mallory --type=merge -p ${other}`;
    expect(await ok`get csr mallory -o jsonpath={.spec.signerName}`).toBe(
      'kubernetes.io/kube-apiserver-client',
    );
  });
});

describe('roles and priority classes', () => {
  it('exist from the start and can be changed where the real server lets them', async () => {
    const { ok, fails } = desk.cluster;
    const roles = await ok`get clusterroles -o name`;
    for (const name of ['cluster-admin', 'admin', 'edit', 'view', 'system:discovery']) {
      expect(roles).toContain(`clusterrole.rbac.authorization.k8s.io/${name}\n`);
    }
    await ok`set subject clusterrolebinding --all --user=foo`;
    await ok`describe clusterrole view`;
    expect(await ok`get clusterrolebinding cluster-admin -o wide`).toMatch(/ foo +system:masters/);
    await ok`create clusterrole sum --aggregation-rule=sum=yes`;
    expect(await ok`get priorityclasses -o name`).toBe(
      'priorityclass.scheduling.k8s.io/system-cluster-critical\npriorityclass.scheduling.k8s.io/system-node-critical\n',
    );
    await ok`create priorityclass mine --value=5`;
    expect(await fails`patch priorityclass mine -p ${'{"value":6}'}`).toContain(
      'value: Forbidden: may not be changed in an update.',
    );
    await ok`patch priorityclass mine -p ${'{"description":"x"}'}`;
    const bad = '{"roleRef":{"name":"other"}}';
    expect(await fails`patch clusterrolebinding cluster-admin -p ${bad}`).toContain(
      'roleRef: Invalid value',
    );
  });
});

describe('kubectl describe namespace', () => {
  it('shows its quotas and limits', async () => {
    const { namespace, ok, feed } = await desk.namespace();
    await feed(
      documents(
        'apiVersion: v1\nkind: LimitRange\nmetadata: {name: lr}\nspec: {limits: [{type: Container, default: {cpu: 200m}, defaultRequest: {cpu: 100m}}]}\n',
        'apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: q}\nspec: {hard: {pods: 5, cpu: "2"}}\n',
      ),
    ).ok`create -f -`;
    const used = '{"status":{"hard":{"pods":"5","cpu":"2"},"used":{"pods":"1","cpu":"500m"}}}';
    await ok`patch quota q --subresource=status -p ${used}`;
    const described = await ok`describe namespace ${namespace}`;
    expect(described).toMatch(/^Status: +Active$/m);
    expect(described).toMatch(/^ +cpu +500m +2$/m);
    expect(described).toMatch(/^ +Container +cpu +- +- +100m +200m +-$/m);
    expect(await ok`get quota q`).toMatch(/cpu: 500m\/2, pods: 1\/5/);
  });
});
