// Custom resources' types as the OpenAPI documents show them: what a definition leaves to the server (apiVersion, kind,
// metadata) is written out, at the root and in embedded resources.
import type { SchemaNode } from '../../object/schema-node.js';
import { refTo, type SchemaName, type TypeRegistry } from '../../schema/openapi.js';

const objectMeta = refTo('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta');

/** A definition for the documents; the same object as long as the type is. */
export const publishedType = (name: SchemaName, types: TypeRegistry): SchemaNode =>
  types.isBuiltIn(name) ? types.get(name) : types.derived(published, name);

const published = (name: SchemaName, types: TypeRegistry): SchemaNode =>
  withHeader(withResources(types.get(name)));

const withHeader = (node: SchemaNode): SchemaNode => ({
  ...node,
  properties: {
    ...node.properties,
    apiVersion: { type: 'string', ...node.properties?.['apiVersion'] },
    kind: { type: 'string', ...node.properties?.['kind'] },
    metadata: objectMeta,
  },
});

/** The node itself when nothing is embedded in it. */
function withResources(node: SchemaNode): SchemaNode {
  const { additionalProperties, items, properties } = node;
  let made = node;
  if (properties !== undefined) {
    const inner = Object.entries(properties).map(([name, child]) => [name, inside(child)] as const);
    if (inner.some(([name, child]) => child !== properties[name]))
      made = { ...made, properties: Object.fromEntries(inner) };
  }
  if (items !== undefined && inside(items) !== items) made = { ...made, items: inside(items) };
  if (typeof additionalProperties === 'object') {
    const child = inside(additionalProperties);
    if (child !== additionalProperties) made = { ...made, additionalProperties: child };
  }
  return made;
}

function inside(node: SchemaNode): SchemaNode {
  const made = withResources(node);
  return node['x-kubernetes-embedded-resource'] === true ? withHeader(made) : made;
}
