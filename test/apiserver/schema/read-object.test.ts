// Reading a request's body: what is refused, dropped, warned of and filled in.
import { describe, expect, it } from '@jest/globals';
import type { Json } from '../../../apiserver/object/kube-object.js';
import { deployment, pod, read, refusal } from './reading.js';

const asPod = 'Pod in version "v1" cannot be handled as a Pod: ';
const inSpec = (spec: Json): Json => ({ spec });
const inContainer = (container: Json): Json => ({ spec: { containers: [container] } });

describe('a body that is not of the type', () => {
  it.each<[Json, string]>([
    [
      { spec: 'x' },
      'json: cannot unmarshal string into Go struct field Pod.spec of type v1.PodSpec',
    ],
    [
      inSpec({ containers: {} }),
      'json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container',
    ],
    [
      inSpec({ containers: ['x'] }),
      'json: cannot unmarshal string into Go struct field PodSpec.spec.containers of type v1.Container',
    ],
    [
      inContainer({ image: 5 }),
      'json: cannot unmarshal number into Go struct field Container.spec.containers.image of type string',
    ],
    [
      inContainer({ args: [true] }),
      'json: cannot unmarshal bool into Go struct field Container.spec.containers.args of type string',
    ],
    [
      inContainer({ ports: [{ containerPort: '80' }] }),
      'json: cannot unmarshal string into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32',
    ],
    [
      inContainer({ ports: [{ containerPort: 3000000000 }] }),
      'json: cannot unmarshal number 3000000000 into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32',
    ],
    [
      inContainer({ ports: [{ containerPort: 1.5 }] }),
      'json: cannot unmarshal number 1.5 into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32',
    ],
    [
      inSpec({ activeDeadlineSeconds: 2n ** 63n }),
      'json: cannot unmarshal number 9223372036854775808 into Go struct field PodSpec.spec.activeDeadlineSeconds of type int64',
    ],
    [
      inSpec({ hostNetwork: 'yes' }),
      'json: cannot unmarshal string into Go struct field PodSpec.spec.hostNetwork of type bool',
    ],
    [
      inSpec({ restartPolicy: 1 }),
      'json: cannot unmarshal number into Go struct field PodSpec.spec.restartPolicy of type v1.RestartPolicy',
    ],
    [
      { metadata: { labels: { a: 1 } } },
      'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string',
    ],
    [
      { metadata: { labels: [] } },
      'json: cannot unmarshal array into Go struct field ObjectMeta.metadata.labels of type map[string]string',
    ],
    [
      { metadata: { creationTimestamp: 'x' } },
      'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"',
    ],
    [
      { metadata: { creationTimestamp: 5 } },
      'json: cannot unmarshal number into Go value of type string',
    ],
    [
      inContainer({ resources: { limits: { cpu: 'x' } } }),
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
    [
      inContainer({ livenessProbe: { httpGet: { port: true } } }),
      'json: cannot unmarshal bool into Go value of type int32',
    ],
  ])('is refused in the words of the Go decoder (%#)', (body, problem) => {
    expect(refusal(body)).toBe(asPod + problem);
  });

  it('reports a failing quantity before an earlier misfit, as Go ends decoding there', () => {
    expect(
      refusal(inSpec({ hostNetwork: 1, containers: [{ resources: { limits: { cpu: 'x' } } }] })),
    ).toContain('quantities must match');
  });

  it('names the whole path of a nested member', () => {
    expect(refusal({ spec: { replicas: 'x' } }, deployment)).toBe(
      'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    );
  });

  it.each([
    ['YQ', 0],
    ['a?==', 1],
    ['YWJjYQ', 4],
    ['=', 0],
    ['YQ==YQ==', 4],
  ])('finds illegal base64 in %s at byte %i', (text, at) => {
    const secret = { gvk: { ...pod.gvk, kind: 'Secret' }, schemaName: 'io.k8s.api.core.v1.Secret' };
    expect(refusal({ data: { a: text } }, secret)).toBe(
      `Secret in version "v1" cannot be handled as a Secret: illegal base64 data at input byte ${at}`,
    );
    expect(read({ data: { a: 'YW\nJj' } }, secret).object['data']).toEqual({ a: 'YWJj' });
  });
});

describe('a body that cannot be read', () => {
  const head = 'the object provided is unrecognized (must be of type Pod): ';
  it.each([
    [
      '',
      `${head}couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)`,
    ],
    [
      '{"a"',
      `${head}couldn't get version/kind; json parse error: unexpected end of JSON input ({"a")`,
    ],
    [
      'a: b',
      `${head}couldn't get version/kind; json parse error: invalid character 'a' looking for beginning of value (613a2062)`,
    ],
    [
      '{"kind":5}',
      `${head}couldn't get version/kind; json parse error: json: cannot unmarshal number into Go struct field .kind of type string`,
    ],
  ])('is refused: %p', (body, message) => {
    expect(refusal(body)).toBe(message);
  });

  it('shows only the first 30 bytes', () => {
    expect(refusal(`{"a":"${'x'.repeat(100)}`)).toMatch(/\(\{"a":"x{24} \.\.\.\)$/);
  });

  it('is 415 for another media type', () => {
    expect(() => read('{}', pod, 'Strict', 'text/plain')).toThrow(
      expect.objectContaining({ code: 415, reason: 'UnsupportedMediaType' }),
    );
  });

  it('takes invalid UTF-8 as replacement characters, as Go does', () => {
    const bytes = Buffer.from('{"metadata":{"name":"a\xff"}}', 'latin1');
    expect(read(bytes).object.metadata.name).toBe('a\ufffd');
  });
});

describe('apiVersion and kind', () => {
  it('are filled in when absent', () => {
    expect(read({}).object).toEqual({ apiVersion: 'v1', kind: 'Pod', metadata: {} });
  });

  it('must be those of the path', () => {
    expect(refusal({ apiVersion: 'v1', kind: 'Service' })).toBe(
      'Service in version "v1" cannot be handled as a Pod: converting (v1.Service) to (core.Pod): unknown conversion',
    );
    expect(refusal({ apiVersion: 'apps/v1beta1', kind: 'Deployment' }, deployment)).toBe(
      'the API version in the data (apps/v1beta1) does not match the expected API version (apps/v1)',
    );
  });
});

describe('unknown and repeated members', () => {
  const body =
    '{"metadata":{"unknownMeta":1},"spec":{"unknownField":1,"replicas":1,"replicas":2,"template":{"spec":{"containers":[{"name":"a"},{"nope":{"a":1}}]}}}}';
  const problems = [
    'unknown field "metadata.unknownMeta"',
    'unknown field "spec.unknownField"',
    'duplicate field "spec.replicas"',
    'unknown field "spec.template.spec.containers[1].nope"',
  ];

  it('are all named in one strict error', () => {
    expect(refusal(body, deployment)).toBe(
      `Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: ${problems.join(', ')}`,
    );
  });

  it('are warned of and dropped', () => {
    const { object, warnings } = read(body, deployment, 'Warn');
    expect(warnings).toEqual(problems);
    expect(object['spec']).toEqual({
      replicas: 2,
      template: { spec: { containers: [{ name: 'a' }, {}] } },
    });
  });

  it('are dropped silently when asked', () => {
    expect(read(body, deployment, 'Ignore').warnings).toEqual([]);
  });

  it('in YAML carry the line', () => {
    const yaml = 'spec:\n  hostname: a\n  hostname: b\n  foo: 1\n';
    expect(refusal(yaml, pod, 'Strict', 'application/yaml')).toBe(
      `${asPod}strict decoding error: yaml: unmarshal errors:\n  line 3: key "hostname" already set in map, unknown field "spec.foo"`,
    );
    expect(read(yaml, pod, 'Warn', 'application/yaml').warnings).toEqual([
      'line 3: key "hostname" already set in map',
      'unknown field "spec.foo"',
    ]);
  });

  it('are not looked for inside unknown members or raw values', () => {
    const text =
      '{"metadata":{"labels":{"a":"1","a":"2"}},"nope":{"x":1,"x":2},"data":{"y":1,"y":2}}';
    const revision = {
      gvk: { group: 'apps', version: 'v1', kind: 'ControllerRevision' },
      schemaName: 'io.k8s.api.apps.v1.ControllerRevision',
    };
    expect(read(text, revision, 'Warn').warnings).toEqual([
      'duplicate field "metadata.labels.a"',
      'unknown field "nope"',
    ]);
  });

  it('are matched with upper and lower case apart, and prototypes are no members', () => {
    const { warnings } = read('{"Spec":{},"constructor":1,"__proto__":{}}', pod, 'Warn');
    expect(warnings).toHaveLength(3);
  });
});

describe('what the decoder keeps', () => {
  it('drops nulls and empty optional lists and maps, and keeps empty strings', () => {
    const { object } = read({
      metadata: { name: 'a', creationTimestamp: null, labels: {}, finalizers: [] },
      spec: { containers: [{ name: 'a', env: [], command: null }], volumes: null, hostname: '' },
    });
    expect(object.metadata).toEqual({ name: 'a' });
    expect(object['spec']).toEqual({ containers: [{ name: 'a' }], hostname: '' });
  });

  it('makes a null in a list or a map the zero value', () => {
    const { object } = read({ metadata: { labels: { a: null } }, spec: { containers: [null] } });
    expect(object.metadata.labels).toEqual({ a: '' });
    expect(object['spec']).toEqual({ containers: [{}] });
  });

  it('writes quantities and times in canonical form', () => {
    const { object } = read({
      metadata: { creationTimestamp: '2026-01-02T03:04:05+01:00' },
      spec: { containers: [{ name: 'a', resources: { limits: { cpu: 0.5, memory: '1024Mi' } } }] },
    });
    expect(object.metadata.creationTimestamp).toBe('2026-01-02T02:04:05Z');
    expect(object['spec']).toEqual({
      containers: [{ name: 'a', resources: { limits: { cpu: '500m', memory: '1Gi' } } }],
    });
  });

  it('keeps raw extensions and managed fields as they are', () => {
    const revision = {
      gvk: { group: 'apps', version: 'v1', kind: 'ControllerRevision' },
      schemaName: 'io.k8s.api.apps.v1.ControllerRevision',
    };
    const data = { anything: [null, {}, []], big: 9007199254740993n };
    const fieldsV1 = { 'f:spec': { '.': {}, 'k:{"a":1}': {} } };
    const { object } = read({ data, metadata: { managedFields: [{ fieldsV1 }] } }, revision);
    expect(object['data']).toEqual(data);
    expect(object.metadata.managedFields).toEqual([{ fieldsV1 }]);
  });

  it('keeps int64 values exactly', () => {
    const { object } = read('{"spec":{"activeDeadlineSeconds":9007199254740993}}');
    expect(object['spec']).toEqual({ activeDeadlineSeconds: 9007199254740993n });
  });

  it('applies the defaults of the schema inside what is there, once', () => {
    const body = inContainer({ name: 'a', ports: [{ containerPort: 80 }] });
    const { object } = read(body);
    expect(object['spec']).toEqual({
      containers: [{ name: 'a', ports: [{ containerPort: 80, protocol: 'TCP' }] }],
    });
    expect(read(object).object).toEqual(object);
  });

  it('leaves a type of every group version without metadata', () => {
    const options = {
      gvk: { group: '', version: 'v1', kind: 'DeleteOptions' },
      schemaName: 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions',
    };
    expect(
      read({ kind: 'DeleteOptions', apiVersion: 'apps/v1', gracePeriodSeconds: 0 }, options).object,
    ).toEqual({
      kind: 'DeleteOptions',
      apiVersion: 'apps/v1',
      gracePeriodSeconds: 0,
    });
  });
});
