// The OpenAPI documents, loaded when somebody asks for one.
import type { DocumentReply, DocumentRequest } from '../http/documents/cached-document.js';
import type { OpenApiV2 } from '../http/documents/openapi-v2.js';
import type { OpenApiV3 } from '../http/documents/openapi-v3.js';
import { versionInfo } from '../http/version.js';
import type { Catalog } from '../resources/catalog.js';
import type { TypeRegistry } from '../schema/openapi.js';

interface Documents {
  readonly v2: OpenApiV2;
  readonly v3: OpenApiV3;
}

export class OpenApiDocuments {
  readonly #catalog: Catalog;
  readonly #types: TypeRegistry;
  #documents: Promise<Documents> | undefined;

  constructor(catalog: Catalog, types: TypeRegistry) {
    this.#catalog = catalog;
    this.#types = types;
  }

  async v2(request: DocumentRequest): Promise<DocumentReply> {
    const { v2 } = await this.#load();
    return v2.answer(request);
  }

  async v3(
    path: string,
    hash: string | null,
    request: DocumentRequest,
  ): Promise<DocumentReply | undefined> {
    const { v3 } = await this.#load();
    return v3.answer(path, hash, request);
  }

  #load(): Promise<Documents> {
    this.#documents ??= this.#make();
    return this.#documents;
  }

  async #make(): Promise<Documents> {
    const { OpenApiV2 } = await import('../http/documents/openapi-v2.js');
    const { OpenApiV3 } = await import('../http/documents/openapi-v3.js');
    const { Descriptions } = await import('../resources/descriptions.js');
    const version = versionInfo()['gitVersion'] ?? '';
    const descriptions = new Descriptions();
    return {
      v2: new OpenApiV2(this.#catalog, this.#types, descriptions, version),
      v3: new OpenApiV3(this.#catalog, this.#types, descriptions, version),
    };
  }
}
