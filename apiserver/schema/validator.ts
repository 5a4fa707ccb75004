// Validator: does an object fit its type (decodeError, a 400) and its constraints (validate, field errors for a 422)?
// Built-in types are checked by ajv (validator-built-in.ts), a custom resource by the schema its definition brings
// (validator-custom.ts).
import { badRequest, type ApiError } from '../object/api-error.js';
import type { FieldError } from '../object/field-error.js';
import {
  isJsonObject,
  parseApiVersion,
  type Json,
  type JsonObject,
} from '../object/kube-object.js';
import type { SchemaNode } from '../object/schema-node.js';
import { decodeProblem } from './decode-error.js';
import type { SchemaName, TypeRegistry } from './openapi.js';
import { objectMetaName, planOf, StructPlan } from './plan.js';
import { BuiltInChecks } from './validator-built-in.js';
import { checkCustom, embeddedMetadata } from './custom/validator-custom.js';

export class Validator {
  readonly #types: TypeRegistry;
  readonly #builtIn: BuiltInChecks;

  constructor(types: TypeRegistry) {
    this.#types = types;
    this.#builtIn = new BuiltInChecks(types);
  }

  /** What the real decoder says when a value has the wrong type: `Pod in version "v1" cannot be handled as a Pod: json: …`. */
  decodeError(object: JsonObject, schemaName: SchemaName, kind: string): ApiError | undefined {
    const problem = this.#decodeProblem(object, schemaName);
    if (problem === undefined) return undefined;
    const { apiVersion } = object;
    const { version } = parseApiVersion(typeof apiVersion === 'string' ? apiVersion : '');
    return badRequest(
      `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: ${problem}`,
    );
  }

  /** Every violated constraint of the schema. `object` fits its type (decodeError said nothing). */
  validate(object: JsonObject, schemaName: SchemaName): FieldError[] {
    if (this.#types.isBuiltIn(schemaName)) return this.#builtIn.check(object, schemaName);
    return checkCustom(object, this.#types.get(schemaName));
  }

  /** Of a custom resource only metadata, its own and that of resources in it, has Go types; the rest is for `validate`. */
  #decodeProblem(object: JsonObject, schemaName: SchemaName): string | undefined {
    const plan = this.#types.derived(planOf, schemaName);
    if (this.#types.isBuiltIn(schemaName) || plan.type !== 'struct')
      return decodeProblem(object, plan);
    const metadata = plan.fields.get('metadata');
    if (metadata === undefined) return undefined;
    const shell = new StructPlan(plan.goType, true, () => new Map([['metadata', metadata]]));
    return (
      decodeProblem(object, shell) ?? this.#embeddedProblem(object, this.#types.get(schemaName))
    );
  }

  #embeddedProblem(object: Json, node: SchemaNode): string | undefined {
    for (const metadata of embeddedMetadata(object, node)) {
      const problem = isJsonObject(metadata)
        ? decodeProblem(metadata, this.#types.derived(planOf, objectMetaName))
        : 'json: cannot unmarshal metadata into Go value of type v1.ObjectMeta';
      if (problem !== undefined) return problem;
    }
    return undefined;
  }
}
