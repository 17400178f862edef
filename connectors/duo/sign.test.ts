import { sign } from './sign';

const request = {
  method: 'GET',
  host: 'API-xxxxxxxx.duosecurity.com',
  path: '/api/path',
  query: [],
  body: '',
  at: new Date('2024-05-24T12:00:00Z'),
} as const;
const keys = { integrationKey: 'DIABCDEFGHIJKLMNOPQR', secretKey: 'test'.repeat(10) };

/** @see https://github.com/duosecurity/duo_hmac_python/blob/main/test/test_hmac.py */
test.each([
  [
    'without parameters',
    [],
    'RElBQkNERUZHSElKS0xNTk9QUVI6YzQ1NDYzOWQ3NWI0ZTNkOTliOGIxZDVlNDFjZDdiYjJkMmQ4YmE1NWY2ODExZjc4NmRmYjBlZGQ0ZmFjZDJmM2E1ZTZkNmM4MzdmMzFmNjgyNjcwNjMyNWI0ZWQ3ZGNkYzVmMTExNjQ5NDhlNTdhNzAzMmE1MjQ5OTBlMDE1ODM=',
  ],
  [
    'with one',
    [['foo', 'bar']],
    'RElBQkNERUZHSElKS0xNTk9QUVI6ODhmZTgwZjNiMjQyYjk5MmY0YjMwMTQwOGQ1MjRhODg2Mjc0ZDNlZDBjNGM3YmQxODRlMWI0ZmYzNzhlNjhlYTA1ZDk0MzNjMDk5MzgwNzhjNDk1MTdhNmM0MjY0Yzk1MGJlOWZmNWNjMjhhZDJkNDQ4Y2VhMjRiYzkzODg3Y2E=',
  ],
] as const)('a request %s is signed as Duo’s own client signs it', (_, query, credentials) => {
  expect(sign({ ...request, query }, keys)).toEqual({
    'x-duo-date': 'Fri, 24 May 2024 12:00:00 -0000',
    authorization: `Basic ${credentials}`,
  });
});

test('every part of a request changes the signature', () => {
  const others = [
    { method: 'POST' },
    { host: 'api-yyyyyyyy.duosecurity.com' },
    { path: '/api/other' },
    { query: [['a', 'b']] },
    { body: '{}' },
    { at: new Date('2024-05-24T12:00:01Z') },
  ] as const;
  const signatures = [request, ...others.map((part) => ({ ...request, ...part }))].map(
    (each) => sign(each, keys)['authorization'],
  );
  expect(new Set(signatures).size).toBe(others.length + 1);
});
