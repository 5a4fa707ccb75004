// Custom resources: pruned and checked by the schema their definition brings.
import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../../../apiserver/object/kube-object.js';
import type { SchemaNode } from '../../../apiserver/object/schema-node.js';
import { read, refusal, types, validator } from './reading.js';

const widget = {
  gvk: { group: 'example.com', version: 'v1', kind: 'Widget' },
  schemaName: 'com.example.v1.Widget',
};
const schema: SchemaNode = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      required: ['size'],
      properties: {
        size: { type: 'integer', minimum: 1, default: 3 },
        isOpen: { type: 'boolean', default: false },
        color: { type: 'string', enum: ['red', 'blue'] },
        port: { 'x-kubernetes-int-or-string': true },
        note: { type: 'string', nullable: true, maxLength: 3 },
        name: { type: 'string', pattern: '^a' },
        when: { type: 'string', format: 'date-time' },
        items: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: { type: 'object', properties: { name: { type: 'string' } } },
        },
        tags: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        template: { type: 'object', 'x-kubernetes-embedded-resource': true },
        levels: {
          type: 'object',
          additionalProperties: { type: 'object', properties: { n: { type: 'integer' } } },
        },
      },
    },
  },
};
types.put(widget.schemaName, schema);

const make = (spec: JsonObject): JsonObject => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  spec,
});
const problems = (spec: JsonObject): string[] =>
  validator
    .validate(make(spec), widget.schemaName)
    .map(({ field, message }) => `${field}: ${message}`);

describe('a custom resource', () => {
  it('is defaulted and pruned by its own schema, deep into maps and embedded resources', () => {
    const { object, warnings } = read(
      make({
        x: 1,
        free: { a: { b: null } },
        levels: { one: { n: 1, m: 2 } },
        template: { kind: 'X', apiVersion: 'v1', metadata: { unknownSubMeta: 1 } },
      }),
      widget,
      'Warn',
    );
    expect(warnings).toEqual([
      'unknown field "spec.x"',
      'unknown field "spec.levels.one.m"',
      'unknown field "spec.template.metadata.unknownSubMeta"',
    ]);
    expect(object['spec']).toEqual({
      size: 3,
      isOpen: false,
      free: { a: { b: null } },
      levels: { one: { n: 1 } },
      template: { kind: 'X', apiVersion: 'v1', metadata: {} },
    });
  });

  it('keeps a null only where it may be one, and defaults the others', () => {
    const { object } = read(make({ size: null, note: null, color: null }), widget);
    expect(object['spec']).toEqual({ size: 3, isOpen: false, note: null });
  });

  it('must name its version and kind and have proper metadata', () => {
    expect(refusal({ kind: 'Widget' }, widget)).toBe(
      `Object 'apiVersion' is missing in '{"kind":"Widget"}'`,
    );
    expect(refusal({ ...make({}), metadata: { labels: { a: 1 } } }, widget)).toBe(
      'Widget in version "v1" cannot be handled as a Widget: json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string',
    );
  });

  it('is told all its violations', () => {
    expect(
      problems({
        size: 0,
        color: 'green',
        port: 1.5,
        note: 'long',
        name: 'b',
        when: 'now',
        items: [{ name: 'a' }, { name: 'a' }],
        tags: ['a', 'b', 'a'],
      }).sort(),
    ).toEqual([
      'spec.color: Unsupported value: "green": supported values: "red", "blue"',
      'spec.items[1]: Duplicate value: {"name":"a"}',
      'spec.name: Invalid value: "b": spec.name in body should match \'^a\'',
      'spec.note: Too long: may not be more than 3 bytes',
      'spec.port: Invalid value: "number": spec.port in body must be of type integer,string: "number"',
      'spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1',
      'spec.tags[2]: Duplicate value: "a"',
      'spec.when: Invalid value: "now": spec.when in body must be of type date-time: "now"',
    ]);
    expect(problems({})).toEqual(['spec.size: Required value']);
  });

  it('may hold nulls where nullable and integers of 64 bits', () => {
    expect(problems({ size: 9007199254740993n, note: null, port: 'http' })).toEqual([]);
  });

  it('is unknown once its definition is gone, and new after it changed', () => {
    const name = 'com.example.v1.Changing';
    types.put(name, { type: 'object', properties: { a: { type: 'string' } } });
    expect(validator.validate({ a: 1 }, name)).toHaveLength(1);
    types.put(name, { type: 'object', properties: { a: { type: 'integer' } } });
    expect(validator.validate({ a: 1 }, name)).toEqual([]);
    types.delete(name);
    expect(types.has(name)).toBe(false);
  });
});
