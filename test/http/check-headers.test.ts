import { ContractError, SettingError } from '../../shared/contract/errors';
import type { HttpRequest } from '../../shared/contract/http';
import { secretsOf } from '../../shared/values/secrets/secrets';
import { closeHttpHarnesses, httpHarness, type HttpHarness } from '../fakes/http-harness';
import { statuses } from '../fakes/loopback';

let harness: HttpHarness;
beforeAll(async () => {
  harness = await httpHarness(statuses(200));
});
afterAll(closeHttpHarnesses);

/** The error of a request with these headers, and the headers that arrived. */
async function send(headers: object, settings: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const before = harness.asked.length;
  const http = harness.door({ settings, secrets: secretsOf(['t\u00f6k\u2192en-1']) });
  const outcome = await http
    .request({ url: harness.url, headers: headers as NonNullable<HttpRequest['headers']> })
    .catch((error: unknown) => error);
  return outcome instanceof Error ? [outcome, harness.asked.length - before] : harness.asked.at(-1)?.headers;
}

test.each(['a', '', 'a b', 'a\tb', '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~', 'SSWS x', 'q="a"; b'])(
  'a header of %p arrives unchanged',
  async (value) => {
    expect(await send({ 'X-Site': value, "x!#$%&'*+.^_`|~9": value })).toMatchObject({
      'x-site': value,
      "x!#$%&'*+.^_`|~9": value,
    });
  },
);

test.each([
  ['東京', 'character 1'],
  ['a\nb', 'character 2'],
  ['a\r\nx-b: c', 'character 2'],
  ['tök→', 'character 2'],
  ['caf\u00e9', 'character 4'],
  ['a\u0000', 'character 2'],
  ['a\u007f', 'character 2'],
  [' a', 'begins or ends'],
  ['a\t', 'begins or ends'],
  [undefined, 'not text'],
  [5, 'not text'],
])(
  'a header that cannot contain %p is refused before a byte is sent, and its value is not quoted',
  async (value, because) => {
    const [error, sent] = (await send({ 'X-Site': value })) as [Error, number];
    expect(error).toBeInstanceOf(ContractError);
    expect(error.message).toContain('asking acme/alerts: the header "X-Site" cannot be sent');
    expect(error.message).toContain(because);
    const told = typeof value === 'string' && value.trim() === value && error.message.includes(value);
    expect([told, sent]).toEqual([false, 0]);
  },
);

test.each<[object, string]>([
  [{ 'x a': 'a' }, 'the header "x a" cannot be sent as it is given: its name'],
  [{ 'x\r\nb': 'a' }, 'the header "x\\r\\nb" cannot be sent as it is given: its name'],
  [{ '': 'a' }, 'the header "" cannot be sent as it is given: its name'],
  [
    { 'X-A': 'a', 'x-a': 'b' },
    'the header "x-a" cannot be sent as it is given: another one has the same name',
  ],
  [
    { 'Content-Length': '3' },
    'the header "Content-Length" cannot be sent as it is given: it is set automatically',
  ],
  [{ Host: 'evil.test' }, 'the header "Host" cannot be sent as it is given: it is set automatically'],
])('%p is refused', async (headers, because) => {
  const [error, sent] = (await send(headers)) as [Error, number];
  expect(error).toBeInstanceOf(ContractError);
  expect(error.message).toContain(because);
  expect(sent).toBe(0);
});

test('the Host header may be set to the host of the request, as a signature does', async () => {
  const { host } = new URL(harness.url);
  expect(await send({ Host: host })).toMatchObject({ host });
});

test('a setting that does not fit into a header is named by its variable, and its value is not quoted', async () => {
  const settings = { ACME_SITE: 'x', ACME_TOKEN: 't\u00f6k\u2192en-1', ACME_OTHER: '東' };
  const [error, sent] = (await send({ Authorization: `Bearer ${settings.ACME_TOKEN}` }, settings)) as [
    Error,
    number,
  ];
  expect(error).toBeInstanceOf(SettingError);
  expect(error.message).toContain(
    'asking acme/alerts: the header "Authorization" holds the value of ACME_TOKEN',
  );
  expect(error.message).toContain('Set ACME_TOKEN to');
  expect(error.message).not.toMatch(/t\u00f6k|\u2192|en-1|ACME_SITE|ACME_OTHER/);
  expect(sent).toBe(0);
});

test('a header value that comes from no setting is a ContractError', async () => {
  const [error] = (await send({ 'X-Site': 'x→' }, { ACME_SITE: 'x' })) as [Error];
  expect(error).toBeInstanceOf(ContractError);
});
