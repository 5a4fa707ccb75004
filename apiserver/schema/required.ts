// Where the facts and the real server differ: members the schema calls required that no validation asks for (or
// that other code words better), and the few list keys that validation compares. See json-schema.ts.

/** `Struct.member`, as Go names the struct without its package. */
const notAsked: ReadonlySet<string> = new Set([
  // "" is a value here.
  'HTTPHeader.value',
  'Sysctl.value',
  'ExpressionWarning.fieldRef',
  // An empty list is legal.
  'CSINodeSpec.drivers',
  'LimitRangeSpec.limits',
  'PodFailurePolicy.rules',
  // Zero structs are legal.
  'Event.metadata',
  'Event.involvedObject',
  'WeightedPodAffinityTerm.podAffinityTerm',
  'PreferredSchedulingTerm.preference',
  // Zero is a generation; the count has a rule of its own.
  'ResourcePool.generation',
  'ResourcePool.resourceSliceCount',
  // object/metadata.ts says `must not be empty`.
  'OwnerReference.apiVersion',
  'OwnerReference.kind',
  'OwnerReference.name',
  'OwnerReference.uid',
  // Worded by the strategies of pods and quotas.
  'NodeSelectorRequirement.operator',
  'ScopedResourceSelectorRequirement.operator',
  'ScopedResourceSelectorRequirement.scopeName',
  // A review without a token is a 400 of its own.
  'TokenReviewSpec.token',
  // object/selectors.ts: validateLabelSelector names the operators.
  'LabelSelectorRequirement.key',
  'LabelSelectorRequirement.operator',
]);

/** A `spec` is a struct in Go, never missing: what it requires is asked for, not itself. */
export const isAsked = (structName: string, member: string): boolean =>
  member !== 'spec' && !notAsked.has(`${structName}.${member}`);

/** Enums whose faults a kind's strategy, or selectors.ts, words otherwise than `Unsupported value`. */
const wordedElsewhere: ReadonlySet<string> = new Set([
  'NodeSelectorRequirement.operator',
  'ResourceQuotaSpec.scopes',
  'ScopedResourceSelectorRequirement.operator',
  'ScopedResourceSelectorRequirement.scopeName',
  'StatefulSetSpec.podManagementPolicy',
]);

export const isEnumChecked = (structName: string, member: string): boolean =>
  !wordedElsewhere.has(`${structName}.${member}`);

/** Optional structs that are no pointers in Go, so that what they require is missed when they are missing. */
export const isSeenWhenMissing = (structName: string, member: string): boolean =>
  member === 'spec' || (structName === 'ReplicaSetSpec' && member === 'template');

/**
 * Lists whose items must differ in a member (or, '', as a whole). The many other map lists of the built-in types are
 * compared by a kind's strategy, or not at all: two env variables of one name are legal.
 */
const distinct: Readonly<Record<string, string>> = {
  'MutatingWebhookConfiguration.webhooks': 'name',
  'ValidatingWebhookConfiguration.webhooks': 'name',
  'MutatingWebhook.matchConditions': 'name',
  'ValidatingWebhook.matchConditions': 'name',
  'ValidatingAdmissionPolicySpec.matchConditions': 'name',
  'ValidatingAdmissionPolicySpec.variables': 'name',
  'ValidatingAdmissionPolicyBindingSpec.validationActions': '',
  'CSINodeSpec.drivers': 'name',
};

export const distinctMember = (structName: string, member: string): string | undefined =>
  distinct[`${structName}.${member}`];
