// BuiltInChecks: ajv over the schemas of the built-in types (json-schema.ts). A definition compiles when a value of its
// type is first met, so a kind's first object pays for what it uses only; ajv itself is loaded with the first object.
// What ajv finds is told in Kubernetes' words by validator-errors.ts.
import { createRequire } from 'node:module';
import type { Ajv, AnySchemaObject, FuncKeywordDefinition, Options, ValidateFunction } from 'ajv';
import type { FieldError } from '../object/field-error.js';
import type { Json, JsonObject } from '../object/kube-object.js';
import { isQuantity } from '../object/quantity.js';
import { parseTime } from '../object/time.js';
import { findingsMax, tellFindings, type Finding } from './validator-errors.js';
import { hasRepeats } from './distinct.js';
import { jsonSchemaOf } from './json-schema.js';
import type { SchemaName, TypeRegistry } from './openapi.js';

export class BuiltInChecks {
  readonly #types: TypeRegistry;
  readonly #compiled = new Map<SchemaName, ValidateFunction>();
  #ajv: Ajv | undefined;

  constructor(types: TypeRegistry) {
    this.#types = types;
  }

  /** Every violation, in the order of the type's members. `schemaName` is a built-in type's. */
  check(object: JsonObject, schemaName: SchemaName): FieldError[] {
    const walk = new Walk();
    walk.check(this.#compile(schemaName), object, schemaName, '');
    return tellFindings(walk.findings, schemaName, this.#types);
  }

  #compile(name: SchemaName): ValidateFunction {
    const known = this.#compiled.get(name);
    if (known !== undefined) return known;
    this.#ajv ??= createAjv([this.#structKeyword(), distinctKeyword]);
    const compiled = this.#ajv.compile(jsonSchemaOf(name, this.#types));
    this.#compiled.set(name, compiled);
    return compiled;
  }

  /**
   * `struct: name` stands for a `$ref`. With all errors wanted, ajv compiles everything a `$ref` leads to at once (110
   * definitions for a Pod) and copies the list of errors at each step up; here both happen as needed.
   */
  #structKeyword(): FuncKeywordDefinition {
    return {
      keyword: 'struct',
      schemaType: 'string',
      errors: false,
      compile: (name: SchemaName, parent: AnySchemaObject) => {
        const isNeeded = parent['needed'] === true;
        let check: ValidateFunction | undefined;
        const compile = (): ValidateFunction => (check ??= this.#compile(name));
        return function (this: Walk, value: Json, place) {
          // Findings go to the walk, so that ajv sees none. Go reads null as nothing.
          if (value === null && !isNeeded) return true;
          this.check(check ?? compile(), value ?? {}, name, place?.instancePath ?? '');
          return true;
        };
      },
    };
  }
}

/** One walk over an object: ajv's `this` (passContext). */
class Walk {
  readonly findings: Finding[] = [];
  #base = '';

  check(validate: ValidateFunction, value: Json, owner: SchemaName, pointer: string): void {
    if (this.findings.length >= findingsMax) return;
    const outer = this.#base;
    this.#base = outer + pointer;
    if (!validate.call(this, value)) {
      for (const error of validate.errors ?? []) {
        if (this.findings.length >= findingsMax) break;
        this.findings.push({ owner, pointer: this.#base, error });
      }
    }
    this.#base = outer;
  }
}

const distinctKeyword: FuncKeywordDefinition = {
  keyword: 'distinct',
  type: 'array',
  schemaType: 'string',
  errors: false,
  compile: (member: string) => (list: readonly Json[]) => !hasRepeats(list, member),
};

function createAjv(keywords: FuncKeywordDefinition[]): Ajv {
  // Typed by the package's own declarations.
  const { Ajv: Constructor } = createRequire(import.meta.url)('ajv') as {
    Ajv: new (options: Options) => Ajv;
  };
  return new Constructor({
    allErrors: true,
    // Errors carry the value they are about, which the message shows.
    verbose: true,
    messages: false,
    passContext: true,
    // Costs a third of the time to compile and gains nothing measurable.
    code: { optimize: false },
    strict: false,
    // The schemas are made here from facts of our own.
    validateSchema: false,
    meta: false,
    logger: false,
    formats,
    keywords,
  });
}

const formats: NonNullable<Options['formats']> = {
  int32: { type: 'number', validate: (value: number) => value === (value | 0) },
  int64: { type: 'number', validate: (value: number) => Math.abs(value) <= 2 ** 63 },
  'date-time': (text: string) => parseTime(text) !== undefined,
  quantity: isQuantity,
};
