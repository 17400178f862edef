const all = { ...require('../jest.config.js') };
delete all.globalSetup;
delete all.globalTeardown;

/** The tests that start no program: `npm run test:unit`. */
module.exports = {
  ...all,
  rootDir: '..',
  testPathIgnorePatterns: [
    '/node_modules/',
    '/test/(?:bench|contract|docs|e2e|faults|integration|local|tools)/',
    '/test/architecture/(?:imports|vendors)\\.',
    '/test/http/rude-proxies\\.',
    '/test/process/unhandled-errors\\.',
    '/connectors/.*/(?:client|octokit|sdk|simulator)\\.test',
  ],
};
