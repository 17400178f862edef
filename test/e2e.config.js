const all = { ...require('../jest.config.js') };
delete all.testPathIgnorePatterns;

/** The tests that start what is built, as a user or Azure starts it: `npm run test:e2e`. */
module.exports = {
  ...all,
  rootDir: '..',
  roots: ['<rootDir>/test/e2e'],
  globalSetup: '<rootDir>/test/e2e/build-first.mjs',
  globalTeardown: '<rootDir>/test/e2e/remove-built.mjs',
};
