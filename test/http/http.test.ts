import { brotliCompressSync, gzipSync } from 'node:zlib';
import { ContractError } from '../../shared/contract/errors';
import { closeHttpHarnesses, httpHarness } from '../fakes/http-harness';
import { statuses } from '../fakes/loopback';

afterEach(closeHttpHarnesses);

describe('a request', () => {
  test('is sent as given', async () => {
    const harness = await httpHarness(statuses(200));
    await harness.http.request({
      url: `${harness.url}/v1/alerts?after=a%20b%2Bc&x=%C3%A9`,
      headers: { Accept: 'application/json', 'X-Key': 'k' },
    });
    expect(harness.asked).toMatchObject([
      {
        method: 'GET',
        url: '/v1/alerts?after=a%20b%2Bc&x=%C3%A9',
        headers: { accept: 'application/json', 'x-key': 'k', 'user-agent': 'Tributary' },
      },
    ]);
  });

  test('adds its query to that of the address, and leaves out undefined values', async () => {
    const harness = await httpHarness(statuses(200));
    await harness.http.request({
      url: `${harness.url}/?a=1&b=2`,
      query: { b: 'x y', c: 5, d: true, e: undefined },
    });
    expect(harness.asked[0]?.url).toBe('/?a=1&b=x+y&c=5&d=true');
  });

  test.each<[string, string | Uint8Array]>([
    ['a text', 'é{"a":1}'],
    ['a buffer', Buffer.from('é{"a":1}')],
    ['bytes in a larger array', new Uint8Array(Buffer.from('xxé{"a":1}xx')).subarray(2, -2)],
    ['compressed bytes', gzipSync('é{"a":1}')],
  ])('sends %s byte for byte, with its length', async (_, body) => {
    const harness = await httpHarness(statuses(200));
    await harness.http.request({
      method: 'POST',
      url: harness.url,
      body,
      headers: { 'Content-Type': 'application/json' },
    });
    const expected = Buffer.from(body as string);
    expect(harness.asked[0]?.body.equals(expected)).toBe(true);
    expect(harness.asked[0]?.headers).toMatchObject({
      'content-length': String(expected.length),
      'content-type': 'application/json',
    });
  });

  test('ignores the proxy variables of the environment', async () => {
    const harness = await httpHarness(statuses(200));
    const before = process.env['http_proxy'];
    process.env['http_proxy'] = 'http://127.0.0.1:9';
    const answer = await harness.http.request({ url: harness.url });
    if (before === undefined) delete process.env['http_proxy'];
    else process.env['http_proxy'] = before;
    expect(answer.status).toBe(200);
  });
});

describe('an answer', () => {
  test('has a status, lower-case headers and a body', async () => {
    const harness = await httpHarness((response) => {
      response.writeHead(
        200,
        [
          ['X-Rate-Limit', '5'],
          ['Link', '<a>'],
          ['Link', '<b>'],
          ['Set-Cookie', 'a'],
          ['Set-Cookie', 'b'],
        ].flat(),
      );
      response.end('text');
    });
    const { status, headers, body } = await harness.http.request({ url: harness.url });
    expect([status, Buffer.from(body).toString()]).toEqual([200, 'text']);
    expect(headers).toMatchObject({ 'x-rate-limit': '5', link: '<a>, <b>', 'set-cookie': 'a, b' });
  });

  test.each([
    ['gzip', gzipSync('a\nb\n'.repeat(9_000))],
    ['br', brotliCompressSync('a\nb\n'.repeat(9_000))],
  ])('whose %s was cut off is requested again: its beginning is not the whole', async (encoding, body) => {
    let cutOff = 0;
    const harness = await httpHarness((response) => {
      response.writeHead(200, { 'content-encoding': encoding });
      response.end(cutOff++ === 0 ? body.subarray(0, -9) : body);
    });
    const answer = await harness.http.request({ url: harness.url });
    expect([answer.body.length, harness.asked.length]).toEqual([36_000, 2]);
  });

  test.each([
    ['plain', {}, (text: string) => text],
    ['packed', { 'content-encoding': 'gzip' }, (text: string) => gzipSync(text)],
    ['with a byte order mark', {}, (text: string) => `\ufeff${text}`],
  ])('%s is parsed as JSON, large integers with all their digits', async (_, headers, pack) => {
    const harness = await httpHarness((response) =>
      response.writeHead(200, headers).end(pack('{"id":9007199254740993,"é":1}')),
    );
    expect((await harness.http.request({ url: harness.url })).json()).toEqual({
      id: 9007199254740993n,
      é: 1,
    });
  });

  test.each<[string, string, string, RegExp]>([
    ['nothing', 'application/json', '', /the answer is empty where JSON was expected/],
    ['white space', 'application/json', ' \n', /the answer is empty where JSON was expected/],
    [
      'a web page',
      'text/html',
      '<!doctype html><p>Sign in</p>',
      /is a web page \(text\/html\), not JSON\. Check that the address/,
    ],
    [
      'truncated JSON',
      'application/json',
      '{"items":[1,',
      /\(application\/json, 12 bytes\) is not whole JSON/,
    ],
  ])('with %s is reported as invalid JSON', async (_, type, body, message) => {
    const harness = await httpHarness((response) =>
      response.writeHead(200, { 'content-type': type }).end(body),
    );
    const answer = await harness.http.request({ url: `${harness.url}/v1?key=hush` });
    expect(() => answer.json()).toThrow(ContractError);
    expect(() => answer.json()).toThrow(message);
    expect(() => answer.json()).not.toThrow(/hush|Sign in|items/);
  });

  test.each(['application/json', 'text/plain'])(
    'with many pages is parsed whatever its content type: %s',
    async (type) => {
      const text = `[${'{"id":9007199254740993},'.repeat(20_000)}{}]`;
      const harness = await httpHarness((response) =>
        response.writeHead(200, { 'content-type': type }).end(text),
      );
      const answer = await harness.http.request({ url: harness.url });
      const value = answer.json() as readonly unknown[];
      expect([value.length, value[5], answer.json()]).toEqual([20_001, { id: 9007199254740993n }, value]);
    },
  );

  test('with many pages that is cut off fails when it is parsed', async () => {
    const harness = await httpHarness((response) => response.end(`[${'{"id":1},'.repeat(40_000)}`));
    const answer = await harness.http.request({ url: harness.url });
    expect(() => answer.json()).toThrow(/360001 bytes\) is not whole JSON/);
  });

  test.each([
    ['application/json; charset=iso-8859-1', 'é'],
    ['application/json', '\udce9'],
    ['application/json; charset=unheard-of', '\udce9'],
  ])('with a byte that is not UTF-8 keeps the byte: %s', async (type, name) => {
    const body = Buffer.from('{"name":"\xe9"}', 'latin1');
    const harness = await httpHarness((response) =>
      response.writeHead(200, { 'content-type': type }).end(body),
    );
    expect((await harness.http.request({ url: harness.url })).json()).toEqual({ name });
  });

  test('with another status is returned where the caller accepts it', async () => {
    const harness = await httpHarness(statuses(404));
    expect(await harness.http.request({ url: harness.url, accept: [404, 413] })).toMatchObject({
      status: 404,
    });
  });

  test('with an empty body is an answer', async () => {
    const harness = await httpHarness((response) => response.writeHead(204).end());
    expect(await harness.http.request({ url: harness.url })).toMatchObject({
      status: 204,
      body: Buffer.alloc(0),
    });
  });
});
