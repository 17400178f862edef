const all = { ...require('../jest.config.js') };
delete all.testPathIgnorePatterns;

/** The tests that start whole programs as a user does, for minutes: `npm run test:e2e`. */
module.exports = { ...all, rootDir: '..', roots: ['<rootDir>/test/e2e'] };
