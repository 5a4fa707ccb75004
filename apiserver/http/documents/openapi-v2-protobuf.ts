// The Swagger document in protobuf, as gnostic's openapiv2 message `Document` (field numbers are facts of
// OpenAPIv2.proto). Only what our documents use is written. Read next: swagger-schema-writer.ts, backwards-writer.ts.
import { BackwardsWriter } from './backwards-writer.js';
import type {
  SwaggerDocument,
  SwaggerNode,
  SwaggerOperation,
  SwaggerParameter,
  SwaggerPath,
} from './swagger-document.js';
import { SwaggerSchemaWriter } from './swagger-schema-writer.js';

const sizeHint = 2 * 1024 * 1024;

/** Fields go out last to first, as the writer wants them; the reader sees them in order. */
export function encodeSwagger(document: SwaggerDocument): Uint8Array {
  const { swagger, info, paths, definitions } = document;
  const writer = new BackwardsWriter(sizeHint);
  const schemas = new SwaggerSchemaWriter(writer);
  const out = new OperationWriter(writer, schemas);
  writer.nested(9, () => {
    schemas.named(1, definitions, (node) => {
      schemas.schema(node);
    });
  });
  writer.nested(8, () => {
    schemas.named(2, paths, (path) => {
      out.path(path);
    });
  });
  writer.nested(2, () => {
    writer.text(2, info.version);
    writer.text(1, info.title);
  });
  writer.text(1, swagger);
  return Uint8Array.from(writer.bytes());
}

/** Methods in field order, and their fields. */
const methods = [
  ['get', 2],
  ['put', 3],
  ['post', 4],
  ['delete', 5],
  ['options', 6],
  ['head', 7],
  ['patch', 8],
] as const;

class OperationWriter {
  readonly #writer: BackwardsWriter;
  readonly #schemas: SwaggerSchemaWriter;
  /** The same few parameters are part of every operation. */
  readonly #parameters = new Map<SwaggerParameter, Uint8Array>();

  constructor(writer: BackwardsWriter, schemas: SwaggerSchemaWriter) {
    this.#writer = writer;
    this.#schemas = schemas;
  }

  path(path: SwaggerPath): void {
    for (const parameter of path.parameters.toReversed())
      this.#writer.nested(9, () => {
        this.#parameter(parameter);
      });
    for (const [method, field] of methods.toReversed()) {
      const operation = path[method];
      if (operation !== undefined)
        this.#writer.nested(field, () => {
          this.#operation(operation);
        });
    }
  }

  #operation(it: SwaggerOperation): void {
    const writer = this.#writer;
    for (const name of ['x-kubernetes-group-version-kind', 'x-kubernetes-action'] as const)
      this.#schemas.extension(13, name, it[name]);
    writer.nested(9, () => {
      this.#schemas.named(1, it.responses, (response) => {
        writer.nested(1, () => {
          this.#response(response);
        });
      });
    });
    for (const parameter of it.parameters.toReversed())
      writer.nested(8, () => {
        this.#parameter(parameter);
      });
    this.#schemas.texts(7, it.consumes);
    this.#schemas.texts(6, it.produces);
    writer.text(5, it.operationId);
    writer.text(3, it.description);
    this.#schemas.texts(1, it.tags);
  }

  #response({ description, schema }: { description: string; schema?: SwaggerNode }): void {
    if (schema !== undefined)
      this.#writer.nested(2, () => {
        this.#writer.nested(1, () => {
          this.#schemas.schema(schema);
        });
      });
    this.#writer.text(1, description);
  }

  #parameter(parameter: SwaggerParameter): void {
    const writer = this.#writer;
    const known = this.#parameters.get(parameter);
    if (known !== undefined) {
      writer.raw(known);
      return;
    }
    const before = writer.bytes().length;
    writer.nested(1, () => {
      if (parameter.in === 'body') this.#bodyParameter(parameter);
      else this.#plainParameter(parameter);
    });
    const bytes = writer.bytes();
    this.#parameters.set(parameter, Uint8Array.from(bytes.subarray(0, bytes.length - before)));
  }

  #bodyParameter(it: SwaggerParameter): void {
    const writer = this.#writer;
    writer.nested(1, () => {
      const { schema } = it;
      if (schema !== undefined)
        writer.nested(5, () => {
          this.#schemas.schema(schema);
        });
      writer.flag(4, it.required === true);
      writer.text(3, it.in);
      writer.text(2, it.name);
      writer.text(1, it.description);
    });
  }

  #plainParameter(it: SwaggerParameter): void {
    const writer = this.#writer;
    const isQuery = it.in === 'query';
    writer.nested(2, () => {
      writer.nested(isQuery ? 3 : 4, () => {
        // The query message has one field more (allow_empty_value = 5), which moves the rest.
        const shift = isQuery ? 1 : 0;
        writer.flag(19 + shift, it.uniqueItems === true);
        writer.text(5 + shift, it.type);
        writer.text(4, it.name);
        writer.text(3, it.description);
        writer.text(2, it.in);
        writer.flag(1, it.required === true);
      });
    });
  }
}
