// Webhook configurations and ValidatingAdmissionPolicies with their bindings: defaults, rules that match
// something, and a client that can be reached. Expressions are compiled where they are run.
import {
  duplicate,
  type FieldError,
  invalid,
  notSupported,
  required,
} from '../../object/field-error.js';
import type { JsonObject, KubeObject } from '../../object/kube-object.js';
import { isDns1035Label, isDns1123Subdomain } from '../../object/names.js';
import type { Strategy } from '../resource.js';
import {
  checkFormat,
  checkLabelSelector,
  checkPortNumber,
  checkQualifiedName,
  checkRequired,
} from './checks.js';
import {
  child,
  children,
  ensure,
  fill,
  fillZero,
  integer,
  optionalInteger,
  optionalText,
  text,
  texts,
} from './fields.js';
import { clearStatus, keepStatus } from './status.js';

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

/** `*` stands alone in each list. */
function checkRule(rule: JsonObject, at: string, errors: FieldError[]): void {
  const lists = [
    ['operations', 'operations'],
    ['apiGroups', 'API groups'],
    ['apiVersions', 'API versions'],
  ] as const;
  for (const [key, what] of lists) {
    const values = texts(rule, key);
    if (values.length === 0) errors.push(required(`${at}.${key}`));
    if (values.length > 1 && values.includes('*'))
      errors.push(
        invalid(`${at}.${key}`, [...values], `if '*' is present, must not specify other ${what}`),
      );
    if (key === 'apiVersions')
      values.forEach((value, index) => {
        if (value === '') errors.push(required(`${at}.${key}[${index}]`));
      });
  }
  checkRuleResources(texts(rule, 'resources'), `${at}.resources`, errors);
}

function checkRuleResources(
  resources: readonly string[],
  field: string,
  errors: FieldError[],
): void {
  if (resources.length === 0) errors.push(required(field));
  const wholeResources = new Set<string>();
  const wholeSubresources = new Set<string>();
  resources.forEach((resource, index) => {
    const at = `${field}[${index}]`;
    if (resource === '') errors.push(required(at));
    const slash = resource.indexOf('/');
    if (slash < 0) return;
    const name = resource.slice(0, slash);
    const sub = resource.slice(slash + 1);
    const present = (pattern: string): FieldError =>
      invalid(at, resource, `if '${pattern}' is present, must not specify ${resource}`);
    if (wholeResources.has(name)) errors.push(present(`${name}/*`));
    if (wholeSubresources.has(sub)) errors.push(present(`*/${sub}`));
    if (sub === '*') wholeResources.add(name);
    if (name === '*') wholeSubresources.add(sub);
  });
  if (resources.length > 1 && resources.includes('*/*'))
    errors.push(
      invalid(field, [...resources], "if '*/*' is present, must not specify other resources"),
    );
  if (resources.includes('*') && resources.some((name) => name !== '*' && !name.includes('/')))
    errors.push(
      invalid(
        field,
        [...resources],
        "if '*' is present, must not specify other resources without subresources",
      ),
    );
}

function checkClient(client: JsonObject | undefined, at: string, errors: FieldError[]): void {
  const url = optionalText(client, 'url');
  const service = child(client, 'service');
  if ((url === undefined) === (service === undefined))
    errors.push(required(at, 'exactly one of url or service is required'));
  else if (url !== undefined) checkUrl(url, `${at}.url`, errors);
  else if (service !== undefined) checkService(service, `${at}.service`, errors);
}

function checkUrl(url: string, field: string, errors: FieldError[]): void {
  const form = '; desired format: https://host[/path]';
  if (!URL.canParse(url)) {
    errors.push(required(field, `url must be a valid URL: ${url}${form}`));
    return;
  }
  const parsed = new URL(url);
  const refuse = (value: string, detail: string): void => {
    errors.push(invalid(field, value, detail));
  };
  if (parsed.protocol !== 'https:')
    refuse(parsed.protocol.slice(0, -1), `'https' is the only allowed URL scheme${form}`);
  if (parsed.host === '') refuse(parsed.host, `host must be specified${form}`);
  if (parsed.username !== '' || parsed.password !== '')
    refuse(parsed.username, 'user information is not permitted in the URL');
  if (parsed.hash !== '') refuse(parsed.hash.slice(1), 'fragments are not permitted in the URL');
  if (parsed.search !== '')
    refuse(parsed.search.slice(1), 'query parameters are not permitted in the URL');
}

export function checkService(service: JsonObject, at: string, errors: FieldError[]): void {
  if (text(service, 'name') === '') errors.push(required(`${at}.name`, 'service name is required'));
  if (text(service, 'namespace') === '')
    errors.push(required(`${at}.namespace`, 'service namespace is required'));
  const port = optionalInteger(service, 'port');
  if (port !== undefined && (port < 1 || port > 65_535))
    errors.push(
      invalid(`${at}.port`, port, 'port is not valid: must be between 1 and 65535, inclusive'),
    );
  const path = optionalText(service, 'path');
  if (path !== undefined && path !== '' && !path.startsWith('/'))
    errors.push(invalid(`${at}.path`, path, "must start with a '/'"));
}

const conditionsMax = 64;

function checkConditions(parent: JsonObject, at: string, errors: FieldError[]): void {
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

function applyMatchDefaults(parent: JsonObject | undefined, key: string): void {
  const match = child(parent, key);
  if (match === undefined) return;
  fill(match, 'matchPolicy', 'Equivalent');
  fill(match, 'namespaceSelector', {});
  fill(match, 'objectSelector', {});
  for (const list of ['resourceRules', 'excludeResourceRules'])
    for (const rule of children(match, list)) fill(rule, 'scope', '*');
}

function checkMatch(match: JsonObject | undefined, at: string, errors: FieldError[]): void {
  for (const key of ['namespaceSelector', 'objectSelector'])
    checkLabelSelector(child(match, key), `${at}.${key}`, errors);
  for (const list of ['resourceRules', 'excludeResourceRules'])
    children(match, list).forEach((rule, index) => {
      checkRule(rule, `${at}.${list}[${index}]`, errors);
    });
}

function validatePolicy(policy: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const spec = child(policy, 'spec');
  const match = child(spec, 'matchConstraints');
  if (match === undefined) errors.push(required('spec.matchConstraints'));
  else {
    checkMatch(match, 'spec.matchConstraints', errors);
    if (children(match, 'resourceRules').length === 0)
      errors.push(required('spec.matchConstraints.resourceRules'));
  }
  checkConditions(spec ?? {}, 'spec.matchConditions', errors);
  const validations = children(spec, 'validations');
  const audits = children(spec, 'auditAnnotations');
  if (validations.length === 0 && audits.length === 0) {
    const either = 'validations or auditAnnotations must contain at least one item';
    errors.push(required('spec.validations', either), required('spec.auditAnnotations', either));
  }
  validations.forEach((validation, index) => {
    const at = `spec.validations[${index}]`;
    if (text(validation, 'expression').trim() === '')
      errors.push(required(`${at}.expression`, 'expression is not specified'));
    const message = optionalText(validation, 'message');
    if (message?.trim() === '')
      errors.push(invalid(`${at}.message`, message, 'message must be non-empty if specified'));
    else if (message?.trim().includes('\n') === true)
      errors.push(invalid(`${at}.message`, message, 'message must not contain line breaks'));
  });
  return errors;
}

export const validatingPolicyStrategy: Strategy = {
  applyDefaults: (policy) => {
    const spec = ensure(policy, 'spec');
    fill(spec, 'failurePolicy', 'Fail');
    applyMatchDefaults(spec, 'matchConstraints');
  },
  prepareForCreate: clearStatus(),
  prepareForUpdate: keepStatus,
  validate: validatePolicy,
};

export const validatingPolicyBindingStrategy: Strategy = {
  applyDefaults: (binding) => {
    applyMatchDefaults(child(binding, 'spec'), 'matchResources');
  },
  validate: (binding) => {
    const errors: FieldError[] = [];
    const spec = child(binding, 'spec');
    checkRequired(spec, 'policyName', 'spec', errors);
    checkMatch(child(spec, 'matchResources'), 'spec.matchResources', errors);
    const actions = texts(spec, 'validationActions');
    if (actions.length === 0) errors.push(required('spec.validationActions'));
    if (actions.includes('Deny') && actions.includes('Warn'))
      errors.push(
        invalid(
          'spec.validationActions',
          [...actions],
          'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
        ),
      );
    return errors;
  },
};

/** APIService: a local one has no service; a remote one says where it is. */
export const apiServiceStrategy: Strategy = {
  name: 'path-segment',
  applyDefaults: (object) => {
    const service = child(child(object, 'spec'), 'service');
    if (service !== undefined) fillZero(service, 'port', httpsPort);
  },
  prepareForCreate: clearStatus(),
  prepareForUpdate: keepStatus,
  validate: (object) => {
    const errors: FieldError[] = [];
    const spec = child(object, 'spec');
    const expected = `${text(spec, 'version')}.${text(spec, 'group')}`;
    const { name = '' } = object.metadata;
    if (name !== expected)
      errors.push(
        invalid(
          'metadata.name',
          name,
          `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(expected)}`,
        ),
      );
    for (const key of ['groupPriorityMinimum', 'versionPriority']) {
      const max = key === 'versionPriority' ? 1000 : 20_000;
      const value = integer(spec, key);
      if (value <= 0 || value > max)
        errors.push(invalid(`spec.${key}`, value, `must be positive and less than ${max}`));
    }
    const service = child(spec, 'service');
    if (service === undefined) return errors;
    checkRequired(service, 'namespace', 'spec.service', errors);
    checkRequired(service, 'name', 'spec.service', errors);
    checkPortNumber(integer(service, 'port'), 'spec.service.port', errors);
    return errors;
  },
  allowUnconditionalUpdate: false,
};
