import { beforeAll, describe, expect, it } from '@jest/globals';
import { gunzipSync } from 'node:zlib';
import type { DocumentReply } from '../../../apiserver/http/documents/cached-document.js';
import { OpenApiV2 } from '../../../apiserver/http/documents/openapi-v2.js';
import { OpenApiV3 } from '../../../apiserver/http/documents/openapi-v3.js';
import { builtInGroupOrder, builtInResources } from '../../../apiserver/resources/built-in.js';
import { Catalog } from '../../../apiserver/resources/catalog.js';
import { Descriptions } from '../../../apiserver/resources/descriptions.js';
import type { Resource } from '../../../apiserver/resources/resource.js';
import { loadBuiltInTypes, type TypeRegistry } from '../../../apiserver/schema/openapi.js';

type Tree = { [name: string]: Tree } & Tree[] & string;

const types = loadBuiltInTypes();
const catalog = (): Catalog => new Catalog(builtInResources({}), builtInGroupOrder());
const v3 = (rows = catalog(), known = types): OpenApiV3 =>
  new OpenApiV3(rows, known, new Descriptions(), 'v1.36.0');
const v2 = (rows = catalog(), known = types): OpenApiV2 =>
  new OpenApiV2(rows, known, new Descriptions(), 'v1.36.0');
const read = (reply: DocumentReply | undefined): Tree =>
  JSON.parse(Buffer.from(reply!.body).toString()) as Tree;

const schemaName = 'com.example.v1.Widget';

function withWidget(): { rows: Catalog; known: TypeRegistry } {
  const rows = catalog();
  const known = loadBuiltInTypes();
  known.put(schemaName, {
    type: 'object',
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { $ref: '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' },
      spec: {
        type: 'object',
        description: 'Of our own.',
        properties: { size: { 'x-kubernetes-int-or-string': true, nullable: true } },
      },
      open: {
        type: 'object',
        'x-kubernetes-preserve-unknown-fields': true,
        properties: { known: { type: 'string' } },
      },
    },
    'x-kubernetes-group-version-kind': [{ group: 'example.com', version: 'v1', kind: 'Widget' }],
  });
  const like = rows.find('apps', 'v1', 'deployments')!;
  const widget: Resource = {
    ...like,
    group: 'example.com',
    plural: 'widgets',
    kind: 'Widget',
    listKind: 'WidgetList',
    schema: schemaName,
    subresources: {},
  };
  rows.put([widget]);
  return { rows, known };
}

describe('OpenAPI v3', () => {
  let core: Tree;
  beforeAll(() => {
    core = read(v3().answer('/openapi/v3/api/v1', null, {}));
  });

  it('lists a link with a hash for every group version', () => {
    const { paths } = read(v3().answer('/openapi/v3', null, {}));
    expect(paths!['api/v1']!['serverRelativeURL']).toMatch(
      /^\/openapi\/v3\/api\/v1\?hash=[0-9A-F]{128}$/,
    );
    expect(Object.keys(paths!)).toContain('apis/autoscaling/v2');
  });

  it('may be kept for ever behind the hash, and answers 304 to its ETag', () => {
    const documents = v3();
    const reply = documents.answer('/openapi/v3/apis/apps/v1', null, {});
    const tag = reply!.headers!['ETag']!;
    const hash = tag.slice(1, -1);
    expect(reply!.headers!['Cache-Control']).toBe('no-cache, private');
    const kept = documents.answer('/openapi/v3/apis/apps/v1', hash, {});
    expect(kept!.headers!['Cache-Control']).toBe('public, immutable');
    expect(documents.answer('/openapi/v3/apis/apps/v1', null, { ifNoneMatch: tag })!.code).toBe(
      304,
    );
    expect(documents.answer('/openapi/v3/apis/nope/v1', null, {})).toBeUndefined();
  });

  it('tells kubectl that a PATCH takes fieldValidation and dryRun', () => {
    for (const path of Object.values(core['paths']!)) {
      const patch = path['patch'];
      if (patch === undefined || patch['x-kubernetes-action'] !== 'patch') continue;
      const names = Object.values(patch['parameters']!).map((it) => it['name']);
      expect(names).toEqual(
        expect.arrayContaining(['dryRun', 'fieldManager', 'fieldValidation', 'force']),
      );
    }
    expect(
      core['paths']!['/api/v1/namespaces/{namespace}/pods/{name}']!['patch']![
        'x-kubernetes-group-version-kind'
      ],
    ).toEqual({ group: '', kind: 'Pod', version: 'v1' });
  });

  it('gives every operation an id of its own', () => {
    const documents = v3();
    const rows = catalog();
    const ids = rows.groups().flatMap(({ name, versions }) =>
      versions.flatMap((version) => {
        const root = name === '' ? `api/${version}` : `apis/${name}/${version}`;
        const { paths } = read(documents.answer(`/openapi/v3/${root}`, null, {}));
        return Object.values(paths!).flatMap((path) =>
          Object.values(path).flatMap((it) => it['operationId'] ?? []),
        );
      }),
    );
    expect(ids.length).toBeGreaterThan(500);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(
      expect.arrayContaining([
        'listCoreV1NamespacedPod',
        'listCoreV1PodForAllNamespaces',
        'deleteCoreV1CollectionNamespacedPod',
        'replaceAppsV1NamespacedDeploymentScale',
        'readRbacAuthorizationV1ClusterRole',
        'connectCoreV1GetNamespacedPodExec',
      ]),
    );
  });

  it('refers only to schemas that it carries, and keeps our markers to itself', () => {
    const text = JSON.stringify(core);
    const schemas = core['components']!['schemas']!;
    for (const [, name] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g))
      expect(schemas).toHaveProperty([name!]);
    expect(text).not.toContain('x-markers');
  });

  it('describes kinds and fields, and puts a description beside a reference', () => {
    const schemas = core['components']!['schemas']!;
    expect(schemas['io.k8s.api.core.v1.Pod']!['description']).toMatch(/^Pod is /);
    expect(schemas['io.k8s.api.core.v1.Pod']!['properties']!['spec']).toMatchObject({
      allOf: [{ $ref: '#/components/schemas/io.k8s.api.core.v1.PodSpec' }],
    });
    expect(schemas['io.k8s.api.core.v1.ServiceList']!['properties']!['items']!['description']).toBe(
      'List of services',
    );
  });

  it('publishes a custom kind and its list, and takes them back', () => {
    const { rows, known } = withWidget();
    const documents = v3(rows, known);
    const schemas = read(documents.answer('/openapi/v3/apis/example.com/v1', null, {}))[
      'components'
    ]!['schemas']!;
    expect(schemas[schemaName]!['properties']!['spec']!['description']).toBe('Of our own.');
    expect(schemas[`${schemaName}List`]).toMatchObject({
      'x-kubernetes-group-version-kind': [{ kind: 'WidgetList' }],
    });
    rows.remove('example.com', 'widgets');
    expect(documents.answer('/openapi/v3/apis/example.com/v1', null, {})).toBeUndefined();
  });

  it('keeps the documents of groups that a change of the catalog left alone', () => {
    const { rows, known } = withWidget();
    const documents = v3(rows, known);
    const before = documents.answer('/openapi/v3/apis/apps/v1', null, {})!.body;
    rows.remove('example.com', 'widgets');
    expect(documents.answer('/openapi/v3/apis/apps/v1', null, {})!.body).toBe(before);
  });
});

describe('OpenAPI v2', () => {
  it('has the phrases that clients look for', () => {
    const text = Buffer.from(v2().answer({}).body).toString();
    for (const phrase of [
      'list of returned',
      'List of services',
      'Watch for changes to the described resources',
    ])
      expect(text).toContain(phrase);
  });

  it('describes operations and merge keys', () => {
    const document = read(v2().answer({}));
    const patch =
      document['paths']!['/apis/apps/v1/namespaces/{namespace}/deployments/{name}']!['patch'];
    expect(patch).toMatchObject({
      'x-kubernetes-action': 'patch',
      'x-kubernetes-group-version-kind': { group: 'apps', version: 'v1', kind: 'Deployment' },
    });
    expect(
      document['definitions']!['io.k8s.api.core.v1.PodSpec']!['properties']!['containers'],
    ).toMatchObject({ 'x-kubernetes-patch-merge-key': 'name' });
  });

  it('writes a custom kind in version 2 words', () => {
    const { rows, known } = withWidget();
    const widget = read(v2(rows, known).answer({}))['definitions']![schemaName]!['properties']!;
    expect(widget['spec']!['properties']!['size']).toMatchObject({
      type: 'string',
      format: 'int-or-string',
    });
    expect(widget['spec']!['properties']!['size']).not.toHaveProperty('nullable');
    expect(widget['open']).not.toHaveProperty('properties');
  });

  it('answers in protobuf to clients that speak only that', () => {
    const documents = v2();
    const reply = documents.answer({
      accept: 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf',
    });
    expect(reply.contentType).toBe('application/com.github.proto-openapi.spec.v2.v1.0+protobuf');
    // Document.swagger (field 1, length-delimited) comes first.
    expect(Buffer.from(reply.body.subarray(0, 5)).toString('latin1')).toBe('\n\x032.0');
    expect(() => documents.answer({ accept: 'text/html' })).toThrow(
      'only the following media types',
    );
  });

  it('is packed for clients that accept it', () => {
    const documents = v2();
    const reply = documents.answer({ acceptEncoding: 'gzip, deflate' });
    expect(reply.headers).toMatchObject({ 'Content-Encoding': 'gzip' });
    expect(gunzipSync(reply.body).equals(documents.answer({}).body)).toBe(true);
    expect(documents.answer({ acceptEncoding: 'gzip;q=0' }).headers).not.toHaveProperty(
      'Content-Encoding',
    );
  });
});
