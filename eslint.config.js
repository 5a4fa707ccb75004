// Lint rules and the import walls. The table `mayImport` is the law of who may import whom
// (docs/architecture.md draws it); everything else is style.
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import tseslint from 'typescript-eslint';

const root = dirname(fileURLToPath(import.meta.url));

const storeBase = ['store/kv', 'store/errors', 'store/clock', 'store/metrics', 'store/optimistic'];
const apiBase = ['apiserver/object'];

/** Unit (folder, or file without its ending) -> units it may import. The longest matching unit counts. */
export const mayImport = {
  'store/kv': [],
  'store/errors': [],
  'store/clock': [],
  'store/metrics': [],
  'store/optimistic': storeBase,
  'store/node': storeBase,
  'store/raft': [],
  'store/tables': storeBase,
  'store/wal': [...storeBase, 'store/raft'],
  'store/auth': [...storeBase, 'store/node', 'store/tables'],
  'store/mvcc': [...storeBase, 'store/node', 'store/tables', 'store/auth'],
  'store/replica': [
    ...storeBase,
    'store/node',
    'store/raft',
    'store/wal',
    'store/tables',
    'store/mvcc',
    'store/auth',
  ],
  'store/etcd': [...storeBase, 'store/node'],
  'store/backup': [
    ...storeBase,
    'store/node',
    'store/metrics',
    'store/data-folder',
    'store/raft',
    'store/wal',
    'store/tables',
    'store/mvcc',
    'store/auth',
    'store/replica',
  ],
  'store/data-folder': [],
  'store/member': ['store'],
  'store/etcd-api': [...storeBase, 'store/node', 'store/etcd'],
  'store/on-demand': ['store'],
  'store/index': ['store'],

  'apiserver/object': [],
  'apiserver/schema': apiBase,
  'apiserver/patch': apiBase,
  'apiserver/storage': [...apiBase, 'store/index'],
  'apiserver/resources': [...apiBase, 'apiserver/schema', 'apiserver/patch', 'apiserver/storage'],
  'apiserver/auth': [...apiBase, 'apiserver/storage', 'apiserver/resources', 'store/index'],
  'apiserver/admission': [
    ...apiBase,
    'apiserver/schema',
    'apiserver/storage',
    'apiserver/resources',
    'apiserver/auth',
  ],
  'apiserver/rest': [
    ...apiBase,
    'apiserver/schema',
    'apiserver/patch',
    'apiserver/storage',
    'apiserver/resources',
    'apiserver/auth',
    'apiserver/admission',
    'store/index',
  ],
  'apiserver/http': [
    ...apiBase,
    'apiserver/schema',
    'apiserver/storage',
    'apiserver/resources',
    'apiserver/auth',
    'apiserver/rest',
    'store/index',
  ],
  'apiserver/controllers': [
    ...apiBase,
    'apiserver/schema',
    'apiserver/storage',
    'apiserver/resources',
    'apiserver/rest',
    'apiserver/auth',
    'store/index',
  ],
  'apiserver/config': [...apiBase, 'store/index'],
  'apiserver/server': ['apiserver', 'store/index'],
  cli: ['apiserver/server', 'apiserver/config', 'apiserver/object', 'store/index'],
  test: ['store', 'apiserver', 'cli'],
};

/** Package -> the only files that may import it. */
const packageHomes = {
  lmdb: ['store/tables/lmdb-file'],
  express: ['apiserver/http/app'],
  ajv: ['apiserver/schema/validator'],
  '@grpc/grpc-js': ['store/etcd/', 'store/replica/peers'],
  'prom-client': ['apiserver/http/metrics', 'store/metrics'],
  'js-yaml': ['apiserver/object/yaml', 'cli/'],
  '@peculiar/asn1-x509': ['apiserver/auth/certificates'],
  '@peculiar/asn1-schema': ['apiserver/auth/certificates'],
  msgpackr: ['store/replica/'],
  protobufjs: [],
  bcryptjs: ['store/auth/'],
  jose: ['store/auth/'],
};

/** No node I/O, npm packages, timers, clock, randomness or async in these; assertions are fine. */
const pureFolders = ['store/raft', 'apiserver/object', 'apiserver/patch'];
const pureExceptions = { 'apiserver/object/yaml': ['js-yaml', 'node:module'] };

const unitOf = (path) =>
  Object.keys(mayImport)
    .filter((unit) => path === unit || path.startsWith(`${unit}/`))
    .sort((a, b) => b.length - a.length)[0];

const walls = {
  meta: { type: 'problem', schema: [], messages: { wall: '{{from}} may not import {{to}}' } },
  create(context) {
    const file = relative(root, context.filename).replace(/\.[cm]?[jt]s$/, '');
    const from = unitOf(file);
    const check = (node) => {
      if (!node.source) return;
      const source = node.source.value;
      const report = (to) => {
        context.report({ node, messageId: 'wall', data: { from: file, to } });
      };
      if (!source.startsWith('.')) {
        const homes = packageHomes[source];
        if (homes && !file.startsWith('test/') && !homes.some((home) => file.startsWith(home)))
          report(source);
        const pure = pureFolders.some((folder) => file.startsWith(`${folder}/`));
        if (
          pure &&
          source !== 'node:assert/strict' &&
          !(pureExceptions[file] ?? []).includes(source)
        )
          report(source);
        return;
      }
      const target = relative(root, resolve(dirname(context.filename), source)).replace(
        /\.js$/,
        '',
      );
      const to = unitOf(target);
      if (to === undefined || from === undefined) return report(target);
      const allowed = mayImport[from].some(
        (unit) => target === unit || target.startsWith(`${unit}/`),
      );
      if (to !== from && !allowed) report(target);
    };
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
    };
  },
};

const clockGlobals = [
  {
    selector: "MemberExpression[object.name='Date'][property.name='now']",
    message: 'Take a Clock.',
  },
  {
    selector: "MemberExpression[object.name='Math'][property.name='random']",
    message: 'Take random as a parameter.',
  },
  { selector: 'CallExpression[callee.name=/^set(Timeout|Interval)$/]', message: 'Take a Clock.' },
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Take a Clock.' },
];

export default tseslint.config(
  { ignores: ['dist*/**', 'node_modules/**', 'frontdesk-data/**'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: root } },
    plugins: { frontdesk: { rules: { walls } } },
    rules: {
      'frontdesk/walls': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 5],
      'max-depth': ['error', 4],
      'no-restricted-syntax': ['error', ...clockGlobals],
      eqeqeq: 'error',
    },
  },
  {
    files: ['store/raft/**/*.ts', 'apiserver/object/**/*.ts', 'apiserver/patch/**/*.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...clockGlobals,
        { selector: ':function[async=true]', message: 'This folder is pure: no async.' },
      ],
    },
  },
  {
    files: ['store/clock.ts', 'apiserver/server.ts', 'cli/**/*.ts', 'test/{bench,chaos}/**/*.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
);
