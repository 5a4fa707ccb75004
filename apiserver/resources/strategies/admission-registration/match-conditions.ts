// The match conditions of webhooks and policies: few, named, each with an expression. Expressions are compiled where
// they are run.
import { duplicate, type FieldError, required } from '../../../object/field-error.js';
import type { JsonObject } from '../../../object/kube-object.js';
import { checkQualifiedName } from '../checks.js';
import { children, text } from '../fields.js';

const conditionsMax = 64;

export function checkConditions(parent: JsonObject, at: string, errors: FieldError[]): void {
  const conditions = children(parent, 'matchConditions');
  if (conditions.length > conditionsMax)
    errors.push({
      reason: 'FieldValueTooMany',
      field: at,
      message: `Too many: ${conditions.length}: must have at most ${conditionsMax} items`,
    });
  const names = new Set<string>();
  conditions.forEach((condition, index) => {
    const field = `${at}[${index}]`;
    const name = text(condition, 'name');
    if (text(condition, 'expression').trim() === '') errors.push(required(`${field}.expression`));
    if (name === '') errors.push(required(`${field}.name`));
    else checkQualifiedName(name, `${field}.name`, errors);
    if (names.has(name)) errors.push(duplicate(`${field}.name`, name));
    names.add(name);
  });
}
