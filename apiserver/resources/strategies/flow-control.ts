// FlowSchema and PriorityLevelConfiguration.
import {
  type FieldError,
  forbiddenField,
  invalid,
  notSupported,
  required,
} from '../../object/field-error.js';
import type { JsonObject, KubeObject } from '../../object/kube-object.js';
import type { Strategy } from '../resource.js';
import { checkDnsLabel, checkSubdomain } from './checks.js';
import {
  child,
  children,
  ensure,
  fill,
  fillZero,
  flag,
  integer,
  isSet,
  text,
  texts,
} from './fields.js';
import { withStatus } from './status.js';

const precedenceMax = 10_000;

function validateSchema(schema: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const spec = child(schema, 'spec');
  const field = 'spec.matchingPrecedence';
  const precedence = integer(spec, 'matchingPrecedence');
  if (precedence <= 0) errors.push(invalid(field, precedence, 'must be a positive value'));
  if (precedence > precedenceMax)
    errors.push(invalid(field, precedence, `must not be greater than ${precedenceMax}`));
  if (precedence === 1 && schema.metadata.name !== 'exempt')
    errors.push(
      invalid(field, precedence, "only the schema named 'exempt' may have matchingPrecedence 1"),
    );
  const level = text(child(spec, 'priorityLevelConfiguration'), 'name');
  const levelField = 'spec.priorityLevelConfiguration.name';
  if (level === '') errors.push(required(levelField, 'must reference a priority level'));
  else checkSubdomain(level, levelField, errors);
  children(spec, 'rules').forEach((rule, index) => {
    checkRule(rule, `spec.rules[${index}]`, errors);
  });
  return errors;
}

function checkRule(rule: JsonObject, at: string, errors: FieldError[]): void {
  const subjects = children(rule, 'subjects');
  if (subjects.length === 0)
    errors.push(required(`${at}.subjects`, 'subjects must contain at least one value'));
  subjects.forEach((subject, index) => {
    checkSubject(subject, `${at}.subjects[${index}]`, errors);
  });
  const resources = children(rule, 'resourceRules');
  const others = children(rule, 'nonResourceRules');
  if (resources.length === 0 && others.length === 0)
    errors.push(
      required(at, 'at least one of resourceRules and nonResourceRules has to be non-empty'),
    );
  resources.forEach((item, index) => {
    checkResourceRule(item, `${at}.resourceRules[${index}]`, errors);
  });
  others.forEach((item, index) => {
    const path = `${at}.nonResourceRules[${index}]`;
    checkVerbs(item, path, errors);
    checkWildcard(
      texts(item, 'nonResourceURLs'),
      `${path}.nonResourceURLs`,
      'nonResourceURLs must contain at least one value',
      'non-resource URLs',
      errors,
    );
  });
}

const subjectKinds = { ServiceAccount: 'serviceAccount', User: 'user', Group: 'group' } as const;

function checkSubject(subject: JsonObject, at: string, errors: FieldError[]): void {
  const kind = text(subject, 'kind');
  const known = Object.entries(subjectKinds);
  if (!known.some(([name]) => name === kind)) {
    errors.push(notSupported(`${at}.kind`, kind, Object.keys(subjectKinds)));
    return;
  }
  for (const [name, key] of known) {
    const value = child(subject, key);
    if (name !== kind) {
      if (value !== undefined)
        errors.push(
          forbiddenField(`${at}.${key}`, `${key} is forbidden when subject kind is not '${name}'`),
        );
    } else if (value === undefined) {
      errors.push(required(`${at}.${key}`, `${key} is required when subject kind is '${name}'`));
    } else {
      if (text(value, 'name') === '') errors.push(required(`${at}.${key}.name`));
      if (name === 'ServiceAccount' && text(value, 'namespace') === '')
        errors.push(
          required(`${at}.${key}.namespace`, 'must specify namespace for service account'),
        );
    }
  }
}

const verbs = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'proxy',
  'update',
  'watch',
];

function checkVerbs(rule: JsonObject, at: string, errors: FieldError[]): void {
  const given = texts(rule, 'verbs');
  const field = `${at}.verbs`;
  checkWildcard(given, field, 'verbs must contain at least one value', 'verbs', errors);
  if (given.length > 0 && !given.includes('*') && given.some((verb) => !verbs.includes(verb)))
    errors.push(notSupported(field, [...given], verbs));
}

function checkWildcard(
  values: readonly string[],
  field: string,
  missing: string,
  what: string,
  errors: FieldError[],
): void {
  if (values.length === 0) errors.push(required(field, missing));
  else if (values.length > 1 && values.includes('*'))
    errors.push(invalid(field, [...values], `if '*' is present, must not specify other ${what}`));
}

function checkResourceRule(rule: JsonObject, at: string, errors: FieldError[]): void {
  checkVerbs(rule, at, errors);
  const supply = 'resource rules must supply at least one';
  checkWildcard(
    texts(rule, 'apiGroups'),
    `${at}.apiGroups`,
    `${supply} api group`,
    'api groups',
    errors,
  );
  checkWildcard(
    texts(rule, 'resources'),
    `${at}.resources`,
    `${supply} resource`,
    'resources',
    errors,
  );
  const namespaces = texts(rule, 'namespaces');
  const field = `${at}.namespaces`;
  if (namespaces.length === 0 && !flag(rule, 'clusterScope'))
    errors.push(
      required(
        field,
        'resource rules that are not cluster scoped must supply at least one namespace',
      ),
    );
  else if (namespaces.length > 0) checkWildcard(namespaces, field, '', 'namespaces', errors);
  namespaces.forEach((namespace, index) => {
    if (namespace !== '*') checkDnsLabel(namespace, `${field}[${index}]`, errors);
  });
}

export const flowSchemaStrategy: Strategy = {
  applyDefaults: (schema) => {
    fillZero(ensure(schema, 'spec'), 'matchingPrecedence', 1000);
  },
  ...withStatus(),
  validate: validateSchema,
};

const queuesMax = 10_000_000;

function applyLevelDefaults(level: KubeObject): void {
  const spec = ensure(level, 'spec');
  const limited = child(spec, 'limited');
  if (limited !== undefined) {
    fill(limited, 'nominalConcurrencyShares', 30);
    fill(limited, 'lendablePercent', 0);
    const queuing = child(child(limited, 'limitResponse'), 'queuing');
    if (queuing !== undefined) {
      fillZero(queuing, 'queues', 64);
      fillZero(queuing, 'handSize', 8);
      fillZero(queuing, 'queueLengthLimit', 50);
    }
  }
  const exempt = child(spec, 'exempt');
  if (exempt === undefined) return;
  fill(exempt, 'nominalConcurrencyShares', 0);
  fill(exempt, 'lendablePercent', 0);
}

function validateLevel(level: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const spec = child(level, 'spec');
  const type = text(spec, 'type');
  if ((level.metadata.name === 'exempt') !== (type === 'Exempt'))
    errors.push(
      invalid('spec.type', type, "type must be 'Exempt' if and only if `name` is 'exempt'"),
    );
  if (type === 'Exempt' && isSet(spec, 'limited'))
    errors.push(forbiddenField('spec.limited', 'must be nil if the type is not Limited'));
  if (type !== 'Limited') return errors;
  if (isSet(spec, 'exempt'))
    errors.push(forbiddenField('spec.exempt', 'must be nil if the type is Limited'));
  const limited = child(spec, 'limited');
  if (limited === undefined) {
    errors.push(required('spec.limited', 'must not be empty when type is Limited'));
    return errors;
  }
  if (integer(limited, 'nominalConcurrencyShares') < 0)
    errors.push(
      invalid(
        'spec.limited.nominalConcurrencyShares',
        integer(limited, 'nominalConcurrencyShares'),
        'must be a non-negative integer',
      ),
    );
  checkResponse(child(limited, 'limitResponse'), errors);
  return errors;
}

function checkResponse(response: JsonObject | undefined, errors: FieldError[]): void {
  const at = 'spec.limited.limitResponse';
  const queuing = child(response, 'queuing');
  const type = text(response, 'type');
  if (type === 'Reject' && queuing !== undefined)
    errors.push(
      forbiddenField(`${at}.queuing`, 'must be nil if limited.limitResponse.type is not Limited'),
    );
  if (type !== 'Queue') return;
  if (queuing === undefined) {
    errors.push(
      required(`${at}.queuing`, 'must not be empty if limited.limitResponse.type is Limited'),
    );
    return;
  }
  const queues = integer(queuing, 'queues');
  const hand = integer(queuing, 'handSize');
  for (const key of ['queueLengthLimit', 'queues', 'handSize'])
    if (integer(queuing, key) <= 0)
      errors.push(invalid(`${at}.queuing.${key}`, integer(queuing, key), 'must be positive'));
  if (queues > queuesMax)
    errors.push(invalid(`${at}.queuing.queues`, queues, `must not be greater than ${queuesMax}`));
  if (hand > queues)
    errors.push(
      invalid(`${at}.queuing.handSize`, hand, `should not be greater than queues (${queues})`),
    );
}

export const priorityLevelStrategy: Strategy = {
  applyDefaults: applyLevelDefaults,
  ...withStatus(),
  validate: validateLevel,
};
