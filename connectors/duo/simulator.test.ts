import type { SignRequest } from '../../shared/contract/auth';
import { basicAuthorization, canonicalQuery, hmacHex, rfc2822 } from '../../shared/kit/signatures';
import { closeVendors, vendorOf } from '../../test/local/vendor-setup';
import duo from '.';
import { sign } from './sign';
import rules from './simulator';

afterEach(closeVendors);

const log = '/duo/admin/v2/logs/authentication';
const bounds = { sort: 'ts:asc', limit: '1000', mintime: '1795161690000', maxtime: '1795162690000' };
const duoKeys = { integrationKey: 'DIXXXXXXXXXXXXXXXXXX', secretKey: 'local-duo-secretKey' };
const connectors = [{ connector: duo, rules, folder: __dirname }];

/** Requests the log with a valid signature, unless `keys` or `headers` change it. */
async function askDuo(parts: {
  readonly keys?: Partial<typeof duoKeys>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signer?: SignRequest;
  readonly at?: Date;
  readonly live?: boolean;
}): Promise<readonly [number, unknown]> {
  const { keys = {}, headers = {}, signer = sign } = parts;
  const { at = new Date('2026-11-21T12:00:00Z') } = parts;
  const vendor = await vendorOf({
    connectors,
    live: parts.live === true,
    now: () => new Date('2026-11-21T12:00:00Z'),
  });
  const url = new URL(vendor.url + log);
  for (const [name, value] of Object.entries(bounds)) url.searchParams.set(name, value);
  const request = {
    method: 'GET',
    host: url.host,
    path: log,
    query: Object.entries(bounds),
    body: '',
    at,
  } as const;
  const signed = signer(request, { ...duoKeys, ...keys });
  const response = await fetch(url, { headers: { ...signed, ...headers } });
  return [response.status, await response.json()];
}

describe('the simulated Duo', () => {
  test('accepts a valid signature', async () => {
    expect((await askDuo({}))[0]).toBe(200);
  });

  test('accepts the older method, HMAC-SHA1 over five lines', async () => {
    const before: SignRequest = (
      { method, host, path, query, at },
      { integrationKey = '', secretKey = '' },
    ) => {
      const date = rfc2822(at);
      const text = [date, method, host, path, canonicalQuery(query)].join('\n');
      return { date, authorization: basicAuthorization(integrationKey, hmacHex('sha1', secretKey, text)) };
    };
    expect((await askDuo({ signer: before }))[0]).toBe(200);
    expect((await askDuo({ signer: before, keys: { secretKey: 'x' } }))[0]).toBe(401);
  });

  test('accepts the requests of Duo’s client for Node: GMT in the date, and SHA-512 over five lines', async () => {
    const ofNode: SignRequest = (
      { method, host, path, query, at },
      { integrationKey = '', secretKey = '' },
    ) => {
      const date = at.toUTCString();
      const text = [date, method, host, path, canonicalQuery(query)].join('\n');
      return { date, authorization: basicAuthorization(integrationKey, hmacHex('sha512', secretKey, text)) };
    };
    expect((await askDuo({ signer: ofNode, live: true }))[0]).toBe(200);
    expect((await askDuo({ signer: ofNode, keys: { secretKey: 'x' } }))[0]).toBe(401);
    const late = { signer: ofNode, live: true, at: new Date('2026-11-21T11:50:00Z') };
    expect((await askDuo(late))[0]).toBe(401);
  });

  test.each([
    ['no date', { headers: { 'x-duo-date': '' } }, 40104],
    ['a date in another format', { headers: { 'x-duo-date': '2026-11-21T12:00:00Z' } }, 40105],
    ['no credentials', { headers: { authorization: '' } }, 40101],
    ['another integration key', { keys: { integrationKey: 'DI' } }, 40102],
    ['another secret key', { keys: { secretKey: 'x' } }, 40103],
    ['a date that was not signed', { headers: { 'x-duo-date': 'Sat, 21 Nov 2026 12:00:01 -0000' } }, 40103],
    ['another header', { headers: { 'x-duo-other': 'x' } }, 40103],
    ['a date ten minutes old', { at: new Date('2026-11-21T11:50:00Z'), live: true }, 40105],
  ])('refuses %s', async (_, parts, code) => {
    const [status, body] = await askDuo(parts);
    expect([status, body]).toEqual([401, { code, message: expect.any(String), stat: 'FAIL' }]);
  });
});
