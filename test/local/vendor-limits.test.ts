import acme from '../fixtures/connectors/acme';
import acmeRules from '../fixtures/connectors/acme/simulator';
import type { PullSource } from '../../shared/contract/connector';
import { limitsOf } from '../../local/vendor/request-limits';
import type { RateLimit } from '../../shared/contract/budget';
import { closeVendors, connectors, vendorOf } from './vendor-setup';

afterEach(closeVendors);

/** How many of these requests, at each of these moments, are accepted. */
function letIn(limits: readonly RateLimit[], asked: readonly (readonly [atMs: number, requests: number])[]) {
  const counter = limitsOf({ limits });
  return asked.map(([atMs, requests]) => {
    const answers = Array.from({ length: requests }, () => counter?.count(new Date(atMs)).isOver);
    return answers.filter((isOver) => isOver === false).length;
  });
}

test.each([
  [
    'a sliding window moves with time',
    [{ requests: 10, perMs: 1_000 }],
    [
      [500, 8],
      [1_200, 5],
      [1_499, 1],
      [1_500, 9],
    ],
    [8, 2, 0, 8],
  ],
  [
    'a token bucket fills continuously',
    [{ requests: 10, perMs: 1_000, burst: 20 }],
    [
      [0, 30],
      [500, 9],
    ],
    [20, 5],
  ],
  [
    'all limits must allow a request',
    [
      { requests: 5, perMs: 1_000 },
      { requests: 7, perMs: 60_000 },
    ],
    [
      [0, 9],
      [1_000, 9],
    ],
    [5, 2],
  ],
] as const)('%s', (_, limits, asked, expected) => {
  expect(letIn(limits, asked)).toEqual(expected);
});

test('a vendor that enforces its limits answers 429 with its own headers, and counts it', async () => {
  const simulated = connectors.map((each) =>
    each.connector === acme
      ? {
          ...each,
          connector: {
            ...acme,
            sources: {
              systemLog: {
                ...(acme.sources['systemLog'] as PullSource),
                budget: { limits: [{ requests: 2, perMs: 60_000 }] },
              },
            },
          },
          rules: acmeRules,
        }
      : each,
  );
  const at = new Date('2026-11-21T12:00:00.000Z');
  const vendor = await vendorOf({ connectors: simulated, limits: true, now: () => at });
  const { token = '', url = '' } = vendor.settings('acme');
  const ask = () =>
    fetch(`${url}/api/v1/logs?sortOrder=ASCENDING&limit=1000&since=2020-01-01T00:00:00.000Z`, {
      headers: { accept: 'application/json', authorization: `Token ${token}` },
    });
  const answers = [await ask(), await ask(), await ask()];
  const headers = ['x-rate-limit-remaining', 'x-rate-limit-reset', 'retry-after'];
  expect(answers.map((each) => [each.status, ...headers.map((name) => each.headers.get(name))])).toEqual([
    [200, '1', '1795262460', null],
    [200, '0', '1795262460', null],
    [429, '0', '1795262460', '60'],
  ]);
  const seen: unknown = await (await fetch(`${vendor.url}/requests`)).json();
  expect([vendor.tooMany, seen]).toMatchObject([1, { tooMany: 1 }]);
});
