// The default RBAC objects, from the compact table in manifests/bootstrap/rbac.json (its notation is explained
// there). Aggregated roles come with their rules filled in.
import { readFileSync } from 'node:fs';
import type { JsonObject, KubeObject } from '../object/kube-object.js';

/** [groups, resources, verbs, names?] or [urls, verbs]. */
type CompactRule = readonly string[];

interface CompactRole {
  readonly rules?: readonly CompactRule[];
  /** Gathers the roles that go `into` this name. */
  readonly aggregates?: string;
  readonly into?: string;
}

interface RbacTable {
  readonly clusterRoles: Readonly<Record<string, CompactRole>>;
  readonly clusterRoleBindings: Readonly<Record<string, readonly string[]>>;
  readonly roles: Readonly<Record<string, readonly CompactRule[]>>;
  /** [role, ...subjects] */
  readonly roleBindings: Readonly<Record<string, readonly string[]>>;
}

const apiGroup = 'rbac.authorization.k8s.io';
const apiVersion = `${apiGroup}/v1`;
const aggregateLabel = (to: string): string => `rbac.authorization.k8s.io/aggregate-to-${to}`;

export function defaultRbac(): KubeObject[] {
  const file = new URL('../../../manifests/bootstrap/rbac.json', import.meta.url);
  const table = JSON.parse(readFileSync(file, 'utf8')) as RbacTable; // as: our own data file
  const objects: KubeObject[] = [];
  for (const [name, role] of Object.entries(table.clusterRoles)) {
    objects.push(clusterRole(table, name, role));
  }
  for (const [name, subjects] of Object.entries(table.clusterRoleBindings)) {
    objects.push(binding('ClusterRoleBinding', metadataOf(name), `ClusterRole ${name}`, subjects));
  }
  for (const [path, rules] of Object.entries(table.roles)) {
    objects.push({
      kind: 'Role',
      apiVersion,
      metadata: metadataOf(path),
      rules: rules.map(ruleOf),
    });
  }
  for (const [path, [role = '', ...subjects]] of Object.entries(table.roleBindings)) {
    objects.push(binding('RoleBinding', metadataOf(path), `Role ${role}`, subjects));
  }
  return objects;
}

function clusterRole(table: RbacTable, name: string, role: CompactRole): KubeObject {
  const metadata = metadataOf(name);
  if (role.into !== undefined) {
    metadata.labels = { ...metadata.labels, [aggregateLabel(role.into)]: 'true' };
  }
  const object: KubeObject = { kind: 'ClusterRole', apiVersion, metadata };
  if (role.aggregates !== undefined) {
    const matchLabels = { [aggregateLabel(role.aggregates)]: 'true' };
    object['aggregationRule'] = { clusterRoleSelectors: [{ matchLabels }] };
  }
  object['rules'] = rulesOf(table, role).map(ruleOf);
  return object;
}

/** With those of every role that aggregates into it, directly or through another. */
function rulesOf(table: RbacTable, role: CompactRole): readonly CompactRule[] {
  const { aggregates } = role;
  if (aggregates === undefined) return role.rules ?? [];
  return Object.values(table.clusterRoles)
    .filter(({ into }) => into === aggregates)
    .flatMap((part) => rulesOf(table, part));
}

const words: Readonly<Record<string, readonly string[]>> = {
  read: ['get', 'list', 'watch'],
  write: ['create', 'delete', 'deletecollection', 'patch', 'update'],
  core: [''],
};

const listOf = (text: string): string[] => text.split(',').flatMap((word) => words[word] ?? [word]);

function ruleOf(rule: CompactRule): JsonObject {
  const [first = '', second = '', third, names] = rule;
  if (third === undefined) return { verbs: listOf(second), nonResourceURLs: listOf(first) };
  return {
    verbs: [...new Set(listOf(third))].sort(),
    apiGroups: listOf(first),
    resources: listOf(second),
    ...(names === undefined ? {} : { resourceNames: listOf(names) }),
  };
}

/** `namespace/name` or `name`. */
function metadataOf(path: string): KubeObject['metadata'] {
  const slash = path.indexOf('/');
  return {
    name: path.slice(slash + 1),
    ...(slash < 0 ? {} : { namespace: path.slice(0, slash) }),
    labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
    annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
  };
}

function binding(
  kind: string,
  metadata: KubeObject['metadata'],
  role: string,
  subjects: readonly string[],
): KubeObject {
  const [roleKind = '', name = ''] = role.split(' ');
  return {
    kind,
    apiVersion,
    metadata,
    ...(subjects.length === 0 ? {} : { subjects: subjects.map(subjectOf) }),
    roleRef: { apiGroup, kind: roleKind, name },
  };
}

/** `Group x`, `User x`, `ServiceAccount namespace/x` */
function subjectOf(text: string): JsonObject {
  const [kind = '', path = ''] = text.split(' ');
  if (kind !== 'ServiceAccount') return { kind, apiGroup, name: path };
  const [namespace = '', name = ''] = path.split('/');
  return { kind, name, namespace };
}
