// customResources: a definition's served versions as rows of the catalog, and the types they need. All versions lie
// under one storage path, written in the storage version; each row reads by its own schema (pruned, defaulted).
import type { KubeObject } from '../../object/kube-object.js';
import { apiVersionOf } from '../../object/kube-object.js';
import type { SchemaNode } from '../../object/schema-node.js';
import { applySchemaDefaults } from '../../schema/defaults.js';
import type { TypeRegistry } from '../../schema/openapi.js';
import { pruneUnknown } from '../../schema/prune.js';
import { compareVersions } from '../catalog.js';
import type { Resource, SchemaName, StorageRow, Subresource, Verb } from '../resource.js';
import { customColumns, selectableField } from './columns.js';
import type { CustomDefinition, CustomVersion } from './definition.js';
import { customSchemaName, customType, hasDefaults } from './schema.js';
import { customStrategy } from './strategy.js';

export interface CustomRows {
  /** Served versions. */
  readonly rows: readonly Resource[];
  /** The row of the storage version, served or not: for whoever has to find the instances. */
  readonly stored: Resource | undefined;
  readonly types: ReadonlyMap<SchemaName, SchemaNode>;
}

const verbs: readonly Verb[] = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
];

/** What the rows ask of the server while they are served. */
export interface CustomGround {
  /** Where the caller will put the result's types. */
  readonly types: TypeRegistry;
  readonly isTerminating: () => boolean;
}

export function customResources(definition: CustomDefinition, ground: CustomGround): CustomRows {
  const storage = definition.versions.find(({ isStorage }) => isStorage);
  if (storage === undefined) return { rows: [], stored: undefined, types: new Map() };
  const made = definition.versions.map((version) => ({
    version,
    type: customType(definition, version),
    row: rowOf(definition, version, storage, ground),
  }));
  return {
    rows: made.filter(({ version }) => version.isServed).map(({ row }) => row),
    stored: made.find(({ version }) => version === storage)?.row,
    types: new Map(made.map(({ row, type }) => [row.schema, type])),
  };
}

function rowOf(
  definition: CustomDefinition,
  version: CustomVersion,
  storage: CustomVersion,
  { types, isTerminating }: CustomGround,
): Resource {
  const { group, acceptedNames: names, scope } = definition;
  const schema = customSchemaName(group, version.name, names.kind);
  const warning = deprecationWarning(definition, version);
  const needsWebhook = definition.conversion === 'Webhook' && version !== storage;
  return {
    group,
    version: version.name,
    plural: names.plural,
    singular: names.singular,
    kind: names.kind,
    listKind: names.listKind,
    shortNames: names.shortNames,
    categories: names.categories,
    scope,
    verbs,
    schema,
    storage: storageOf(definition, version, storage, { schema, types }),
    subresources: subresourcesOf(definition, version, schema),
    columns: customColumns(version.columns),
    selectableFields: Object.fromEntries(
      version.selectableFields.map((path) => [path.replace(/^\./, ''), selectableField(path)]),
    ),
    strategy: customStrategy({ hasStatus: version.hasStatus, isTerminating }),
    hasGeneration: true,
    virtual: false,
    isCustom: true,
    ...(version.scale === undefined ? {} : { scale: version.scale }),
    ...(needsWebhook ? { refusal: noWebhook(definition, version, storage) } : {}),
    ...(warning === undefined ? {} : { deprecationWarning: warning }),
  };
}

const noWebhook = (
  { group, names }: CustomDefinition,
  to: CustomVersion,
  from: CustomVersion,
): string =>
  `conversion webhook for ${group}/${from.name}, Kind=${names.kind} failed: this server does not call conversion webhooks, so it serves no ${group}/${to.name}`;

/** A group has a dot and no built-in path has one, so nothing built in can lie there. */
const customPath = ({ group, names }: CustomDefinition): string => `${group}/${names.plural}`;

/**
 * What was written under an older schema, or lies there in another version, is pruned and completed when it is read;
 * a definition that never changed and has no defaults has no such objects.
 */
function storageOf(
  definition: CustomDefinition,
  version: CustomVersion,
  storage: CustomVersion,
  { schema, types }: { readonly schema: SchemaName; readonly types: TypeRegistry },
): StorageRow {
  const path = customPath(definition);
  const isAsWritten =
    version === storage &&
    definition.generation <= 1 &&
    (version.schema === undefined || !hasDefaults(version.schema));
  const fromStored = (object: KubeObject): KubeObject => {
    pruneUnknown(object, schema, types);
    applySchemaDefaults(object, schema, types);
    return object;
  };
  return {
    path,
    kubernetesPath: path,
    apiVersion: apiVersionOf(definition.group, storage.name),
    kind: definition.acceptedNames.kind,
    ...(isAsWritten ? {} : { conversion: { fromStored, toStored: (object) => object } }),
  };
}

function subresourcesOf(
  { group, acceptedNames }: CustomDefinition,
  { name: version, hasStatus, scale }: CustomVersion,
  schema: SchemaName,
): Readonly<Record<string, Subresource>> {
  const views: readonly Verb[] = ['get', 'patch', 'update'];
  const own = { group, version, kind: acceptedNames.kind };
  return {
    ...(hasStatus ? { status: { name: 'status', kind: own, verbs: views, schema } } : {}),
    ...(scale === undefined
      ? {}
      : {
          scale: {
            name: 'scale',
            kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
            verbs: views,
            schema: 'io.k8s.api.autoscaling.v1.Scale',
          },
        }),
  };
}

function deprecationWarning(
  { group, names, versions }: CustomDefinition,
  version: CustomVersion,
): string | undefined {
  if (!version.isDeprecated) return undefined;
  if (version.deprecationWarning !== undefined) return version.deprecationWarning;
  const head = `${group}/${version.name} ${names.kind} is deprecated`;
  const [better] = versions
    .filter(({ isServed, isDeprecated }) => isServed && !isDeprecated)
    .map(({ name }) => name)
    .filter((name) => compareVersions(name, version.name) < 0)
    .sort(compareVersions);
  return better === undefined ? head : `${head}; use ${group}/${better} ${names.kind}`;
}
