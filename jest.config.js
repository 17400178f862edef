const { availableParallelism } = require('node:os');
const { delimiter } = require('node:path');

/** Folders with connectors of other repositories: their own tests are found too. */
const outside = (process.env.CONNECTORS_DIR ?? '').split(delimiter).filter((folder) => folder !== '');

const ES_MODULES = [
  ...['p-retry', 'is-network-error', 'p-limit', 'yocto-queue', 'croner', 'jose'],
  ...['@octokit/[^/]+', 'universal-user-agent', 'before-after-hook'],
];

/** Jest runs the sources through swc; packages that ship only as ES modules pass through it too. */
module.exports = {
  // More than there are cores: a test often waits for the programs that it starts.
  maxWorkers: Math.ceil(availableParallelism() * 1.5),
  testEnvironment: 'node',
  globalSetup: '<rootDir>/test/shared-storage.mjs',
  globalTeardown: '<rootDir>/test/end-shared-storage.mjs',
  roots: ['<rootDir>/test', '<rootDir>/connectors', ...outside],
  // As in a build: both names, wherever a connector lies, mean the one copy.
  moduleNameMapper: { '^(?:tributary|\\.\\./\\.\\.)/shared$': '<rootDir>/shared' },
  testMatch: ['**/*.test.ts'],
  // They start built programs, for minutes: `npm run test:e2e`.
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/e2e/'],
  transform: {
    '\\.[cm]?[jt]s$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } },
    ],
  },
  // What is built passes as it is, unless it is the `dist/` of one of those packages.
  transformIgnorePatterns: [`/node_modules/(?!(${ES_MODULES.join('|')})/)`, '^(?!.*/node_modules/).*/dist/'],
  // It ends what hangs. How fast things are is for the bench to say.
  testTimeout: 300_000,
};
