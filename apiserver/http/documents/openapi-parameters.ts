// The parameters of the API's operations and which verb takes which. Clients look for some of them by name:
// kubectl validates and dry-runs on the server only if PATCH lists `fieldValidation` and `dryRun`.

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly type: 'string' | 'integer' | 'boolean';
  readonly description: string;
}

const query = (
  name: string,
  type: Parameter['type'],
  description: string,
): readonly [string, Parameter] => [name, { name, in: 'query', type, description }];

const path = (name: string, description: string): readonly [string, Parameter] => [
  name,
  { name, in: 'path', type: 'string', description },
];

const table: ReadonlyMap<string, Parameter> = new Map([
  path('name', 'Name of the object.'),
  path('namespace', 'Namespace of the object, or whose objects are meant.'),
  path('path', 'Rest of the URL, passed on as it is.'),
  query('pretty', 'string', 'If "true", the answer is indented.'),
  query(
    'allowWatchBookmarks',
    'boolean',
    'Lets a watch send BOOKMARK events, which carry nothing but a resource version to go on from.',
  ),
  query(
    'continue',
    'string',
    'The continue token of the page before, to get the next one of the same list.',
  ),
  query(
    'fieldSelector',
    'string',
    'A selector to restrict the list of returned objects by their fields.',
  ),
  query(
    'labelSelector',
    'string',
    'A selector to restrict the list of returned objects by their labels.',
  ),
  query(
    'limit',
    'integer',
    'Most objects in one page; when there are more, the answer has a continue token.',
  ),
  query(
    'resourceVersion',
    'string',
    'Which version of the data is wanted; together with resourceVersionMatch for lists, the starting point for watches.',
  ),
  query(
    'resourceVersionMatch',
    'string',
    'How resourceVersion is meant for a list: Exact or NotOlderThan.',
  ),
  query(
    'sendInitialEvents',
    'boolean',
    'Lets a watch begin with an ADDED event for every object that exists, ended by a marked BOOKMARK.',
  ),
  query('timeoutSeconds', 'integer', 'Ends the call after so many seconds, whatever happens.'),
  query(
    'watch',
    'boolean',
    'Watch for changes to the described resources instead of listing them: a stream of events from resourceVersion on.',
  ),
  query('dryRun', 'string', 'With "All" everything is done but storing the result.'),
  query(
    'fieldManager',
    'string',
    'Name of who makes the change, at most 128 printable characters; required to apply.',
  ),
  query(
    'fieldValidation',
    'string',
    'What happens to unknown and duplicate fields: Ignore, Warn (the default) or Strict.',
  ),
  query('force', 'boolean', 'Lets an apply take over fields that others own.'),
  query('gracePeriodSeconds', 'integer', 'Seconds the object may take to end; 0 ends it at once.'),
  query(
    'ignoreStoreReadErrorWithClusterBreakingPotential',
    'boolean',
    'Deletes an object that cannot be read any more, without its finalizers.',
  ),
  query('orphanDependents', 'boolean', 'Older form of propagationPolicy.'),
  query(
    'propagationPolicy',
    'string',
    'What happens to dependents: Orphan, Background or Foreground.',
  ),
]);

const select = [
  'fieldSelector',
  'labelSelector',
  'limit',
  'continue',
  'resourceVersion',
  'resourceVersionMatch',
  'sendInitialEvents',
  'timeoutSeconds',
];
const write = ['dryRun', 'fieldManager', 'fieldValidation'];
const remove = [
  'dryRun',
  'gracePeriodSeconds',
  'ignoreStoreReadErrorWithClusterBreakingPotential',
  'orphanDependents',
  'propagationPolicy',
];

const byAction: Readonly<Record<string, readonly string[]>> = {
  list: ['allowWatchBookmarks', ...select, 'watch'],
  post: write,
  put: write,
  patch: [...write, 'force'],
  delete: remove,
  deletecollection: [...remove, ...select],
};

const none: readonly Parameter[] = [];

const actions: ReadonlyMap<string, readonly Parameter[]> = new Map(
  Object.entries(byAction).map(([action, names]) => [
    action,
    parametersNamed([...new Set(names)].sort()),
  ]),
);

/** Query parameters of an `x-kubernetes-action`, sorted by name: the same array each time. */
export const queryParameters = (action: string): readonly Parameter[] =>
  actions.get(action) ?? none;

/** Throws on a name that is not in the table. */
export function parametersNamed(names: readonly string[]): readonly Parameter[] {
  return names.map((name) => {
    const parameter = table.get(name);
    if (parameter === undefined) throw new Error(`no parameter is called ${name}`);
    return parameter;
  });
}
