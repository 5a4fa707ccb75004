// x-kubernetes-validations as they stand in a schema: what each must say. Rules and words are apiextensions'.
import { invalid, notSupported, required, type FieldError } from '../../object/field-error.js';
import type { SchemaNode } from '../../object/schema-node.js';

/** A CEL rule as a definition writes it; absent texts are ''. */
export interface ValidationRule {
  readonly rule: string;
  readonly message: string;
  readonly messageExpression: string;
  readonly reason: string | undefined;
  readonly fieldPath: string;
  readonly optionalOldSelf: boolean;
}

export function rulesOf(node: SchemaNode): ValidationRule[] {
  const rules = node['x-kubernetes-validations'];
  if (!Array.isArray(rules)) return [];
  return rules.map((rule: Readonly<Record<string, unknown>>) => ({
    rule: textOf(rule['rule']),
    message: textOf(rule['message']),
    messageExpression: textOf(rule['messageExpression']),
    reason: typeof rule['reason'] === 'string' ? rule['reason'] : undefined,
    fieldPath: textOf(rule['fieldPath']),
    optionalOldSelf: rule['optionalOldSelf'] === true,
  }));
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const reasons = [
  'FieldValueDuplicate',
  'FieldValueForbidden',
  'FieldValueInvalid',
  'FieldValueRequired',
];

export function checkRules(node: SchemaNode, path: string, errors: FieldError[]): void {
  for (const [index, rule] of rulesOf(node).entries())
    checkRule(rule, `${path}.x-kubernetes-validations[${index}]`, errors);
}

const lineBreak = /[\n\r]/;

function checkRule(rule: ValidationRule, path: string, errors: FieldError[]): void {
  const { message, messageExpression, reason, fieldPath } = rule;
  const text = rule.rule.trim();
  const said = message.trim();
  if (text === '') errors.push(required(`${path}.rule`, 'rule is not specified'));
  else if (message !== '' && said === '')
    errors.push(invalid(`${path}.message`, message, 'message must be non-empty if specified'));
  else if (lineBreak.test(said))
    errors.push(invalid(`${path}.message`, message, 'message must not contain line breaks'));
  else if (lineBreak.test(text) && said === '')
    errors.push(
      required(`${path}.message`, 'message must be specified if rule contains line breaks'),
    );
  if (messageExpression !== '' && messageExpression.trim() === '')
    errors.push(
      required(`${path}.messageExpression`, 'messageExpression must be non-empty if specified'),
    );
  if (reason !== undefined && !reasons.includes(reason))
    errors.push(notSupported(`${path}.reason`, reason, reasons));
  if (fieldPath !== '' && fieldPath.trim() === '')
    errors.push(
      invalid(`${path}.fieldPath`, fieldPath, 'fieldPath must be non-empty if specified'),
    );
  if (lineBreak.test(fieldPath))
    errors.push(invalid(`${path}.fieldPath`, fieldPath, 'fieldPath must not contain line breaks'));
}
