// Schemas of the Swagger document in protobuf: gnostic's openapiv2 message `Schema`, and the maps, extensions and
// untyped values that other messages have too. Unknown keywords become vendor extensions as YAML, which JSON is.
import type { BackwardsWriter } from './backwards-writer.js';
import type { SwaggerNode } from './swagger-document.js';

export class SwaggerSchemaWriter {
  readonly writer: BackwardsWriter;

  constructor(writer: BackwardsWriter) {
    this.writer = writer;
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

  schema(node: SwaggerNode): void {
    for (const [keyword, value] of Object.entries(node).reverse()) {
      if (Object.hasOwn(schemaKeywords, keyword)) schemaKeywords[keyword]?.(this, value);
      else if (keyword.startsWith('x-')) this.extension(31, keyword, value);
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

  extension(field: number, name: string, value: unknown): void {
    this.writer.nested(field, () => {
      this.any(2, value);
      this.writer.text(1, name);
    });
  }
}

type KeywordWriter = (out: SwaggerSchemaWriter, value: unknown) => void;

const asNode = (value: unknown): SwaggerNode =>
  typeof value === 'object' && value !== null ? (value as SwaggerNode) : {}; // as: any object can be read by name

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
