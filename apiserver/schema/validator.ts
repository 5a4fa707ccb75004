// Validator: does an object fit its type (decodeError, a 400) and its constraints (validate, field errors for a 422)?
// Both are ajv's work: validator-built-in.ts for built-in types, validator-custom.ts for custom resources.
import { badRequest, type ApiError } from '../object/api-error.js';
import type { FieldError } from '../object/field-error.js';
import { parseApiVersion, type JsonObject } from '../object/kube-object.js';
import { decodeProblem } from './decode-error.js';
import type { SchemaName, TypeRegistry } from './openapi.js';
import { planOf, StructPlan } from './plan.js';
import { BuiltInChecks } from './validator-built-in.js';
import { CustomChecks, type CustomCheck } from './validator-custom.js';

export class Validator {
  readonly #types: TypeRegistry;
  readonly #builtIn: BuiltInChecks;
  readonly #custom = new CustomChecks();
  readonly #compileCustom: (name: SchemaName, types: TypeRegistry) => CustomCheck;

  constructor(types: TypeRegistry) {
    this.#types = types;
    this.#builtIn = new BuiltInChecks(types);
    this.#compileCustom = (name) => this.#custom.compile(types.get(name));
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
    return this.#types.derived(this.#compileCustom, schemaName)(object);
  }

  /** Of a custom resource only the metadata has Go types; the rest is for `validate`. */
  #decodeProblem(object: JsonObject, schemaName: SchemaName): string | undefined {
    const plan = this.#types.derived(planOf, schemaName);
    if (this.#types.isBuiltIn(schemaName) || plan.type !== 'struct')
      return decodeProblem(object, plan);
    const metadata = plan.fields.get('metadata');
    if (metadata === undefined) return undefined;
    const shell = new StructPlan(plan.goType, true, () => new Map([['metadata', metadata]]));
    return decodeProblem(object, shell);
  }
}
