// The built-in rows: schemas/resources.json (what is served) joined with schemas/resource-names.json (short
// names, categories, paths, group order), columns, selectable fields and the caller's strategies.
import { readFileSync } from 'node:fs';
import { apiVersionOf, type GroupVersionKind, type KubeObject } from '../object/kube-object.js';
import { qualifiedName } from '../object/api-error.js';
import { columnsOf, podRowConditions } from './columns.js';
import { eventFromStored, eventToStored } from './conversions/event.js';
import { scalerToStored, scalerToV1 } from './conversions/scaler.js';
import type { Resource, SchemaName, StorageRow, Strategy, Subresource, Verb } from './resource.js';
import { selectableFieldsOf } from './selectable-fields.js';

/** One line of schemas/resources.json. */
interface ServedRow {
  readonly group?: string;
  readonly version: string;
  readonly plural: string;
  readonly subresource?: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly kind: string;
  readonly kindGroup?: string;
  readonly kindVersion: string;
}

/** One entry of schemas/resource-names.json; an absent field is false or empty. */
interface NamesRow {
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly kubernetesPath?: string;
  readonly hasGeneration?: boolean;
  readonly virtual?: boolean;
  readonly deprecationWarning?: string;
}

interface NamesFile {
  readonly groupOrder: readonly string[];
  readonly resources: Readonly<Record<string, NamesRow>>;
}

function readSchemaFile(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../../schemas/${name}`, import.meta.url), 'utf8'));
}

// as: our own data files, whose shape the tests check.
const readNames = (): NamesFile => readSchemaFile('resource-names.json') as NamesFile;
const readServed = (): ServedRow[] => readSchemaFile('resources.json') as ServedRow[]; // as: the same

/** Groups in upstream's order; groups not listed (custom ones) follow by name. Give it to Catalog. */
export function builtInGroupOrder(): readonly string[] {
  return readNames().groupOrder;
}

/** Rows of every GA version. `strategies` is keyed `pods`, `deployments.apps`, ...; a missing one adds nothing. */
export function builtInResources(strategies: Readonly<Record<string, Strategy>>): Resource[] {
  const served = readServed().filter((row) => /^v[0-9]+$/.test(row.version));
  const names = readNames().resources;
  const subresources = new Map<string, Record<string, Subresource>>();
  for (const row of served) {
    if (row.subresource === undefined) continue;
    const of = subresources.get(idOf(row)) ?? {};
    of[row.subresource] = subresourceOf(row, row.subresource);
    subresources.set(idOf(row), of);
  }
  return served
    .filter((row) => row.subresource === undefined)
    .map((row) => {
      const name = qualifiedName({ group: row.group ?? '', plural: row.plural });
      return resourceOf(
        row,
        names[name] ?? {},
        subresources.get(idOf(row)) ?? {},
        strategies[name],
      );
    });
}

const idOf = (row: ServedRow): string => `${row.group ?? ''}/${row.version}/${row.plural}`;

function resourceOf(
  row: ServedRow,
  names: NamesRow,
  subresources: Readonly<Record<string, Subresource>>,
  strategy: Strategy = {},
): Resource {
  const group = row.group ?? '';
  return {
    group,
    version: row.version,
    plural: row.plural,
    singular: row.kind.toLowerCase(),
    kind: row.kind,
    listKind: `${row.kind}List`,
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    scope: row.namespaced ? 'Namespaced' : 'Cluster',
    verbs: verbsOf(row.verbs),
    schema: builtInSchemaName({ group, version: row.version, kind: row.kind }),
    storage: storageOf(row, names),
    subresources,
    columns: columnsOf(group, row.version, row.plural),
    selectableFields: selectableFieldsOf(qualifiedName({ group, plural: row.plural })),
    strategy,
    hasGeneration: names.hasGeneration ?? false,
    virtual: names.virtual ?? false,
    ...(names.deprecationWarning === undefined
      ? {}
      : { deprecationWarning: names.deprecationWarning }),
    ...(group === '' && row.plural === 'pods' ? { rowConditions: podRowConditions } : {}),
  };
}

function subresourceOf(row: ServedRow, name: string): Subresource {
  const kind = { group: row.kindGroup ?? '', version: row.kindVersion, kind: row.kind };
  if (row.verbs.includes('connect')) return { name, kind, verbs: ['connect'], schema: undefined };
  return { name, kind, verbs: verbsOf(row.verbs), schema: builtInSchemaName(kind) };
}

const verbNames: Readonly<Record<string, readonly Verb[]>> = {
  post: ['create'],
  delete: ['delete'],
  deletecollection: ['deletecollection'],
  get: ['get'],
  list: ['list', 'watch'],
  patch: ['patch'],
  put: ['update'],
};

function verbsOf(actions: readonly string[]): readonly Verb[] {
  const verbs = actions.flatMap((action) => verbNames[action] ?? []);
  // componentstatuses are made up on each request: there is nothing to watch.
  const isReadOnly = !verbs.includes('create') && !verbs.includes('update');
  return verbs.filter((verb) => verb !== 'watch' || !isReadOnly).sort();
}

/** Kinds whose versions share one stored form: [group, version] that is stored, and how the others convert. */
function storageOf(row: ServedRow, names: NamesRow): StorageRow {
  const group = row.group ?? '';
  const paths = { path: row.plural, kubernetesPath: names.kubernetesPath ?? row.plural };
  if (group === 'autoscaling')
    return {
      ...paths,
      apiVersion: 'autoscaling/v2',
      kind: row.kind,
      ...(row.version === 'v1' ? conversion(scalerToV1, scalerToStored) : {}),
    };
  if (group === 'events.k8s.io')
    return {
      ...paths,
      apiVersion: 'v1',
      kind: row.kind,
      ...conversion(eventFromStored, eventToStored),
    };
  return { ...paths, apiVersion: apiVersionOf(group, row.version), kind: row.kind };
}

const conversion = (
  fromStored: (object: KubeObject) => KubeObject,
  toStored: (object: KubeObject) => KubeObject,
): Pick<Required<StorageRow>, 'conversion'> => ({ conversion: { fromStored, toStored } });

const packages: Readonly<Record<string, string>> = {
  '': 'io.k8s.api.core',
  'apiextensions.k8s.io': 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions',
  'apiregistration.k8s.io': 'io.k8s.kube-aggregator.pkg.apis.apiregistration',
};

/** The Go package of a group names its types: `storage.k8s.io` -> `io.k8s.api.storage.v1.StorageClass`. */
export function builtInSchemaName({ group, version, kind }: GroupVersionKind): SchemaName {
  const name = packages[group] ?? `io.k8s.api.${group.split('.')[0] ?? ''}`;
  return `${name}.${version}.${kind}`;
}
