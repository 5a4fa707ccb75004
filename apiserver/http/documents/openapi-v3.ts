// /openapi/v3: an index of links, one a group version, and the document behind each. A link carries the
// document's hash, so clients keep documents for ever and ask again only for those that changed.
import type { SchemaNode } from '../../object/schema-node.js';
import type { Catalog } from '../../resources/catalog.js';
import type { Descriptions } from '../../resources/descriptions.js';
import type { Resource, SchemaName } from '../../resources/resource.js';
import type { TypeRegistry } from '../../schema/openapi.js';
import { CachedDocument, type DocumentReply, type DocumentRequest } from './cached-document.js';
import {
  patchSchema,
  pathsOf,
  rootOf,
  type ApiPath,
  type Operation,
} from './openapi-operations.js';
import type { Parameter } from './openapi-parameters.js';
import { definitionsFor, TypeWriter } from './openapi-types.js';

const json = 'application/json';
const encoder = new TextEncoder();

interface VersionDocument {
  /** The catalog's generation for which it was last known to be right. */
  readonly generation: number;
  readonly rows: readonly Resource[];
  readonly definitions: ReadonlyMap<SchemaName, SchemaNode>;
  readonly document: CachedDocument;
}

export class OpenApiV3 {
  readonly #catalog: Catalog;
  readonly #types: TypeRegistry;
  readonly #writer: TypeWriter;
  readonly #version: string;
  readonly #documents = new Map<string, VersionDocument>();
  readonly #schemaTexts = new WeakMap<SchemaNode, string>();
  readonly #parameterTexts = new WeakMap<readonly Parameter[], string>();
  #index: CachedDocument | undefined;
  #generation = -1;

  /** `version` is the server's, as in /version's gitVersion. */
  constructor(catalog: Catalog, types: TypeRegistry, descriptions: Descriptions, version: string) {
    this.#catalog = catalog;
    this.#types = types;
    this.#writer = new TypeWriter('v3', descriptions);
    this.#version = version;
  }

  /** `path` is /openapi/v3, /openapi/v3/api/v1 or /openapi/v3/apis/G/V; `hash` its query parameter. Undefined: 404. */
  answer(path: string, hash: string | null, request: DocumentRequest): DocumentReply | undefined {
    this.#refresh();
    const page = path.replace(/\/$/, '').slice('/openapi/v3'.length);
    if (page === '') return (this.#index ??= this.#makeIndex()).replyTagged(request);
    const version = this.#catalog
      .groups()
      .flatMap(({ name, versions }) => versions.map((it) => ({ group: name, version: it })))
      .find(({ group, version: it }) => rootOf(group, it) === page);
    if (version === undefined) return undefined;
    const document = this.#documentOf(version.group, version.version);
    // The link of the index is for this content only: it may be kept for a year.
    const isCurrent = hash === document.hash;
    return document.replyTagged(
      request,
      isCurrent
        ? { 'Cache-Control': 'public, immutable', Expires: expiresFar }
        : { 'Cache-Control': 'no-cache, private' },
    );
  }

  #refresh(): void {
    if (this.#generation === this.#catalog.generation) return;
    this.#generation = this.#catalog.generation;
    this.#index = undefined;
    const served = new Set(
      this.#catalog
        .groups()
        .flatMap(({ name, versions }) => versions.map((it) => rootOf(name, it))),
    );
    for (const root of this.#documents.keys()) if (!served.has(root)) this.#documents.delete(root);
  }

  #makeIndex(): CachedDocument {
    const paths: Record<string, unknown> = {};
    for (const { name, versions } of this.#catalog.groups())
      for (const version of versions) {
        const root = rootOf(name, version);
        const { hash } = this.#documentOf(name, version);
        paths[root.slice(1)] = { serverRelativeURL: `/openapi/v3${root}?hash=${hash}` };
      }
    return new CachedDocument(encoder.encode(JSON.stringify({ paths })), json);
  }

  /** Made anew only when a row or a type of the group changed, not with each change of the catalog. */
  #documentOf(group: string, version: string): CachedDocument {
    const root = rootOf(group, version);
    const known = this.#documents.get(root);
    if (known?.generation === this.#generation) return known.document;
    const rows = this.#catalog.version(group, version);
    const definitions = definitionsFor(rows, this.#types);
    const isUnchanged = known !== undefined && isSame(known, rows, definitions);
    const document = isUnchanged ? known.document : this.#makeDocument(rows, definitions);
    this.#documents.set(root, { generation: this.#generation, rows, definitions, document });
    return document;
  }

  /** Put together from text: the same types and parameters come in many documents. */
  #makeDocument(
    rows: readonly Resource[],
    definitions: ReadonlyMap<SchemaName, SchemaNode>,
  ): CachedDocument {
    const schemas = [...definitions].map(
      ([name, node]) => `${JSON.stringify(name)}:${this.#schemaJson(name, node)}`,
    );
    const paths = pathsOf(rows).map((it) => `${JSON.stringify(it.path)}:${this.#pathJson(it)}`);
    const info = JSON.stringify({ title: 'Kubernetes', version: this.#version });
    return new CachedDocument(
      encoder.encode(
        `{"openapi":"3.0.0","info":${info},"paths":{${paths.join(',')}},` +
          `"components":{"schemas":{${schemas.join(',')}},"securitySchemes":${security}}}`,
      ),
      json,
    );
  }

  #schemaJson(name: SchemaName, node: SchemaNode): string {
    let text = this.#schemaTexts.get(node);
    if (text === undefined) {
      text = JSON.stringify(this.#writer.definition(name, node));
      this.#schemaTexts.set(node, text);
    }
    return text;
  }

  #pathJson({ parameters, operations }: ApiPath): string {
    const members = operations.map((it) => `"${it.method}":${this.#operationJson(it)}`);
    return `{${members.join(',')},"parameters":${this.#parametersJson(parameters)}}`;
  }

  #parametersJson(parameters: readonly Parameter[]): string {
    let text = this.#parameterTexts.get(parameters);
    if (text === undefined) {
      text = JSON.stringify(parameters.map(parameterOf));
      this.#parameterTexts.set(parameters, text);
    }
    return text;
  }

  #operationJson(operation: Operation): string {
    const { tag, description, id, parameters, body, codes, action, kind } = operation;
    const responses = codes.map((code) => [code, this.#response(operation, code)] as const);
    const rest = JSON.stringify({
      tags: [tag],
      description,
      operationId: id,
      ...(body === undefined ? {} : { requestBody: this.#body(body) }),
      responses: {
        ...Object.fromEntries(responses),
        '401': { description: 'Unauthorized' },
      },
      'x-kubernetes-action': action,
      'x-kubernetes-group-version-kind': kind,
    });
    if (parameters.length === 0) return rest;
    return `${rest.slice(0, -1)},"parameters":${this.#parametersJson(parameters)}}`;
  }

  #body({ schema, isRequired }: NonNullable<Operation['body']>): object {
    const mediaTypes = schema === patchSchema ? patchTypes : ['*/*'];
    const content = { schema: this.#writer.ref(schema) };
    return {
      content: Object.fromEntries(mediaTypes.map((type) => [type, content])),
      ...(isRequired ? { required: true } : {}),
    };
  }

  #response({ answer, action }: Operation, code: number): object {
    const description = describeCode(code);
    if (answer === undefined)
      return { description, content: { '*/*': { schema: { type: 'string' } } } };
    const content = { schema: this.#writer.ref(answer) };
    const mediaTypes = action === 'list' ? [...answerTypes, `${json};stream=watch`] : answerTypes;
    return { description, content: Object.fromEntries(mediaTypes.map((type) => [type, content])) };
  }
}

const security = JSON.stringify({
  BearerToken: {
    type: 'apiKey',
    description: 'Bearer Token authentication',
    name: 'authorization',
    in: 'header',
  },
});

const expiresFar = 'Fri, 31 Dec 2100 23:59:59 GMT';

const answerTypes = [json, 'application/yaml'];

const patchTypes = [
  'application/apply-patch+yaml',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
];

const codeNames: Readonly<Record<number, string>> = { 200: 'OK', 201: 'Created', 202: 'Accepted' };

export const describeCode = (code: number): string => codeNames[code] ?? '';

const parameterOf = ({ name, in: where, type, description }: Parameter): object => ({
  name,
  in: where,
  description,
  ...(where === 'path' ? { required: true } : {}),
  schema: { type, uniqueItems: true },
});

function isSame(
  known: VersionDocument,
  rows: readonly Resource[],
  definitions: ReadonlyMap<SchemaName, SchemaNode>,
): boolean {
  if (known.rows.length !== rows.length || known.definitions.size !== definitions.size)
    return false;
  if (rows.some((row, index) => row !== known.rows[index])) return false;
  // A list made for a custom resource is a new object each time; its row has been compared already.
  return [...definitions].every(
    ([name, node]) => known.definitions.get(name) === node || name.endsWith('List'),
  );
}
