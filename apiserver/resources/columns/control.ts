// Columns of the groups that steer the control plane itself: rbac, admission, certificates, flow control,
// scheduling, coordination, node, apiregistration.
import type { JsonObject } from '../../object/kube-object.js';
import { humanDuration } from '../duration.js';
import type { Column } from '../resource.js';
import {
  ageColumn,
  ageOf,
  at,
  booleanAt,
  column,
  conditionOf,
  hasField,
  integer,
  nameColumn,
  numberAt,
  objectAt,
  objectsAt,
  selectorText,
  textAt,
  textOr,
  wide,
} from './cells.js';

function subjects(kind: 'User' | 'Group' | 'ServiceAccount'): (binding: JsonObject) => string {
  return (binding) =>
    objectsAt(binding, 'subjects')
      .filter((subject) => textAt(subject, 'kind') === kind)
      .map((subject) => {
        const name = textAt(subject, 'name');
        return kind === 'ServiceAccount' ? `${textAt(subject, 'namespace')}/${name}` : name;
      })
      .join(', ');
}

const bindingColumns: readonly Column[] = [
  nameColumn,
  column('Role', 'Role that is granted.', (item) =>
    [textAt(item, 'roleRef', 'kind'), textAt(item, 'roleRef', 'name')].join('/'),
  ),
  ageColumn,
  wide('Users', 'Users it is granted to.', subjects('User')),
  wide('Groups', 'Groups it is granted to.', subjects('Group')),
  wide('ServiceAccounts', 'Service accounts it is granted to.', subjects('ServiceAccount')),
];

export const rbacColumns: Readonly<Record<string, readonly Column[]>> = {
  rolebindings: bindingColumns,
  clusterrolebindings: bindingColumns,
};

const webhookColumns: readonly Column[] = [
  nameColumn,
  integer('Webhooks', 'Number of webhooks.', (item) => objectsAt(item, 'webhooks').length),
  ageColumn,
];

function paramKind(policy: JsonObject): string {
  if (!hasField(policy, 'spec', 'paramKind')) return '<unset>';
  const kind = objectAt(policy, 'spec', 'paramKind');
  return `${textAt(kind, 'apiVersion')}/${textAt(kind, 'kind')}`;
}

function paramRef(binding: JsonObject): string {
  const reference = objectAt(binding, 'spec', 'paramRef');
  const name = textAt(reference, 'name');
  if (name !== '') return `${textOr('*', reference, 'namespace')}/${name}`;
  return hasField(reference, 'selector')
    ? selectorText(objectAt(reference, 'selector'))
    : '<unset>';
}

const policyColumns = (rules: 'Validations' | 'Mutations'): readonly Column[] => [
  nameColumn,
  integer(rules, 'Number of rules.', (item) => objectsAt(item, 'spec', rules.toLowerCase()).length),
  column('ParamKind', 'Kind of the objects that parametrise it.', paramKind),
  ageColumn,
];

const policyBindingColumns: readonly Column[] = [
  nameColumn,
  column('PolicyName', 'Policy that is bound.', (item) => textAt(item, 'spec', 'policyName')),
  column('ParamRef', 'Object with its parameters.', paramRef),
  ageColumn,
];

export const admissionColumns: Readonly<Record<string, readonly Column[]>> = {
  mutatingwebhookconfigurations: webhookColumns,
  validatingwebhookconfigurations: webhookColumns,
  validatingadmissionpolicies: policyColumns('Validations'),
  validatingadmissionpolicybindings: policyBindingColumns,
  mutatingadmissionpolicies: policyColumns('Mutations'),
  mutatingadmissionpolicybindings: policyBindingColumns,
};

function requestState(request: JsonObject): string {
  const has = (type: string): boolean => conditionOf(request, type) !== undefined;
  const words = [has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending'];
  if (has('Failed')) words.push('Failed');
  if (textAt(request, 'status', 'certificate') !== '') words.push('Issued');
  return words.join(',');
}

export const certificateColumns: Readonly<Record<string, readonly Column[]>> = {
  certificatesigningrequests: [
    nameColumn,
    column('Age', 'Time since the object was created.', ageOf),
    column('SignerName', 'Who is to sign.', (item) => textOr('<none>', item, 'spec', 'signerName')),
    column('Requestor', 'Who asks.', (item) => textAt(item, 'spec', 'username')),
    column('RequestedDuration', 'How long the certificate should hold.', (item) =>
      hasField(item, 'spec', 'expirationSeconds')
        ? humanDuration(numberAt(item, 'spec', 'expirationSeconds') * 1000)
        : '<none>',
    ),
    column('Condition', 'Pending, Approved, Denied, Failed, Issued.', requestState),
  ],
};

const queuing = (field: string): Column['cell'] => {
  const path = ['spec', 'limited', 'limitResponse', 'queuing'];
  return (item) => (hasField(item, ...path) ? numberAt(item, ...path, field) : '<none>');
};

export const flowColumns: Readonly<Record<string, readonly Column[]>> = {
  flowschemas: [
    nameColumn,
    column('PriorityLevel', 'Priority level of its requests.', (item) =>
      textAt(item, 'spec', 'priorityLevelConfiguration', 'name'),
    ),
    column('MatchingPrecedence', 'Lower is tried first.', (item) =>
      numberAt(item, 'spec', 'matchingPrecedence'),
    ),
    column('DistinguisherMethod', 'What tells its flows apart.', (item) =>
      textOr('<none>', item, 'spec', 'distinguisherMethod', 'type'),
    ),
    ageColumn,
    column('MissingPL', 'Whether its priority level is missing.', (item) =>
      textOr('?', conditionOf(item, 'Dangling') ?? {}, 'status'),
    ),
  ],
  prioritylevelconfigurations: [
    nameColumn,
    column('Type', 'Limited or Exempt.', (item) => textAt(item, 'spec', 'type')),
    column('NominalConcurrencyShares', 'Share of the server it gets.', (item) =>
      hasField(item, 'spec', 'limited')
        ? numberAt(item, 'spec', 'limited', 'nominalConcurrencyShares')
        : '<none>',
    ),
    column('Queues', 'Number of queues.', queuing('queues')),
    column('HandSize', 'Queues a flow is dealt.', queuing('handSize')),
    column('QueueLengthLimit', 'Requests a queue holds.', queuing('queueLengthLimit')),
    ageColumn,
  ],
};

export const schedulingColumns: Readonly<Record<string, readonly Column[]>> = {
  priorityclasses: [
    nameColumn,
    integer('Value', 'The priority.', (item) => numberAt(item, 'value')),
    column(
      'Global-Default',
      'Whether pods without a class get it.',
      (item) => booleanAt(item, 'globalDefault'),
      { type: 'boolean' },
    ),
    ageColumn,
    column('PreemptionPolicy', 'Whether it may push out others.', (item) =>
      textAt(item, 'preemptionPolicy'),
    ),
  ],
};

export const coordinationColumns: Readonly<Record<string, readonly Column[]>> = {
  leases: [
    nameColumn,
    column('Holder', 'Who holds the lease.', (item) => textAt(item, 'spec', 'holderIdentity')),
    ageColumn,
  ],
};

export const nodeGroupColumns: Readonly<Record<string, readonly Column[]>> = {
  runtimeclasses: [
    nameColumn,
    column('Handler', 'Runtime configuration to use.', (item) => textAt(item, 'handler')),
    ageColumn,
  ],
};

function serviceText(apiService: JsonObject): string {
  const service = at(apiService, 'spec', 'service');
  if ((service ?? null) === null) return 'Local';
  return `${textAt(service, 'namespace')}/${textAt(service, 'name')}`;
}

function availability(apiService: JsonObject): string {
  const condition = conditionOf(apiService, 'Available');
  if (condition === undefined) return 'Unknown';
  const status = textAt(condition, 'status');
  return status === 'True' ? status : `${status} (${textAt(condition, 'reason')})`;
}

export const registrationColumns: Readonly<Record<string, readonly Column[]>> = {
  apiservices: [
    nameColumn,
    column('Service', 'Service behind it; Local is this server.', serviceText),
    column('Available', 'Whether it can be used.', availability),
    ageColumn,
  ],
};
