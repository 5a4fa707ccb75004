// The API's paths and operations as neutral data, made from the catalog's rows; openapi-v2.ts and
// openapi-v3.ts write them down in their dialects. Ids and tags are upstream's: generated clients are named after them.
import type { GroupVersionKind } from '../../object/kube-object.js';
import type { Resource, SchemaName, Subresource, Verb } from '../../resources/resource.js';
import { parametersNamed, queryParameters, type Parameter } from './openapi-parameters.js';

export type Method = 'delete' | 'get' | 'head' | 'options' | 'patch' | 'post' | 'put';

export interface Operation {
  readonly method: Method;
  /** `x-kubernetes-action` */
  readonly action: string;
  readonly id: string;
  readonly tag: string;
  readonly description: string;
  readonly kind: GroupVersionKind;
  readonly parameters: readonly Parameter[];
  /** Undefined: no body. */
  readonly body: { readonly schema: SchemaName; readonly isRequired: boolean } | undefined;
  /** Undefined: text. */
  readonly answer: SchemaName | undefined;
  readonly codes: readonly number[];
}

export interface ApiPath {
  readonly path: string;
  /** Apply to every operation of the path. */
  readonly parameters: readonly Parameter[];
  readonly operations: readonly Operation[];
}

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';
export const patchSchema: SchemaName = `${meta}.Patch`;
const deleteOptions: SchemaName = `${meta}.DeleteOptions`;
const status: SchemaName = `${meta}.Status`;

/** Schema of a row's list. */
export const listSchema = (row: Resource): SchemaName => `${row.schema}List`;

/** All paths of one group version. */
export function pathsOf(rows: readonly Resource[]): ApiPath[] {
  return rows.flatMap((row) => [
    ...collectionPaths(row),
    ...objectPaths(row),
    ...Object.values(row.subresources).flatMap((it) => subresourcePaths(row, it)),
  ]);
}

export const rootOf = (group: string, version: string): string =>
  group === '' ? `/api/${version}` : `/apis/${group}/${version}`;

function collectionPaths(row: Resource): ApiPath[] {
  const root = rootOf(row.group, row.version);
  const isNamespaced = row.scope === 'Namespaced';
  const base = isNamespaced ? `${root}/namespaces/{namespace}` : root;
  const operations = (['list', 'create', 'deletecollection'] as const)
    .filter((verb) => row.verbs.includes(verb))
    .map((verb) => operation(row, verb, isNamespaced ? 'Namespaced' : ''));
  const paths = [apiPath(`${base}/${row.plural}`, isNamespaced ? ['namespace'] : [], operations)];
  if (isNamespaced && row.verbs.includes('list'))
    paths.push(
      apiPath(
        `${root}/${row.plural}`,
        [],
        [{ ...operation(row, 'list', ''), id: allNamespacesId(row) }],
      ),
    );
  return paths.filter((it) => it.operations.length > 0);
}

function objectPaths(row: Resource): ApiPath[] {
  const operations = (['get', 'update', 'patch', 'delete'] as const)
    .filter((verb) => row.verbs.includes(verb))
    .map((verb) => operation(row, verb, row.scope === 'Namespaced' ? 'Namespaced' : ''));
  return operations.length === 0 ? [] : [apiPath(objectPath(row), objectNames(row), operations)];
}

const objectPath = (row: Resource): string =>
  row.scope === 'Namespaced'
    ? `${rootOf(row.group, row.version)}/namespaces/{namespace}/${row.plural}/{name}`
    : `${rootOf(row.group, row.version)}/${row.plural}/{name}`;

const objectNames = (row: Resource): string[] =>
  row.scope === 'Namespaced' ? ['name', 'namespace'] : ['name'];

function apiPath(
  path: string,
  names: readonly string[],
  operations: readonly Operation[],
): ApiPath {
  return { path, parameters: parametersNamed([...names, 'pretty']), operations };
}

interface VerbFacts {
  readonly method: Method;
  readonly action: string;
  /** First word of the id. */
  readonly word: string;
  readonly codes: readonly number[];
  readonly says: (kind: string) => string;
}

const facts: Readonly<Record<Exclude<Verb, 'watch'>, VerbFacts>> = {
  list: {
    method: 'get',
    action: 'list',
    word: 'list',
    codes: [200],
    says: (kind) => `List or watch objects of kind ${kind}.`,
  },
  create: {
    method: 'post',
    action: 'post',
    word: 'create',
    codes: [200, 201, 202],
    says: (kind) => `Create an object of kind ${kind}.`,
  },
  deletecollection: {
    method: 'delete',
    action: 'deletecollection',
    word: 'delete',
    codes: [200],
    says: (kind) => `Delete the objects of kind ${kind} that the selectors name.`,
  },
  get: {
    method: 'get',
    action: 'get',
    word: 'read',
    codes: [200],
    says: (kind) => `Read one object of kind ${kind}.`,
  },
  update: {
    method: 'put',
    action: 'put',
    word: 'replace',
    codes: [200, 201],
    says: (kind) => `Replace one object of kind ${kind}.`,
  },
  patch: {
    method: 'patch',
    action: 'patch',
    word: 'patch',
    codes: [200, 201],
    says: (kind) => `Change parts of one object of kind ${kind}.`,
  },
  delete: {
    method: 'delete',
    action: 'delete',
    word: 'delete',
    codes: [200, 202],
    says: (kind) => `Delete one object of kind ${kind}.`,
  },
};

function operation(row: Resource, verb: Exclude<Verb, 'watch'>, scope: string): Operation {
  const { method, action, word, codes, says } = facts[verb];
  const middle = verb === 'deletecollection' ? 'Collection' : '';
  const { group, version, kind } = row;
  return {
    method,
    action,
    id: `${word}${groupWord(group)}${upper(version)}${middle}${scope}${kind}`,
    tag: tagOf(row),
    description: says(kind),
    kind: { group, version, kind },
    parameters: queryParameters(action),
    body: bodyOf(verb, row.schema),
    answer: answerOf(verb, row),
    codes,
  };
}

const allNamespacesId = (row: Resource): string =>
  `list${groupWord(row.group)}${upper(row.version)}${row.kind}ForAllNamespaces`;

function bodyOf(verb: Verb, schema: SchemaName): Operation['body'] {
  if (verb === 'create' || verb === 'update') return { schema, isRequired: true };
  if (verb === 'patch') return { schema: patchSchema, isRequired: true };
  return verb === 'delete' || verb === 'deletecollection'
    ? { schema: deleteOptions, isRequired: false }
    : undefined;
}

/** A pod is shown as it ends; most objects are just gone. */
const answersDelete = new Set([
  'pods',
  'services',
  'serviceaccounts',
  'podtemplates',
  'persistentvolumes',
  'persistentvolumeclaims',
  'resourcequotas',
]);

function answerOf(verb: Verb, row: Resource): SchemaName {
  if (verb === 'list') return listSchema(row);
  if (verb === 'deletecollection') return status;
  return verb === 'delete' && !(row.group === '' && answersDelete.has(row.plural))
    ? status
    : row.schema;
}

function subresourcePaths(row: Resource, subresource: Subresource): ApiPath[] {
  const path = `${objectPath(row)}/${subresource.name}`;
  const names = objectNames(row);
  if (subresource.verbs[0] === 'connect') return connectPaths(row, subresource, path, names);
  const { schema, kind } = subresource;
  const scope = row.scope === 'Namespaced' ? 'Namespaced' : '';
  const operations = subresource.verbs.flatMap((verb) => {
    if (verb === 'watch' || verb === 'connect') return [];
    const { method, action, word, codes, says } = facts[verb];
    const made: Operation = {
      method,
      action,
      id: `${word}${groupWord(row.group)}${upper(row.version)}${scope}${row.kind}${upper(subresource.name)}`,
      tag: tagOf(row),
      description: `${says(row.kind).slice(0, -1)}: its ${subresource.name}.`,
      kind,
      parameters: queryParameters(action),
      body: bodyOf(verb, schema ?? row.schema),
      answer: subresource.name === 'log' ? undefined : (schema ?? row.schema),
      codes,
    };
    return [made];
  });
  return [apiPath(path, names, operations)];
}

const connectMethods: readonly Method[] = ['get', 'post'];
const proxyMethods: readonly Method[] = [
  'get',
  'put',
  'post',
  'delete',
  'options',
  'head',
  'patch',
];

function connectPaths(
  row: Resource,
  { name, kind }: Subresource,
  path: string,
  names: readonly string[],
): ApiPath[] {
  const methods = name === 'proxy' ? proxyMethods : connectMethods;
  const make = (suffix: string): Operation[] =>
    methods.map((method) => ({
      method,
      action: 'connect',
      id: `connect${groupWord(row.group)}${upper(row.version)}${upper(method)}${row.scope === 'Namespaced' ? 'Namespaced' : ''}${row.kind}${upper(name)}${suffix}`,
      tag: tagOf(row),
      description: `Connect ${method.toUpperCase()} requests to the ${name} of one ${row.kind}.`,
      kind,
      parameters: [],
      body: undefined,
      answer: undefined,
      codes: [200],
    }));
  const paths = [apiPath(path, names, make(''))];
  if (name === 'proxy') paths.push(apiPath(`${path}/{path}`, [...names, 'path'], make('WithPath')));
  return paths;
}

const upper = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1);

/** `rbac.authorization.k8s.io` -> `RbacAuthorization`; '' -> `Core`. */
const groupWord = (group: string): string =>
  group === ''
    ? 'Core'
    : group
        .replace(/\.k8s\.io$/, '')
        .split(/[.-]/)
        .map(upper)
        .join('');

function tagOf({ group, version }: Resource): string {
  const word = groupWord(group);
  return `${word.slice(0, 1).toLowerCase()}${word.slice(1)}_${version}`;
}
