// The Swagger document in protobuf, as gnostic's openapiv2 message `Document` (field numbers are facts of
// OpenAPIv2.proto). Only what our documents use is written; unknown keywords become vendor extensions as YAML, which JSON is.

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

export function encodeSwagger(document: SwaggerDocument): Uint8Array {
  const { swagger, info, paths, definitions } = document;
  const written = new Map<SwaggerParameter, Buffer>();
  const parameterOnce = (it: SwaggerParameter): Buffer => {
    const known = written.get(it);
    if (known !== undefined) return known;
    const made = parameter(it);
    written.set(it, made);
    return made;
  };
  return message(
    text(1, swagger),
    nested(2, message(text(1, info.title), text(2, info.version))),
    nested(8, message(...named(2, paths, (it) => pathItem(it, parameterOnce)))),
    nested(9, message(...named(1, definitions, schema))),
  );
}

const methodFields = { get: 2, put: 3, post: 4, delete: 5, options: 6, head: 7, patch: 8 } as const;

type ParameterWriter = (parameter: SwaggerParameter) => Buffer;

function pathItem(path: SwaggerPath, write: ParameterWriter): Buffer {
  const parts: Buffer[] = [];
  for (const method of ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'] as const) {
    const found = path[method];
    if (found !== undefined) parts.push(nested(methodFields[method], operation(found, write)));
  }
  return message(...parts, ...path.parameters.map((it) => nested(9, write(it))));
}

function operation(it: SwaggerOperation, write: ParameterWriter): Buffer {
  return message(
    ...it.tags.map((tag) => text(1, tag)),
    text(3, it.description),
    text(5, it.operationId),
    ...it.produces.map((type) => text(6, type)),
    ...it.consumes.map((type) => text(7, type)),
    ...it.parameters.map((item) => nested(8, write(item))),
    nested(9, message(...named(1, it.responses, (value) => nested(1, response(value))))),
    nested(13, extension('x-kubernetes-action', it['x-kubernetes-action'])),
    nested(13, extension('x-kubernetes-group-version-kind', it['x-kubernetes-group-version-kind'])),
  );
}

function response({ description, schema: node }: { description: string; schema?: Node }): Buffer {
  const item = node === undefined ? [] : [nested(2, nested(1, schema(node)))];
  return message(text(1, description), ...item);
}

/** ParametersItem{parameter: Parameter{body | non-body{query | path}}} */
function parameter(it: SwaggerParameter): Buffer {
  if (it.in === 'body') {
    const body = message(
      text(1, it.description),
      text(2, it.name),
      text(3, it.in),
      flag(4, it.required),
      ...(it.schema === undefined ? [] : [nested(5, schema(it.schema))]),
    );
    return nested(1, nested(1, body));
  }
  const isQuery = it.in === 'query';
  const common = [flag(1, it.required), text(2, it.in), text(3, it.description), text(4, it.name)];
  // The query message has one field more (allow_empty_value = 5), which moves the rest.
  const own = isQuery
    ? message(...common, text(6, it.type), flag(20, it.uniqueItems))
    : message(...common, text(5, it.type), flag(19, it.uniqueItems));
  return nested(1, nested(2, nested(isQuery ? 3 : 4, own)));
}

type Writer = (value: unknown) => readonly Buffer[];

const asNode = (value: unknown): Node =>
  typeof value === 'object' && value !== null ? (value as Node) : {}; // as: any object can be read by name

const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const stringField =
  (field: number): Writer =>
  (value) => [text(field, typeof value === 'string' ? value : undefined)];

const integerField =
  (field: number): Writer =>
  (value) => [typeof value === 'number' ? number(field, value) : empty];

const doubleField =
  (field: number): Writer =>
  (value) => [typeof value === 'number' ? double(field, value) : empty];

const booleanField =
  (field: number): Writer =>
  (value) => [flag(field, value === true)];

const schemaKeywords: Readonly<Record<string, Writer>> = {
  $ref: stringField(1),
  format: stringField(2),
  title: stringField(3),
  description: stringField(4),
  default: (value) => [nested(5, any(value))],
  multipleOf: doubleField(6),
  maximum: doubleField(7),
  exclusiveMaximum: booleanField(8),
  minimum: doubleField(9),
  exclusiveMinimum: booleanField(10),
  maxLength: integerField(11),
  minLength: integerField(12),
  pattern: stringField(13),
  maxItems: integerField(14),
  minItems: integerField(15),
  uniqueItems: booleanField(16),
  maxProperties: integerField(17),
  minProperties: integerField(18),
  required: (value) => asList(value).map((item) => text(19, String(item))),
  enum: (value) => asList(value).map((item) => nested(20, any(item))),
  additionalProperties: (value) => [
    nested(21, typeof value === 'boolean' ? boolean(2, value) : nested(1, schema(asNode(value)))),
  ],
  type: (value) => [nested(22, text(1, typeof value === 'string' ? value : undefined))],
  items: (value) => [nested(23, nested(1, schema(asNode(value))))],
  properties: (value) => [
    nested(25, message(...named(1, asNode(value), (it) => schema(asNode(it))))),
  ],
  example: (value) => [nested(30, any(value))],
};

function schema(node: Node): Buffer {
  const parts: Buffer[] = [];
  for (const [keyword, value] of Object.entries(node)) {
    const write = Object.hasOwn(schemaKeywords, keyword) ? schemaKeywords[keyword] : undefined;
    if (write !== undefined) parts.push(...write(value));
    else if (keyword.startsWith('x-')) parts.push(nested(31, extension(keyword, value)));
  }
  return message(...parts);
}

const extension = (name: string, value: unknown): Buffer =>
  message(text(1, name), nested(2, any(value)));

const any = (value: unknown): Buffer => text(2, `${JSON.stringify(value)}\n`);

/** A map as repeated {name = 1, value = 2}. */
function named<T>(
  field: number,
  values: Readonly<Record<string, T>>,
  write: (value: T) => Buffer,
): Buffer[] {
  return Object.entries(values).map(([name, value]) =>
    nested(field, message(text(1, name), nested(2, write(value)))),
  );
}

const empty = Buffer.alloc(0);

const message = (...parts: readonly Buffer[]): Buffer => Buffer.concat(parts);

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}

const varintType = 0;
const fixed64Type = 1;
const lengthType = 2;

const tag = (field: number, wireType: number): Buffer => varint(field * 8 + wireType);

const nested = (field: number, value: Uint8Array): Buffer =>
  Buffer.concat([tag(field, lengthType), varint(value.length), value]);

const text = (field: number, value: string | undefined): Buffer =>
  value === undefined || value === '' ? empty : nested(field, Buffer.from(value));

const number = (field: number, value: number): Buffer =>
  Buffer.concat([tag(field, varintType), varint(value)]);

const boolean = (field: number, value: boolean): Buffer => number(field, value ? 1 : 0);

/** False is the absence of the field. */
const flag = (field: number, value: boolean | undefined): Buffer =>
  value === true ? number(field, 1) : empty;

function double(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([tag(field, fixed64Type), bytes]);
}
