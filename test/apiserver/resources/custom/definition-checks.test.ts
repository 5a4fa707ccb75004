// What the server says of a definition that is not in order.
import { describe, expect, it } from '@jest/globals';
import type { JsonObject, KubeObject } from '../../../../apiserver/object/kube-object.js';
import {
  checkSpec,
  schemaWarnings,
} from '../../../../apiserver/resources/custom/definition-checks.js';
import { definitionStrategy } from '../../../../apiserver/resources/custom/definition-strategy.js';
import { definition, specOf, type VersionSketch } from '../../controllers/definitions.js';

/** As it is when it is checked: completed by the server. */
function completed(body: JsonObject): KubeObject {
  const object = structuredClone(body) as KubeObject; // as: a whole definition
  definitionStrategy.applyDefaults?.(object);
  return object;
}

const problems = (body: JsonObject): string[] =>
  checkSpec(completed(body)).map(({ field, message }) => `${field}: ${message}`);

const ofSchema = (schema: JsonObject, version: VersionSketch = {}): string[] =>
  problems(definition([{ schema, ...version }]));

const ofSpec = (properties: JsonObject, more: JsonObject = {}): string[] =>
  ofSchema(specOf(properties, more)).map((line) =>
    line.replace('spec.validation.openAPIV3Schema.properties[spec].', '~'),
  );

describe('a definition', () => {
  it('in order is accepted', () => {
    expect(problems(definition())).toEqual([]);
  });

  it('has good names, group and scope', () => {
    expect(
      problems(
        definition(
          [{}],
          { kind: 'a_b', listKind: 'a_b', shortNames: ['A'] },
          { group: 'nodot', scope: 'x' },
        ),
      ),
    ).toEqual([
      'spec.group: Invalid value: "nodot": should be a domain with at least one dot',
      'spec.scope: Unsupported value: "x": supported values: "Cluster", "Namespaced"',
      expect.stringContaining('spec.names.singular: Invalid value: "a_b": a DNS-1035 label'),
      expect.stringContaining(
        'spec.names.kind: Invalid value: "a_b": may have mixed case, but should otherwise match: a DNS-1035 label',
      ),
      expect.stringContaining('spec.names.listKind: Invalid value: "a_b": may have mixed case'),
      expect.stringContaining('spec.names.shortNames[0]: Invalid value: "A": a DNS-1035 label'),
      'spec.names.listKind: Invalid value: "a_b": kind and listKind may not be the same',
    ]);
  });

  it('stores exactly one version, each under its own name', () => {
    const twice = problems(definition([{}, { storage: true }])).map((line) =>
      line.replace(/\[\{.*\}\]/, '…'),
    );
    expect(twice).toEqual([
      'spec.versions: Invalid value: …: must contain unique version names',
      'spec.versions: Invalid value: …: must have exactly one version marked as storage version',
    ]);
  });

  it('is told of a schema where the real server keeps it', () => {
    const bad = { properties: { a: {} } };
    const rule = 'type: Required value: must not be empty for specified object fields';
    expect(ofSchema(bad)).toEqual([`spec.validation.openAPIV3Schema.properties[a].${rule}`]);
    expect(problems(definition([{ schema: bad }, { name: 'v2' }]))).toEqual([
      `spec.versions[0].schema.openAPIV3Schema.properties[a].${rule}`,
    ]);
  });

  it('has a schema in every version', () => {
    const body = definition();
    const [version] = body.spec['versions'] as JsonObject[]; // as: made above
    delete version!['schema'];
    expect(problems(body)).toEqual([
      'spec.versions[0].schema.openAPIV3Schema: Required value: schemas are required',
    ]);
  });

  it.each([
    [{ a: { type: 'array' } }, '~properties[a].items: Required value: must be specified'],
    [
      { a: { type: 'array', items: {} } },
      '~properties[a].items.type: Required value: must not be empty for specified array items',
    ],
    [
      { a: { type: 'text' } },
      '~properties[a].type: Unsupported value: "text": supported values: "array", "boolean", "integer", "number", "object", "string"',
    ],
    [
      { a: { type: 'string', $ref: '#/b' } },
      '~properties[a].$ref: Forbidden: $ref is not supported',
    ],
    [
      { a: { type: 'array', uniqueItems: true, items: { type: 'string' } } },
      '~properties[a].uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
    ],
    [
      { a: { type: 'object', properties: { b: { type: 'string' } }, additionalProperties: false } },
      '~properties[a].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive',
    ],
    [
      { a: { type: 'string', anyOf: [{ type: 'string' }] } },
      '~properties[a].anyOf[0].type: Forbidden: must be empty to be structural',
    ],
    [
      { a: { type: 'object', 'x-kubernetes-embedded-resource': true } },
      '~properties[a].properties: Required value: must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields',
    ],
    [
      { a: { type: 'string', 'x-kubernetes-list-type': 'set' } },
      '~properties[a].type: Invalid value: "string": must be array if x-kubernetes-list-type is specified',
    ],
    [
      { a: { type: 'string', 'x-kubernetes-preserve-unknown-fields': false } },
      '~properties[a].x-kubernetes-preserve-unknown-fields: Invalid value: false: must be true or undefined',
    ],
    [
      { a: { type: 'integer', default: 'x' } },
      '~properties[a].default: Invalid value: "string":  in body must be of type integer: "string"',
    ],
    [
      { a: { type: 'object', properties: {}, default: { b: 1 } } },
      '~properties[a].default: Invalid value: {"b":1}: must not have unknown fields',
    ],
    [
      { a: { type: 'string', pattern: '(?=x)' } },
      '~properties[a].pattern: Invalid value: "(?=x)": must be a valid regular expression, but isn\'t: error parsing regexp: invalid or unsupported Perl syntax: `(?=`',
    ],
    [
      { a: { type: 'string', 'x-kubernetes-validations': [{ rule: ' ' }] } },
      '~properties[a].x-kubernetes-validations[0].rule: Required value: rule is not specified',
    ],
  ])('is refused the property %j', (properties: JsonObject, problem) => {
    expect(ofSpec(properties)).toContain(problem);
  });

  it('names the keys of its map lists among required or defaulted members', () => {
    const list = {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['a', 'b'],
      items: { type: 'object', properties: { a: { type: 'string' } } },
    };
    expect(ofSpec({ list })).toEqual([
      '~properties[list].items.properties[a].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
      '~properties[list].x-kubernetes-list-map-keys: Invalid value: ["a","b"]: entries must all be names of item properties',
    ]);
  });

  it('may take an integer or a string in the one way there is', () => {
    const port = {
      'x-kubernetes-int-or-string': true,
      anyOf: [{ type: 'integer' }, { type: 'string' }],
      pattern: '^x',
    };
    const also = { 'x-kubernetes-int-or-string': true, allOf: [{ anyOf: port.anyOf }] };
    expect(ofSpec({ port, also })).toEqual([]);
  });

  it('leaves metadata to the server', () => {
    expect(
      ofSchema({
        properties: { metadata: { type: 'object', properties: { labels: { type: 'object' } } } },
      }),
    ).toEqual([
      'spec.validation.openAPIV3Schema.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified',
    ]);
    const name = { type: 'string', maxLength: 5 };
    expect(
      ofSchema({ properties: { metadata: { type: 'object', properties: { name } } } }),
    ).toEqual([]);
  });

  it('has sound columns, subresources and selectable fields', () => {
    expect(
      ofSchema(specOf({ a: { type: 'object' } }), {
        additionalPrinterColumns: [{ name: 'A', type: 'text', jsonPath: 'spec' }],
        subresources: { scale: { specReplicasPath: '.status.a', statusReplicasPath: '' } },
        selectableFields: [{ jsonPath: '.spec.a' }, { jsonPath: '.spec.b' }],
      }),
    ).toEqual([
      'spec.subresources.scale.specReplicasPath: Invalid value: ".status.a": should be a json path under .spec',
      'spec.subresources.scale.statusReplicasPath: Required value',
      'spec.additionalPrinterColumns[0].type: Invalid value: "text": must be one of boolean,date,integer,number,string',
      'spec.additionalPrinterColumns[0].JSONPath: Invalid value: "spec": must be a simple json path starting with .',
      'spec.selectableFields[0].jsonPath: Invalid value: ".spec.a": must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.',
      'spec.selectableFields[1].jsonPath: Invalid value: ".spec.b": is an invalid path: does not refer to a valid field',
    ]);
  });

  it('names its conversion webhook completely', () => {
    const webhook = { conversionReviewVersions: ['v7'], clientConfig: { url: 'http://x/?a=b' } };
    expect(
      problems(definition([{}], {}, { conversion: { strategy: 'Webhook', webhook } })),
    ).toEqual([
      `spec.conversion.webhookClientConfig.url: Invalid value: "http": 'https' is the only allowed URL scheme; desired format: https://host[/path]`,
      'spec.conversion.webhookClientConfig.url: Invalid value: "a=b": query parameters are not permitted in the URL',
      'spec.conversion.conversionReviewVersions: Invalid value: ["v7"]: must include at least one of v1, v1beta1',
    ]);
  });

  it('is warned of formats nobody checks', () => {
    const schema = specOf({
      a: { type: 'string', format: 'foo' },
      b: { type: 'string', format: 'date' },
    });
    expect(schemaWarnings(completed(definition([{ schema }])))).toEqual([
      'unrecognized format "foo"',
    ]);
  });

  it('in a group of the community needs its approval', () => {
    const object = completed(definition([{}], {}, { group: 'x.k8s.io' }));
    const found = (): string[] =>
      (definitionStrategy.validateCreate?.(object) ?? []).map(
        ({ field, message }) => `${field}: ${message}`,
      );
    const field = 'metadata.annotations[api-approved.kubernetes.io]';
    const demand = 'protected groups must have approval annotation "api-approved.kubernetes.io"';
    const see = 'see https://github.com/kubernetes/enhancements/pull/1111';
    expect(found()).toEqual([`${field}: Required value: ${demand}, ${see}`]);
    object.metadata.annotations = { 'api-approved.kubernetes.io': 'yes' };
    expect(found()).toEqual([
      `${field}: Invalid value: "yes": ${demand} with either a URL or a reason starting with "unapproved", ${see}`,
    ]);
    object.metadata.annotations = { 'api-approved.kubernetes.io': 'https://github.com/x/y/pull/1' };
    expect(found()).toEqual([]);
  });
});
