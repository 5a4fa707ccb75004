// The Swagger document (OpenAPI 2.0) as far as ours goes. Made in openapi-v2.ts, written as protobuf in
// openapi-v2-protobuf.ts.

/** A schema, or another part that is told by its keywords. */
export type SwaggerNode = Readonly<Record<string, unknown>>;

export interface SwaggerParameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'body';
  readonly description?: string;
  readonly required?: boolean;
  readonly uniqueItems?: boolean;
  readonly type?: string;
  /** Body only. */
  readonly schema?: SwaggerNode;
}

export interface SwaggerOperation {
  readonly tags: readonly string[];
  readonly description: string;
  readonly operationId: string;
  readonly consumes: readonly string[];
  readonly produces: readonly string[];
  readonly parameters: readonly SwaggerParameter[];
  readonly responses: Readonly<Record<string, { description: string; schema?: SwaggerNode }>>;
  readonly 'x-kubernetes-action': string;
  readonly 'x-kubernetes-group-version-kind': SwaggerNode;
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
  readonly definitions: Readonly<Record<string, SwaggerNode>>;
}
