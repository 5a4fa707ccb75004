// Services as kubectl makes and changes them: cluster IPs, node ports, types, and what may not change.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KubectlDesk } from './kubectl-desk.js';
import { configMap, documents, service } from './kubectl-manifests.js';

let desk: KubectlDesk;
beforeAll(async () => {
  desk = await KubectlDesk.open();
});
afterAll(() => desk.close());

const clusterIp = 'jsonpath={.spec.clusterIP}';
const nodePort = 'jsonpath={.spec.ports[0].nodePort}';

describe('a service', () => {
  it('gets an address of the range, or the one it asks for if that is free', async () => {
    const { ok, feed } = await desk.namespace();
    await feed(documents(service('any'), service('headless', 'clusterIP: None'))).ok`create -f -`;
    expect(await ok`get service any -o ${clusterIp}`).toMatch(/^10\.0\.0\.\d+$/);
    expect(await ok`get service headless -o ${clusterIp}`).toBe('None');
    await feed(service('named', 'clusterIP: 10.0.0.77, ports: [{port: 1}]')).ok`create -f -`;
    const again = feed(service('again', 'clusterIP: 10.0.0.77, ports: [{port: 1}]'));
    expect(await again.fails`create -f -`).toBe(
      'The Service "again" is invalid: spec.clusterIPs: Invalid value: ["10.0.0.77"]: failed to allocate IP 10.0.0.77: provided IP is already allocated\n',
    );
    await ok`delete service named`;
    await again.ok`create -f -`;
    const outside = feed(service('outside', 'clusterIP: 192.168.1.1, ports: [{port: 1}]'));
    expect(await outside.fails`create -f -`).toContain(
      'the provided IP (192.168.1.1) is not in the valid range. The range of valid IPs is 10.0.0.0/24',
    );
  });

  it('may not change its address', async () => {
    const { fails, feed } = await desk.namespace();
    await feed(service('web')).ok`create -f -`;
    const patch = '{"spec":{"clusterIP":"10.0.0.200","clusterIPs":["10.0.0.200"]}}';
    expect(await fails`patch service web -p ${patch}`).toContain(
      'spec.clusterIPs[0]: Invalid value: ["10.0.0.200"]: may not change once set',
    );
  });

  it('gets a node port, and only one service has it', async () => {
    const { ok, fails } = await desk.namespace();
    await ok`create service nodeport one --tcp=80`;
    const port = Number(await ok`get service one -o ${nodePort}`);
    expect(port).toBeGreaterThanOrEqual(30_000);
    expect(port).toBeLessThanOrEqual(32_767);
    expect(await fails`create service nodeport two --tcp=80 --node-port=${String(port)}`).toBe(
      `error: failed to create NodePort service: Service "two" is invalid: spec.ports[0].nodePort: Invalid value: ${port}: provided port is already allocated\n`,
    );
    expect(await fails`create service nodeport two --tcp=80 --node-port=80`).toContain(
      'provided port is not in the valid range. The range of valid ports is 30000-32767',
    );
    await ok`delete service one`;
    await ok`create service nodeport two --tcp=80 --node-port=${String(port)}`;
  });

  it('changes its type, taking and giving back what the type needs', async () => {
    const { ok, feed } = await desk.namespace();
    await feed(service('web')).ok`apply -f -`;
    const external = 'type: ExternalName, externalName: example.com';
    const found = 'jsonpath={.spec.type}/{.spec.clusterIP}/{.spec.ports[*].nodePort}';
    await feed(service('web', external)).ok`apply -f -`;
    expect(await ok`get service web -o ${found}`).toBe('ExternalName//');
    await feed(service('web', 'type: NodePort, ports: [{port: 80}]')).ok`apply -f -`;
    expect(await ok`get service web -o ${found}`).toMatch(/^NodePort\/10\.0\.0\.\d+\/3\d{4}$/);
    await feed(service('web', 'type: ClusterIP, ports: [{port: 80}]')).ok`apply -f -`;
    expect(await ok`get service web -o ${found}`).toMatch(/^ClusterIP\/10\.0\.0\.\d+\/$/);
    expect(await ok`get service web`).toMatch(
      /^NAME +TYPE .*\nweb +ClusterIP +10\.0\.0\.\d+ +<none> +80\/TCP/,
    );
  });

  it('needs names where there are several ports, and each once', async () => {
    const { feed } = await desk.namespace();
    const both =
      'ports: [{port: 53, protocol: TCP, name: tcp}, {port: 53, protocol: UDP, name: udp}]';
    await feed(service('dns', both)).ok`create -f -`;
    const nameless = 'ports: [{port: 1}, {port: 2}]';
    const errors = await feed(service('bad', nameless)).fails`create -f -`;
    expect(errors).toContain('* spec.ports[0].name: Required value\n');
    expect(errors).toContain('* spec.ports[1].name: Required value\n');
    const twice = 'ports: [{port: 1, name: a}, {port: 2, name: a}]';
    expect(await feed(service('bad', twice)).fails`create -f -`).toContain(
      'spec.ports[1].name: Duplicate value: "a"',
    );
    expect(await feed(service('1st')).fails`create -f -`).toContain(
      'metadata.name: Invalid value: "1st": a DNS-1035 label must consist of',
    );
    await feed(configMap('1st', '')).ok`create -f -`;
  });

  it('is described with its endpoints', async () => {
    const { ok, feed } = await desk.namespace();
    await feed(service('web', 'type: LoadBalancer, ports: [{name: http, port: 80}]'))
      .ok`create -f -`;
    await feed(`
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
endpoints: [{addresses: [10.1.1.1], conditions: {ready: true}}]
ports: [{name: http, port: 8080, protocol: TCP}]
`).ok`create -f -`;
    const ingress = '{"status":{"loadBalancer":{"ingress":[{"ip":"203.0.113.9"}]}}}';
    await ok`patch service web --subresource=status -p ${ingress}`;
    const described = await ok`describe service web`;
    expect(described).toMatch(/Type: +LoadBalancer\n/);
    expect(described).toMatch(/IP: +10\.0\.0\.\d+\n/);
    expect(described).toMatch(/LoadBalancer Ingress: +203\.0\.113\.9/);
    expect(described).toMatch(/Port: +http {2}80\/TCP\n/);
    expect(described).toMatch(/Endpoints: +10\.1\.1\.1:8080\n/);
    expect(described).toMatch(/Session Affinity: +None\n/);
    expect(await ok`get service web`).toContain('203.0.113.9');
  });

  it('stands for the API server itself in the default namespace', async () => {
    const { ok } = desk.cluster;
    expect(await ok`get service kubernetes -o ${clusterIp}`).toBe('10.0.0.1');
    const { port } = new URL(desk.server.url);
    expect(await ok`describe service kubernetes`).toContain(`127.0.0.1:${port}`);
    expect(await ok`get endpointslice kubernetes -o jsonpath={.ports[0].port}`).toBe(port);
  });
});
