// What kubectl learns about the server: kinds, versions, documentation, who one is, what one may, raw paths.
import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KubectlDesk } from './kubectl-desk.js';
import { pod } from './kubectl-manifests.js';

let desk: KubectlDesk;
beforeAll(async () => {
  desk = await KubectlDesk.open();
});
afterAll(() => desk.close());

describe('kubectl api-resources', () => {
  it('lists what is served, with short names, and each of it can be listed', async () => {
    const { ok } = desk.cluster;
    const table = await ok`api-resources`;
    for (const row of [
      /^configmaps +cm +v1 +true +ConfigMap$/m,
      /^persistentvolumeclaims +pvc +v1 +true +PersistentVolumeClaim$/m,
      /^customresourcedefinitions +crd,crds +apiextensions\.k8s\.io\/v1 +false +CustomResourceDefinition$/m,
      /^deployments +deploy +apps\/v1 +true +Deployment$/m,
      /^horizontalpodautoscalers +hpa +autoscaling\/v2 +true +HorizontalPodAutoscaler$/m,
      /^ingresses +ing +networking\.k8s\.io\/v1 +true +Ingress$/m,
      /^priorityclasses +pc +scheduling\.k8s\.io\/v1 +false +PriorityClass$/m,
    ]) {
      expect(table).toMatch(row);
    }
    const listable = (await ok`api-resources --verbs=list -o name`).trim().split('\n');
    expect(listable.length).toBeGreaterThan(50);
    await ok`get ${listable.join(',')} -A -o name`;
    expect(await ok`api-resources --categories=all -o name`).toBe(
      [
        'pods',
        'replicationcontrollers',
        'services',
        'daemonsets.apps',
        'deployments.apps',
        'replicasets.apps',
        'statefulsets.apps',
        'horizontalpodautoscalers.autoscaling',
        'cronjobs.batch',
        'jobs.batch',
        '',
      ].join('\n'),
    );
  });

  it('goes with the versions of each group', async () => {
    const versions = (await desk.cluster.ok`api-versions`).trim().split('\n');
    for (const version of ['v1', 'apps/v1', 'autoscaling/v1', 'autoscaling/v2', 'batch/v1']) {
      expect(versions).toContain(version);
    }
    const { ok } = desk.cluster;
    expect(await ok`version`).toMatch(/Server Version: v1\.36\./);
    expect(await ok`cluster-info`).toContain(`is running at ${desk.server.url}`);
  });
});

describe('kubectl explain', () => {
  it('prints a kind, a field, and the whole tree of fields', async () => {
    const { ok, fails } = desk.cluster;
    const pods = await ok`explain pods`;
    expect(pods).toMatch(/^KIND: +Pod\nVERSION: +v1\n\nDESCRIPTION:\n {4}\w/);
    expect(pods).toMatch(/^ {2}spec\t<PodSpec>$/m);
    expect(await ok`explain po.spec.containers.image`).toMatch(/^FIELD: image <string>$/m);
    expect(await ok`explain service.spec.type`).toMatch(/ENUM:\n {4}ClusterIP\n/);
    const tree = await ok`explain deployment --recursive`;
    expect(tree).toMatch(/^GROUP: +apps$/m);
    expect(tree).toMatch(/^ {6}spec\t<PodSpec>$/m);
    expect(tree).toMatch(/^ {10}image\t<string>$/m);
    expect(tree).toMatch(/^ {10}name\t<string> -required-$/m);
    expect(await ok`explain hpa --api-version=autoscaling/v1`).toMatch(/^VERSION: +v1$/m);
    expect(await fails`explain pods.spec.nope`).toContain('field "nope" does not exist');
  });
});

describe('kubectl auth', () => {
  it('says who one is and what one may', async () => {
    const { ok, feed } = desk.cluster;
    expect(JSON.parse(await ok`auth whoami -o json`)).toMatchObject({
      kind: 'SelfSubjectReview',
      status: {
        userInfo: {
          username: 'kubernetes-admin',
          groups: ['system:masters', 'system:authenticated'],
        },
      },
    });
    expect(await ok`auth whoami --as=eve --as-group=staff`).toMatch(/Username +eve\n/);
    expect(await ok`auth can-i ${'*'} ${'*'}`).toBe('yes\n');
    expect(await ok`auth can-i get /metrics`).toBe('yes\n');
    expect(await ok`auth can-i --list`).toMatch(/^\*\.\* +\[\] +\[\] +\[\*\]$/m);
    const role = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: reconciled}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
`;
    const reconciled = await feed(role).run`auth reconcile -f -`;
    expect(reconciled.stderr).toContain('reconciliation required create');
    expect((await feed(role).run`auth reconcile -f -`).stderr).toBe('');
    const review = `
apiVersion: authorization.k8s.io/v1
kind: SubjectAccessReview
spec: {user: eve, resourceAttributes: {verb: get, resource: pods}}
`;
    expect(await feed(review).ok`create -f - -o jsonpath={.status.allowed}`).toMatch(/true|false/);
  });
});

describe('kubectl get --raw', () => {
  it('reads health, version, metrics and the API documents', async () => {
    const { ok, fails } = desk.cluster;
    for (const path of ['/healthz', '/livez', '/readyz', '/livez/etcd']) {
      expect(await ok`get --raw ${path}`).toBe('ok');
    }
    expect(await ok`get --raw ${'/readyz?verbose'}`).toMatch(/\[\+\]etcd ok\n[^]*check passed\n$/);
    expect(JSON.parse(await ok`get --raw /version`)).toMatchObject({ major: '1', minor: '36' });
    const root = JSON.parse(await ok`get --raw /`) as { paths: string[] }; // as: looked into below
    expect(root.paths).toEqual(expect.arrayContaining(['/api/v1', '/apis/apps/v1', '/metrics']));
    expect(JSON.parse(await ok`get --raw /openapi/v3`)).toHaveProperty(['paths', 'apis/apps/v1']);
    expect(JSON.parse(await ok`get --raw /openapi/v2`)).toHaveProperty('swagger', '2.0');
    expect(JSON.parse(await ok`get --raw /apis/apps/`)).toMatchObject({ kind: 'APIGroup' });
    expect(await ok`get --raw /api/v1`).toContain(
      '{"name":"configmaps","singularName":"configmap","namespaced":true,"kind":"ConfigMap","verbs":["create","delete","deletecollection","get","list","patch","update","watch"],"shortNames":["cm"],"storageVersionHash":',
    );
    for (const path of ['/nothing', '/api/v1/nothing', '/api/kubernetes', '/apis/no.group/v1']) {
      expect(await fails`get --raw ${path}`).toBe(
        'Error from server (NotFound): the server could not find the requested resource\n',
      );
    }
  });

  it('counts requests by what they asked for', async () => {
    const { ok, fails, feed } = await desk.namespace();
    await feed(pod()).ok`create -f -`;
    await fails`get pod missing`;
    const metrics = await ok`get --raw /metrics`;
    const series = (code: string, verb: string, scope: string): RegExp =>
      new RegExp(
        `^apiserver_request_total\\{verb="${verb}",code="${code}",group="",version="v1",resource="pods",subresource="",scope="${scope}",.*\\} [1-9]`,
        'm',
      );
    expect(metrics).toMatch(series('201', 'CREATE', 'namespace'));
    expect(metrics).toMatch(series('404', 'GET', 'resource'));
    expect(metrics).toContain('# TYPE apiserver_request_duration_seconds histogram');
  });
});

describe('kubectl cluster-info dump', () => {
  it('writes out a namespace', async () => {
    const { namespace, ok, feed, file } = await desk.namespace();
    await feed(pod()).ok`create -f -`;
    const folder = `${await file('dump', '')}.d`;
    await desk.cluster.ok`cluster-info dump --namespaces=${namespace} --output-directory=${folder}`;
    expect(await ok`get nodes -o name`).toBe('');
    expect(await readdir(`${folder}/${namespace}`)).toEqual(
      expect.arrayContaining(['pods.json', 'events.json', 'services.json']),
    );
  });
});
