import { createHash, randomBytes } from 'node:crypto';
import { type IncomingMessage, request as send } from 'node:http';
import { type HostHarness, type StartedHost, openHostHarness } from './host-harness';

let harness: HostHarness;
let started: StartedHost;
let api: string;
beforeAll(async () => {
  harness = await openHostHarness();
  started = await harness.start({ FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '1000000' });
  api = `${started.host.url}/api`;
});
afterAll(() => harness.close());

type Echo = Readonly<Record<'method' | 'url' | 'header' | 'sha256', string>> & {
  readonly params: object;
  readonly query: object;
  readonly length: number;
};

test('the bytes of a body arrive unchanged, with method, URL, query, headers and parameters', async () => {
  const body = randomBytes(100_000);
  const headers = { 'content-encoding': 'gzip', 'x-given': 'yes' };
  const answer = await fetch(`${api}/echo/a%20b/7?q=1&q=2&empty=`, { method: 'POST', body, headers });
  expect(answer.headers.get('x-sample')).toBe('yes');
  expect(answer.headers.get('content-type')).toBe('application/json');
  expect((await answer.json()) as Echo).toEqual({
    method: 'POST',
    url: `${api}/echo/a%20b/7?q=1&q=2&empty=`,
    params: { kind: 'a b', id: '7' },
    query: { q: '1,2', empty: '' },
    header: 'yes',
    length: 100_000,
    sha256: createHash('sha256').update(body).digest('hex'),
  });
});

test('an optional parameter may be missing, and a catch-all parameter includes slashes', async () => {
  const echo = (await (await fetch(`${api}/ECHO/x`)).json()) as Echo;
  expect(echo.params).toEqual({ kind: 'x' });
  expect(await (await fetch(`${api}/files/a/b/c.txt`)).json()).toEqual({ rest: 'a/b/c.txt' });
});

test.each([
  ['an unknown route', 'GET', '/api/nowhere'],
  ['a route without the prefix', 'GET', '/echo/x'],
  ['an unmet constraint', 'GET', '/api/echo/x/seven'],
  ['a method that the function does not have', 'DELETE', '/api/echo/x'],
])('%s is answered 404', async (_why, method, path) => {
  expect((await fetch(started.host.url + path, { method })).status).toBe(404);
});

test('a cookie is written as Azure writes it', async () => {
  const answer = await fetch(`${api}/cookie`);
  expect(answer.status).toBe(201);
  expect(answer.headers.getSetCookie()).toEqual(['a=b%20c; max-age=60; path=/; samesite=lax; httponly']);
});

test('a function that returns nothing answers 204, and one that throws answers 500 without details', async () => {
  expect((await fetch(`${api}/nothing`)).status).toBe(204);
  const answer = await fetch(`${api}/throws`);
  expect([answer.status, await answer.text()]).toEqual([500, '']);
  expect(started.lines.having("Executed 'throws' (Failed")[0]).toContain(
    'Error: the function failed\n    at ',
  );
});

test('a streamed body arrives whole when the app has not asked for HTTP streams', async () => {
  expect(await (await fetch(`${api}/stream`)).text()).toBe('one two three');
});

test('a body whose Content-Length is too large is answered 413 before it is sent', async () => {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const headers = { 'content-length': 1_000_001 };
    const request = send(`${api}/echo/x`, { method: 'POST', headers }, resolve);
    request.on('error', reject);
    request.flushHeaders();
  });
  expect(answer.statusCode).toBe(413);
  answer.destroy();
});

test('a body that turns out too large is answered 413, and the host continues', async () => {
  const chunks = new ReadableStream({
    start(controller) {
      for (let index = 0; index < 20; index += 1) controller.enqueue(new Uint8Array(100_000));
      controller.close();
    },
  });
  const answer = await fetch(`${api}/echo/x`, {
    method: 'POST',
    body: chunks,
    duplex: 'half',
  });
  expect(answer.status).toBe(413);
  expect((await fetch(`${api}/echo/x`)).status).toBe(200);
});

test('the route prefix of host.json is used, even an empty one', async () => {
  const hostJson = harness.hostJson({ extensions: { http: { routePrefix: '' } } });
  const { host } = await harness.start({}, { hostJson });
  expect((await fetch(`${host.url}/echo/x`)).status).toBe(200);
});

test('with HTTP streams an app gets bytes, parameters and headers, and its chunks are streamed', async () => {
  const { host } = await harness.start({ SAMPLE: 'stream', FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '1000' });
  const headers = { 'x-given': 'yes' };
  const answer = await fetch(`${host.url}/api/echo/x/7?q=1`, { method: 'POST', body: 'hello', headers });
  const url = `${host.url}/api/echo/x/7?q=1`;
  expect(await answer.json()).toMatchObject({
    url,
    length: 5,
    header: 'yes',
    params: { kind: 'x', id: '7' },
  });
  expect(await (await fetch(`${host.url}/api/stream`)).text()).toBe('one two three');
  expect((await fetch(`${host.url}/api/nothing`)).status).toBe(204);
  expect((await fetch(`${host.url}/api/throws`)).status).toBe(500);
  const tooLarge = await fetch(`${host.url}/api/echo/x`, { method: 'POST', body: 'x'.repeat(1001) });
  expect(tooLarge.status).toBe(413);
});

test('the status page reports the state and the functions', async () => {
  const status = (await (await fetch(`${started.host.url}/admin/host/status`)).json()) as Record<
    string,
    unknown
  >;
  expect(status).toMatchObject({ state: 'Running', processId: started.host.workerPid });
  expect((status['functions'] as { name: string }[]).map((each) => each.name)).toContain('tick');
});

test('a timer or a queue function can be invoked manually; an unknown or HTTP function cannot', async () => {
  const start = (name: string, input: unknown): Promise<Response> =>
    fetch(`${started.host.url}/admin/functions/${name}`, { method: 'POST', body: JSON.stringify({ input }) });
  expect((await start('tick', '')).status).toBe(202);
  await started.lines.until('tick ends');
  expect((await start('take', { by: 'hand' })).status).toBe(202);
  await started.lines.until('took {"entry":{"by":"hand"}');
  expect((await start('nobody', '')).status).toBe(404);
  expect((await start('echo', '')).status).toBe(400);
});

test.each([
  ['a foreign Host', { host: 'evil.example' }],
  ['a foreign Origin', { origin: 'https://evil.example' }],
  ['an opaque Origin', { origin: 'null' }],
])('%s is refused on every route', async (_what, headers) => {
  for (const path of ['/admin/functions/tick', '/admin/host/status', '/api/echo', '/api/nobody']) {
    expect([path, await statusOf(path, headers)]).toEqual([path, 403]);
  }
});

test.each(['127.0.0.1', 'localhost', 'LOCALHOST', '[::1]'])(
  'the host answers to the name %s',
  async (name) => {
    const { port } = new URL(started.host.url);
    const host = `${name}:${port}`;
    expect(
      await statusOf('/admin/host/status', { host, origin: `http://${host.toLowerCase()}` }, 'GET'),
    ).toBe(200);
  },
);

test.each(['/%E0%A4%A', '/admin/functions/%E0%A4%A', '/api/echo/%', '/api/%FF'])(
  'a path that cannot be decoded is answered 400: %s',
  async (path) => {
    expect(await statusOf(path, {})).toBe(400);
  },
);

async function statusOf(
  path: string,
  headers: Record<string, string>,
  method = 'POST',
): Promise<number | undefined> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = send(`${started.host.url}${path}`, { method, headers }, resolve);
    request.on('error', reject).end(method === 'GET' ? undefined : '{}');
  });
  answer.resume();
  return answer.statusCode;
}
