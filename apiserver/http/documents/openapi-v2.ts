// /openapi/v2: the whole API as one Swagger document, as JSON or in gnostic's protobuf form, which older
// client-go and kubectl ask for without an alternative. Made on first request, again when the catalog changed.
import { notAcceptable } from '../../object/api-error.js';
import type { Catalog } from '../../resources/catalog.js';
import type { Descriptions } from '../../resources/descriptions.js';
import type { TypeRegistry } from '../../schema/openapi.js';
import { CachedDocument, type DocumentReply, type DocumentRequest } from './cached-document.js';
import { clausesOf } from '../answers/negotiate.js';
import { patchSchema, pathsOf, type ApiPath, type Operation } from './openapi-operations.js';
import type { Parameter } from './openapi-parameters.js';
import { encodeSwagger } from './openapi-v2-protobuf.js';
import { definitionsFor, TypeWriter } from './openapi-types.js';
import { describeCode } from './openapi-v3.js';
import type { SwaggerDocument, SwaggerParameter } from './swagger-document.js';

const json = 'application/json';
const protobufV1 = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
const protobuf = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

const encoder = new TextEncoder();

export class OpenApiV2 {
  readonly #catalog: Catalog;
  readonly #types: TypeRegistry;
  readonly #writer: TypeWriter;
  readonly #version: string;
  readonly #parameters = new Map<Parameter, SwaggerParameter>();
  #generation = -1;
  #swagger: SwaggerDocument | undefined;
  #json: CachedDocument | undefined;
  #protobuf: CachedDocument | undefined;

  /** `version` is the server's, as in /version's gitVersion. */
  constructor(catalog: Catalog, types: TypeRegistry, descriptions: Descriptions, version: string) {
    this.#catalog = catalog;
    this.#types = types;
    this.#writer = new TypeWriter('v2', descriptions);
    this.#version = version;
  }

  /** Throws 406. */
  answer(request: DocumentRequest): DocumentReply {
    if (this.#generation !== this.#catalog.generation) {
      this.#generation = this.#catalog.generation;
      this.#swagger = this.#json = this.#protobuf = undefined;
    }
    return this.#form(request.accept).replyTagged(request);
  }

  #form(accept: string | undefined): CachedDocument {
    const clauses = clausesOf(accept === undefined || accept === '' ? '*/*' : accept);
    for (const { type, subtype } of clauses) {
      const media = `${type}/${subtype}`;
      if (type === '*' || media === json || media === 'application/*')
        return (this.#json ??= this.#makeJson());
      if (media === protobufV1 || media === protobuf)
        return (this.#protobuf ??= new CachedDocument(encodeSwagger(this.#document()), protobuf));
    }
    throw notAcceptable([json, protobuf]);
  }

  #makeJson(): CachedDocument {
    return new CachedDocument(encoder.encode(JSON.stringify(this.#document())), json);
  }

  #document(): SwaggerDocument {
    return (this.#swagger ??= this.#makeDocument());
  }

  #makeDocument(): SwaggerDocument {
    const rows = this.#catalog.all();
    const paths = pathsOf(rows).map((path) => [path.path, this.#path(path)] as const);
    const definitions = [...definitionsFor(rows, this.#types)].map(
      ([name, node]) => [name, this.#writer.definition(name, node)] as const,
    );
    return {
      swagger: '2.0',
      info: { title: 'Kubernetes', version: this.#version },
      paths: Object.fromEntries(paths),
      definitions: Object.fromEntries(definitions),
    };
  }

  #path({ parameters, operations }: ApiPath): SwaggerDocument['paths'][string] {
    return {
      ...Object.fromEntries(operations.map((it) => [it.method, this.#operation(it)])),
      parameters: parameters.map((it) => this.#parameter(it)),
    };
  }

  /** One object a parameter, so that the protobuf form can tell that it wrote it before. */
  #parameter(parameter: Parameter): SwaggerParameter {
    let made = this.#parameters.get(parameter);
    if (made === undefined) {
      made = parameterFrom(parameter);
      this.#parameters.set(parameter, made);
    }
    return made;
  }

  #operation(operation: Operation): SwaggerOperationOf {
    const { tag, description, id, parameters, body, codes, action, kind, answer } = operation;
    const schema = answer === undefined ? { type: 'string' } : this.#writer.ref(answer);
    const bodyParameter: SwaggerParameter[] =
      body === undefined
        ? []
        : [
            {
              in: 'body',
              name: 'body',
              ...(body.isRequired ? { required: true } : {}),
              schema: this.#writer.ref(body.schema),
            },
          ];
    const responses = codes.map(
      (code) => [code, { description: describeCode(code), schema }] as const,
    );
    return {
      description,
      consumes: body?.schema === patchSchema ? patchTypes : ['*/*'],
      produces: action === 'list' ? [...answerTypes, `${json};stream=watch`] : answerTypes,
      tags: [tag],
      operationId: id,
      parameters: [...bodyParameter, ...parameters.map((it) => this.#parameter(it))],
      responses: { ...Object.fromEntries(responses), '401': { description: 'Unauthorized' } },
      'x-kubernetes-action': action,
      'x-kubernetes-group-version-kind': { ...kind },
    };
  }
}

type SwaggerOperationOf = NonNullable<SwaggerDocument['paths'][string]['get']>;

const answerTypes = [json, 'application/yaml'];

const patchTypes = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
];

const parameterFrom = ({ name, in: where, type, description }: Parameter): SwaggerParameter => ({
  uniqueItems: true,
  type,
  description,
  name,
  in: where,
  ...(where === 'path' ? { required: true } : {}),
});
