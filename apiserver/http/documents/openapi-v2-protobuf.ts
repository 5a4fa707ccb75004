// The Swagger document in protobuf, as gnostic's openapiv2 message `Document` (field numbers are facts of
// OpenAPIv2.proto). Only what our documents use is written; unknown keywords become vendor extensions as YAML, which JSON is.
import { BackwardsWriter } from './backwards-writer.js';

type Node = Readonly<Record<string, unknown>>;

export interface SwaggerParameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'body';
  readonly description?: string;
  readonly required?: boolean;
  readonly uniqueItems?: boolean;
  readonly type?: string;
  /** Body only. */
  readonly schema?: Node;
}

export interface SwaggerOperation {
  readonly tags: readonly string[];
  readonly description: string;
  readonly operationId: string;
  readonly consumes: readonly string[];
  readonly produces: readonly string[];
  readonly parameters: readonly SwaggerParameter[];
  readonly responses: Readonly<Record<string, { description: string; schema?: Node }>>;
  readonly 'x-kubernetes-action': string;
  readonly 'x-kubernetes-group-version-kind': Node;
}

export interface SwaggerPath {
  readonly get?: SwaggerOperation;
  readonly put?: SwaggerOperation;
  readonly post?: SwaggerOperation;
  readonly delete?: SwaggerOperation;
  readonly options?: SwaggerOperation;
  readonly head?: SwaggerOperation;
  readonly patch?: SwaggerOperation;
  readonly parameters: readonly SwaggerParameter[];
}

export interface SwaggerDocument {
  readonly swagger: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, SwaggerPath>>;
  readonly definitions: Readonly<Record<string, Node>>;
}

const sizeHint = 2 * 1024 * 1024;

/** Fields go out last to first, as the writer wants them; the reader sees them in order. */
export function encodeSwagger(document: SwaggerDocument): Uint8Array {
  const { swagger, info, paths, definitions } = document;
  const out = new SwaggerWriter();
  const { writer } = out;
  writer.nested(9, () => {
    out.named(1, definitions, (node) => {
      out.schema(node);
    });
  });
  writer.nested(8, () => {
    out.named(2, paths, (path) => {
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

class SwaggerWriter {
  readonly writer = new BackwardsWriter(sizeHint);
  /** The same few parameters are part of every operation. */
  readonly #parameters = new Map<SwaggerParameter, Uint8Array>();

  path(path: SwaggerPath): void {
    for (const parameter of path.parameters.toReversed())
      this.writer.nested(9, () => {
        this.#parameter(parameter);
      });
    for (const [method, field] of methods.toReversed()) {
      const operation = path[method];
      if (operation !== undefined)
        this.writer.nested(field, () => {
          this.#operation(operation);
        });
    }
  }

  /** A map as repeated {name = 1, value = 2}. */
  named<T>(field: number, values: Readonly<Record<string, T>>, write: (value: T) => void): void {
    for (const [name, value] of Object.entries(values).reverse())
      this.writer.nested(field, () => {
        this.writer.nested(2, () => {
          write(value);
        });
        this.writer.text(1, name);
      });
  }

  schema(node: Node): void {
    for (const [keyword, value] of Object.entries(node).reverse()) {
      if (Object.hasOwn(schemaKeywords, keyword)) schemaKeywords[keyword]?.(this, value);
      else if (keyword.startsWith('x-')) this.#extension(31, keyword, value);
    }
  }

  /** An Any; its YAML form is enough, and JSON is YAML. */
  any(field: number, value: unknown): void {
    this.writer.nested(field, () => {
      this.writer.text(2, `${JSON.stringify(value)}\n`);
    });
  }

  texts(field: number, values: readonly unknown[]): void {
    for (const value of values.toReversed()) this.writer.text(field, String(value));
  }

  #operation(it: SwaggerOperation): void {
    const { writer } = this;
    for (const name of ['x-kubernetes-group-version-kind', 'x-kubernetes-action'] as const)
      this.#extension(13, name, it[name]);
    writer.nested(9, () => {
      this.named(1, it.responses, (response) => {
        writer.nested(1, () => {
          this.#response(response);
        });
      });
    });
    for (const parameter of it.parameters.toReversed())
      writer.nested(8, () => {
        this.#parameter(parameter);
      });
    this.texts(7, it.consumes);
    this.texts(6, it.produces);
    writer.text(5, it.operationId);
    writer.text(3, it.description);
    this.texts(1, it.tags);
  }

  #response({ description, schema }: { description: string; schema?: Node }): void {
    if (schema !== undefined)
      this.writer.nested(2, () => {
        this.writer.nested(1, () => {
          this.schema(schema);
        });
      });
    this.writer.text(1, description);
  }

  #extension(field: number, name: string, value: unknown): void {
    this.writer.nested(field, () => {
      this.any(2, value);
      this.writer.text(1, name);
    });
  }

  #parameter(parameter: SwaggerParameter): void {
    const { writer } = this;
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
    const { writer } = this;
    writer.nested(1, () => {
      const { schema } = it;
      if (schema !== undefined)
        writer.nested(5, () => {
          this.schema(schema);
        });
      writer.flag(4, it.required === true);
      writer.text(3, it.in);
      writer.text(2, it.name);
      writer.text(1, it.description);
    });
  }

  #plainParameter(it: SwaggerParameter): void {
    const { writer } = this;
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

type KeywordWriter = (out: SwaggerWriter, value: unknown) => void;

const asNode = (value: unknown): Node =>
  typeof value === 'object' && value !== null ? (value as Node) : {}; // as: any object can be read by name

const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const textField =
  (field: number): KeywordWriter =>
  (out, value) => {
    if (typeof value === 'string') out.writer.text(field, value);
  };

const integerField =
  (field: number): KeywordWriter =>
  (out, value) => {
    if (typeof value === 'number') out.writer.integer(field, value);
  };

const doubleField =
  (field: number): KeywordWriter =>
  (out, value) => {
    if (typeof value === 'number') out.writer.double(field, value);
  };

const flagField =
  (field: number): KeywordWriter =>
  (out, value) => {
    out.writer.flag(field, value === true);
  };

const anyField =
  (field: number): KeywordWriter =>
  (out, value) => {
    out.any(field, value);
  };

const schemaKeywords: Readonly<Record<string, KeywordWriter>> = {
  $ref: textField(1),
  format: textField(2),
  title: textField(3),
  description: textField(4),
  default: anyField(5),
  multipleOf: doubleField(6),
  maximum: doubleField(7),
  exclusiveMaximum: flagField(8),
  minimum: doubleField(9),
  exclusiveMinimum: flagField(10),
  maxLength: integerField(11),
  minLength: integerField(12),
  pattern: textField(13),
  maxItems: integerField(14),
  minItems: integerField(15),
  uniqueItems: flagField(16),
  maxProperties: integerField(17),
  minProperties: integerField(18),
  required: (out, value) => {
    out.texts(19, asList(value));
  },
  enum: (out, value) => {
    for (const item of asList(value).toReversed()) out.any(20, item);
  },
  additionalProperties: (out, value) => {
    out.writer.nested(21, () => {
      if (typeof value === 'boolean') out.writer.integer(2, value ? 1 : 0);
      else
        out.writer.nested(1, () => {
          out.schema(asNode(value));
        });
    });
  },
  type: (out, value) => {
    out.writer.nested(22, () => {
      if (typeof value === 'string') out.writer.text(1, value);
    });
  },
  items: (out, value) => {
    out.writer.nested(23, () => {
      out.writer.nested(1, () => {
        out.schema(asNode(value));
      });
    });
  },
  properties: (out, value) => {
    out.writer.nested(25, () => {
      out.named(1, asNode(value), (it) => {
        out.schema(asNode(it));
      });
    });
  },
  example: anyField(30),
};
