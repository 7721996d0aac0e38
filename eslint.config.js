import tseslint from 'typescript-eslint';

/** The rooms of core/, lowest first: a room imports only itself and what stands below it (DESIGN, section 2). */
const rooms = ['base', 'net', 'totem', 'sync', 'host', 'services', 'sdk'];

/** What reaches for the outside; the protocol and the service engines get these by injection (DESIGN 1.3). */
const outside = [
  'process',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'performance',
  'Buffer',
  'fetch',
  'console',
].map((name) => ({ name, message: 'This room is pure: have it injected (Clock, Entropy, Store, Logger, Transport).' }));

const pureSyntax = [
  { object: 'Date', property: 'now', message: 'Use the injected Clock.' },
  { object: 'Math', property: 'random', message: 'Use the injected Entropy.' },
];

const pure = {
  'no-restricted-globals': ['error', ...outside],
  'no-restricted-properties': ['error', ...pureSyntax],
};

/** Import patterns forbidden in one room: every room above it, Node's own modules if it is pure, and the plugins. */
function forbid(above, extra = []) {
  return {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            group: [...above.map((room) => `**/${room}/**`), '**/plugins/**'],
            message: 'A lower room never imports a higher one.',
          },
          ...extra,
        ],
      },
    ],
  };
}

const noNode = { regex: '^(node:|winston|inversify)', message: 'This room is pure: no I/O, no framework.' };
const outer = ['config', 'log', 'ipc', 'cli', 'sim'];
const above = (room) => [...rooms.slice(rooms.indexOf(room) + 1), ...outer];

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'native/build/**', '**/*.proto.js', '**/*.proto.d.ts'] },
  ...tseslint.configs.strict,
  {
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-expressions': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      eqeqeq: 'error',
    },
  },
  { files: ['core/base/**'], rules: { ...pure, ...forbid(above('base'), [noNode]) } },
  { files: ['core/net/**'], rules: forbid(above('net')) },
  { files: ['core/totem/**'], rules: { ...pure, ...forbid(above('totem'), [noNode]) } },
  { files: ['core/sync/**'], rules: { ...pure, ...forbid(above('sync'), [noNode]) } },
  { files: ['core/host/**'], rules: forbid(above('host')) },
  { files: ['core/services/**'], rules: { ...pure, ...forbid(above('services'), [noNode]) } },
  { files: ['core/sdk/**'], rules: { ...pure, ...forbid(above('sdk'), [noNode]) } },
  { files: ['plugins/*/engine*.ts'], rules: { ...pure, ...forbid(outer, [noNode]) } },
  {
    files: ['plugins/*/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['**/core/**'], message: 'A plugin imports only chorale/sdk.' }] },
      ],
    },
  },
);
