// Validator: does an object fit its type (decodeError, a 400) and its constraints (validate, field errors for a 422)?
import { badRequest, type ApiError } from '../object/api-error.js';
import { parseApiVersion, type JsonObject } from '../object/kube-object.js';
import { decodeProblem } from './decode-error.js';
import type { SchemaName, TypeRegistry } from './openapi.js';
import { planOf } from './plan.js';

export class Validator {
  readonly #types: TypeRegistry;

  constructor(types: TypeRegistry) {
    this.#types = types;
  }

  /** What the real decoder says when a value has the wrong type: `Pod in version "v1" cannot be handled as a Pod: json: …`. */
  decodeError(object: JsonObject, schemaName: SchemaName, kind: string): ApiError | undefined {
    const problem = decodeProblem(object, this.#types.derived(planOf, schemaName));
    if (problem === undefined) return undefined;
    const { apiVersion } = object;
    const { version } = parseApiVersion(typeof apiVersion === 'string' ? apiVersion : '');
    return badRequest(
      `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: ${problem}`,
    );
  }
}
