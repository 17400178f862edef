import js from '@eslint/js';
import jest from 'eslint-plugin-jest';
import regexp from 'eslint-plugin-regexp';
import tseslint from 'typescript-eslint';
import { pureModules } from './tools/build/connector-list.mjs';

const doors = [
  {
    object: 'process',
    property: 'env',
    message: 'Settings come in through createApp({ env }) or the command line’s own door.',
  },
  { object: 'Math', property: 'random', message: 'Take a Clock and call its random().' },
  { object: 'Date', property: 'now', message: 'Take a Clock and call its now().' },
];

const localTime = {
  selector:
    'CallExpression[callee.property.name=/^(?:locale|toLocale|get(?:Hours|Minutes|Date|Day|Month|FullYear|TimezoneOffset)$)/]',
  message: 'It says something else in another zone or locale. Take ISO 8601 and UTC, and compare with <.',
};

const doubleCast = {
  selector: 'TSAsExpression > TSAsExpression[typeAnnotation.type="TSUnknownKeyword"]',
  message:
    'It hides what was not checked. Check the value: zod/mini for settings and answers, a guard for the rest.',
};

const timers = [
  { name: 'setTimeout', message: 'Take a Clock, or a pull’s context, and call its sleep().' },
  { name: 'setInterval', message: 'Only the doors of shared/ keep time.' },
  { name: 'setImmediate', message: 'Nothing waits for it. Await what follows.' },
  { name: 'queueMicrotask', message: 'Nothing waits for it. Await what follows.' },
  { name: 'fetch', message: 'Ask through the door: a connector has it as the http of its pull.' },
];

/** What would reach outside beside the doors that a connector is given. */
const beside = ['process', 'global', 'globalThis', 'WebSocket', 'EventSource', 'XMLHttpRequest'].map(
  (name) => ({
    name,
    message: 'A connector reaches outside through what its pull is given: http, settings, now() and sleep().',
  }),
);

const unlisted = [
  { selector: 'ImportExpression', message: 'Import at the head of the file, so that the build sees it.' },
  {
    selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
    message: 'Call now() of the pull’s context.',
  },
  { selector: 'CallExpression[callee.name="Date"]', message: 'Call now() of the pull’s context.' },
];

const unsaid = {
  selector: 'CallExpression[callee.property.name="write"][callee.object.property.name=/^std(?:out|err)$/]',
  message: 'Write with tools/cli/output.ts: it completes the commands that a message suggests.',
};

export default tseslint.config(
  {
    ignores: [
      'dist/',
      'dist-*/',
      'package/',
      '.azurite/',
      'node_modules/',
      'coverage/',
      '.tributary/',
      '.connectors-*/',
    ],
  },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_', argsIgnorePattern: '^_' }],
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-dynamic-delete': 'off',
      // Data from outside is not what its type says.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/unbound-method': 'off',
      complexity: ['error', 14],
      'max-depth': ['error', 4],
      'max-params': ['error', 5],
      'no-console': 'error',
      'no-restricted-syntax': ['error', localTime],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    files: ['shared/**/*.ts', 'connectors/**/*.ts'],
    ignores: ['shared/{process,settings,http,sink,storage}/**', 'connectors/**/*.test.ts'],
    rules: {
      'no-restricted-properties': ['error', ...doors],
      'no-restricted-globals': ['error', ...timers],
      'max-lines': ['error', { max: 260, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['shared/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', localTime, doubleCast] },
  },
  {
    files: ['tools/**/*.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        {
          object: 'JSON',
          property: 'stringify',
          message:
            'It throws for a bigint, which any record may hold. Write stringifyJson() of shared/values/json/json.',
        },
      ],
    },
  },
  {
    files: ['tools/**/*.ts'],
    ignores: ['tools/cli/output.ts', 'tools/cli/exit.ts'],
    rules: { 'no-restricted-syntax': ['error', localTime, unsaid] },
  },
  {
    // What a peer sends is as long as a peer likes: a pattern that takes the square of that stops the event loop.
    files: ['functions/**/*.ts', 'shared/**/*.ts', 'connectors/**/*.ts'],
    plugins: { regexp },
    rules: {
      'regexp/no-super-linear-backtracking': ['error', { report: 'potential' }],
      'regexp/no-super-linear-move': ['error', { report: 'potential' }],
    },
  },
  // Awaits a turn of the event loop, and keeps no time.
  { files: ['shared/values/cooperative.ts'], rules: { 'no-restricted-globals': 'off' } },
  {
    files: ['connectors/*/**/*.ts'],
    ignores: ['connectors/**/*.test.ts'],
    // What a rule forbids here ends another's run, or loses records: a comment does not allow it.
    linterOptions: { noInlineConfig: true },
    rules: {
      'no-restricted-globals': ['error', ...timers, ...beside],
      'no-restricted-syntax': ['error', localTime, ...unlisted],
      'no-eval': 'error',
      '@typescript-eslint/no-implied-eval': 'error',
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: `^(?!\\.\\.?(?:/|$)|tributary/shared$|(?:${pureModules.join('|')})$)`,
              message: `A connector imports shared, its own files and ${pureModules.join(', ')}.`,
            },
          ],
        },
      ],
    },
  },
  {
    files: ['connectors/**/*.ts'],
    rules: {
      // One that fails ends no run but its own, and that one late: `void` does not mend it.
      '@typescript-eslint/no-floating-promises': ['error', { ignoreVoid: false }],
    },
  },
  {
    files: ['connectors/list.ts'],
    rules: { '@typescript-eslint/no-require-imports': 'off', 'no-restricted-properties': 'off' },
  },
  { files: ['functions/app.ts'], rules: { 'no-console': 'off' } },
  {
    files: ['test/**/*.ts', 'connectors/**/*.test.ts'],
    extends: [jest.configs['flat/recommended']],
    rules: {
      'jest/expect-expect': ['error', { assertFunctionNames: ['expect', 'expect*', 'assert*'] }],
      'jest/no-conditional-expect': 'error',
      'jest/no-standalone-expect': 'off',
      'jest/no-export': 'off',
      'jest/valid-title': ['error', { ignoreTypeOfDescribeName: true }],
      'no-restricted-syntax': [
        'error',
        {
          selector: "CallExpression[callee.object.name='jest'][callee.property.name=/^(mock|spyOn|doMock)$/]",
          message: 'Use a fake or a loopback server.',
        },
        {
          selector: "MemberExpression[object.property.name='env'][property.value='PATH']",
          message: 'A child needs our clock too: give it inheritedEnvironment().',
        },
        localTime,
      ],
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/require-await': 'off',
      complexity: 'off',
    },
  },
  {
    files: ['**/*.mjs', '**/*.js', 'tools/bin/*'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        require: 'readonly',
        module: 'writable',
        __dirname: 'readonly',
        Buffer: 'readonly',
        URL: 'readonly',
        fetch: 'readonly',
        setTimeout: 'readonly',
      },
    },
  },
);
