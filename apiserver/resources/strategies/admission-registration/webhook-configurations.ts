// Mutating and validating webhook configurations: defaults, and webhooks with a full name, known side effects and
// review versions. What they match is in match-rules.ts, where they are called in webhook-client.ts.
import {
  duplicate,
  type FieldError,
  invalid,
  notSupported,
  required,
} from '../../../object/field-error.js';
import type { JsonObject, KubeObject } from '../../../object/kube-object.js';
import { isDns1035Label, isDns1123Subdomain } from '../../../object/names.js';
import type { Strategy } from '../../resource.js';
import { checkFormat, checkLabelSelector } from '../checks.js';
import { child, children, fill, optionalInteger, optionalText, text, texts } from '../fields.js';
import { checkConditions } from './match-conditions.js';
import { checkRule } from './match-rules.js';
import { checkClient } from './webhook-client.js';

const timeoutSeconds = 10;
const timeoutSecondsMax = 30;
const httpsPort = 443;

const applyWebhookDefaults =
  (isMutating: boolean) =>
  (configuration: KubeObject): void => {
    for (const hook of children(configuration, 'webhooks')) {
      fill(hook, 'failurePolicy', 'Fail');
      fill(hook, 'matchPolicy', 'Equivalent');
      fill(hook, 'namespaceSelector', {});
      fill(hook, 'objectSelector', {});
      fill(hook, 'timeoutSeconds', timeoutSeconds);
      if (isMutating) fill(hook, 'reinvocationPolicy', 'Never');
      for (const rule of children(hook, 'rules')) fill(rule, 'scope', '*');
      const service = child(child(hook, 'clientConfig'), 'service');
      if (service !== undefined) fill(service, 'port', httpsPort);
    }
  };

function validateWebhooks(configuration: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  children(configuration, 'webhooks').forEach((hook, index) => {
    const at = `webhooks[${index}]`;
    checkWebhook(hook, at, errors);
    const name = text(hook, 'name');
    if (name !== '' && names.has(name)) errors.push(duplicate(`${at}.name`, name));
    names.add(name);
  });
  return errors;
}

function checkWebhook(hook: JsonObject, at: string, errors: FieldError[]): void {
  checkFullName(text(hook, 'name'), `${at}.name`, errors);
  children(hook, 'rules').forEach((rule, index) => {
    checkRule(rule, `${at}.rules[${index}]`, errors);
  });
  const effects = optionalText(hook, 'sideEffects');
  const harmless = ['None', 'NoneOnDryRun'];
  if (effects === undefined)
    errors.push(required(`${at}.sideEffects`, `must specify one of ${harmless.join(', ')}`));
  else if (!harmless.includes(effects))
    errors.push(notSupported(`${at}.sideEffects`, effects, harmless));
  const seconds = optionalInteger(hook, 'timeoutSeconds');
  if (seconds !== undefined && (seconds < 1 || seconds > timeoutSecondsMax))
    errors.push(
      invalid(
        `${at}.timeoutSeconds`,
        seconds,
        'the timeout value must be between 1 and 30 seconds',
      ),
    );
  for (const key of ['namespaceSelector', 'objectSelector'])
    checkLabelSelector(child(hook, key), `${at}.${key}`, errors);
  checkClient(child(hook, 'clientConfig'), `${at}.clientConfig`, errors);
  checkConditions(hook, `${at}.matchConditions`, errors);
  checkReviewVersions(
    texts(hook, 'admissionReviewVersions'),
    `${at}.admissionReviewVersions`,
    errors,
  );
}

function checkFullName(name: string, field: string, errors: FieldError[]): void {
  if (name === '') {
    errors.push(required(field));
    return;
  }
  const problems = isDns1123Subdomain(name);
  for (const problem of problems) errors.push(invalid(field, name, problem));
  if (problems.length === 0 && name.split('.').length < 3)
    errors.push(
      invalid(field, name, 'should be a domain with at least three segments separated by dots'),
    );
}

function checkReviewVersions(
  versions: readonly string[],
  field: string,
  errors: FieldError[],
): void {
  const accepted = ['v1', 'v1beta1'];
  if (versions.length === 0) {
    errors.push(required(field, `must specify one of ${accepted.join(', ')}`));
    return;
  }
  versions.forEach((version, index) => {
    if (versions.indexOf(version) < index)
      errors.push(invalid(`${field}[${index}]`, version, 'duplicate version'));
    else checkFormat(isDns1035Label, version, `${field}[${index}]`, errors);
  });
  if (!versions.some((version) => accepted.includes(version)))
    errors.push(
      invalid(field, [...versions], `must include at least one of ${accepted.join(', ')}`),
    );
}

const webhookStrategy = (isMutating: boolean): Strategy => ({
  applyDefaults: applyWebhookDefaults(isMutating),
  validate: validateWebhooks,
  allowUnconditionalUpdate: false,
});

export const mutatingWebhookStrategy = webhookStrategy(true);
export const validatingWebhookStrategy = webhookStrategy(false);
