import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { ContractError } from '../../shared/contract/errors';
import type { HttpRequest } from '../../shared/contract/http';
import { closeHttpHarnesses, httpHarness, type HttpHarness } from '../fakes/http-harness';
import { statuses, type Serve } from '../fakes/loopback';
import { secretsOf } from '../../shared/values/secrets/secrets';

afterEach(closeHttpHarnesses);

/** The error of a request. */
async function errorOf(harness: HttpHarness, parts: Partial<HttpRequest> = {}): Promise<Error> {
  return harness.http.request({ url: harness.url, ...parts }).then(
    ({ status }) => new Error(`answered ${status}`),
    (error: unknown) => error as Error,
  );
}

describe('an address', () => {
  test('that was not declared is refused before a byte is sent', async () => {
    const [harness, other] = [await httpHarness(statuses(200)), await httpHarness(statuses(200))];
    const error = await errorOf(harness, {
      url: `${other.url}/next?token=hush`,
      headers: { Authorization: 'hush' },
    });
    expect(error).toBeInstanceOf(ContractError);
    expect(error.message).toContain(
      `${other.url} is not an address that it may reach (${harness.url}). If the vendor has moved, set ACME_URL.`,
    );
    expect([error.message.includes('hush'), harness.asked, other.asked]).toEqual([false, [], []]);
  });

  test.each([
    ['with another scheme', (url: string) => url.replace('http:', 'https:')],
    ['with another port', (url: string) => url.replace(/\d+$/, '1')],
    [
      'that only begins like an allowed one',
      (url: string) => `${url}.example.com`.replace('127.0.0.1', 'localhost'),
    ],
    ['that hides another host behind an at sign', (url: string) => `${url}@example.com/`],
    ['of this machine under another name', (url: string) => url.replace('127.0.0.1', 'localhost')],
    ['of a file', () => 'file:///etc/hosts'],
    ['that is invalid', () => 'not an address'],
  ])('%s is refused', async (_, change) => {
    const harness = await httpHarness(statuses(200));
    expect(await errorOf(harness, { url: change(harness.url) })).toBeInstanceOf(ContractError);
    expect(harness.asked).toEqual([]);
  });

  test('whose port only begins like an allowed one is refused', async () => {
    const harness = await httpHarness(statuses(200));
    const http = harness.door({ origins: [harness.url.slice(0, -1)] });
    await expect(http.request({ url: harness.url })).rejects.toThrow(ContractError);
    expect(harness.asked).toEqual([]);
  });

  test('with a name and a password in it is refused, and the error does not quote them', async () => {
    const harness = await httpHarness(statuses(200));
    const error = await errorOf(harness, { url: harness.url.replace('//', '//user:hush@') });
    expect(error).toBeInstanceOf(ContractError);
    expect([error.message.includes('hush'), harness.asked]).toEqual([false, []]);
  });

  test.each([301, 302, 307, 308])(
    'that a %i redirects to is not requested, so that no credential is sent there',
    async (status) => {
      const other = await httpHarness(statuses(200));
      const harness = await httpHarness(statuses([status, { location: `${other.url}/elsewhere` }]));
      const error = await errorOf(harness, { headers: { Authorization: 'Bearer hush' } });
      expect(error).toBeInstanceOf(ContractError);
      expect(error.message).toMatch(
        /: 30\d redirects to another address, which is not followed.* Set ACME_URL to the address/,
      );
      expect([harness.asked.length, other.asked]).toEqual([1, []]);
    },
  );
});

describe('a body', () => {
  const limit = 100_000;
  let written = 0;
  const endless: Serve = (response) => {
    written = 0;
    response.writeHead(200);
    const more = (): void => {
      written += 65_536;
      if (!response.destroyed) response.write('x'.repeat(65_536), () => setImmediate(more));
    };
    more();
  };
  const bomb: Serve = (response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(50_000_000)));
  };

  test.each([
    ['without an end', endless],
    ['that decompresses to far more', bomb],
    [
      'that announces more',
      (response) => response.writeHead(200, { 'content-length': '200000' }).end('y'.repeat(200_000)),
    ],
  ])('%s is cut off while it arrives', async (_, serve) => {
    const harness = await httpHarness(serve, { maxBodyBytes: limit });
    const error = await errorOf(harness);
    expect(error).toBeInstanceOf(ContractError);
    expect(error.message).toMatch(
      /: the answer is larger than 100000 bytes\. Ask for smaller pages, or declare answer\.maxBytes\.$/,
    );
    expect([harness.asked.length, written < 50_000_000]).toEqual([1, true]);
  });

  test('of exactly the limit is accepted', async () => {
    const harness = await httpHarness((response) => response.end('x'.repeat(limit)), { maxBodyBytes: limit });
    expect((await harness.http.request({ url: harness.url })).body).toHaveLength(limit);
  });

  test('of an error is limited too', async () => {
    const harness = await httpHarness((response) => response.writeHead(400).end('x'.repeat(200_000)), {
      maxBodyBytes: limit,
    });
    expect((await errorOf(harness)).message).toContain('larger than 100000 bytes');
  });
});

describe('the signal of a run', () => {
  test.each(['GET', 'POST'] as const)(
    'ends a %s that is in progress, with its own reason',
    async (method) => {
      const abort = new AbortController();
      const reason = new Error('the lease is lost');
      const harness = await httpHarness(() => abort.abort(reason), { signal: abort.signal });
      expect(await errorOf(harness, { method })).toBe(reason);
    },
  );

  test('ends a body that is still arriving', async () => {
    const abort = new AbortController();
    const reason = new Error('the lease is lost');
    const harness = await httpHarness(
      (response) => response.writeHead(200).write('half', () => abort.abort(reason)),
      { signal: abort.signal },
    );
    expect(await errorOf(harness)).toBe(reason);
  });

  test('prevents a request after the abort', async () => {
    const reason = new Error('the run is over');
    const harness = await httpHarness(statuses(200), { signal: AbortSignal.abort(reason) });
    expect([await errorOf(harness), harness.asked]).toEqual([reason, []]);
  });

  test('prevents a retry after the abort', async () => {
    const abort = new AbortController();
    const reason = new Error('the run is over');
    const harness = await httpHarness(statuses(503), { signal: abort.signal });
    const sleep = async (): Promise<void> => {
      abort.abort(reason);
      throw reason;
    };
    const http = harness.door({ clock: { ...harness.clock, sleep } });
    await expect(http.request({ url: harness.url })).rejects.toBe(reason);
    expect(harness.asked).toHaveLength(1);
  });
});

describe('a secret', () => {
  const secrets = ['hush-hush/1 2', 'hush'];
  const everywhere: Serve = (response, { headers }) => {
    response.statusMessage = 'No hush-hush today';
    response
      .writeHead(400, { 'x-echo': 'hush' })
      .end(JSON.stringify({ you: headers['authorization'], said: 'hush-hush/1 2' }));
  };

  test('is in no message, wherever the vendor repeats it', async () => {
    const harness = await httpHarness(everywhere, { secrets: secretsOf(secrets) });
    const error = await errorOf(harness, {
      url: `${harness.url}/bot${encodeURIComponent(secrets[0]!)}/x?q=hush`,
      headers: { Authorization: secrets[0]! },
    });
    expect(error.message).toContain('400 No ***-*** today: {"you":"***","said":"***"}');
    expect(error.message).not.toContain('hush');
  });

  test.each<[string, Serve]>([
    ['a status', statuses(403)],
    ['a transient status', statuses(503)],
    ['a closed connection', (response) => response.destroy()],
    ['a body that is too large', (response) => response.end('x'.repeat(200))],
  ])('is nowhere in the error of %s, nor in its causes', async (_, serve) => {
    const harness = await httpHarness(serve, { secrets: secretsOf(secrets), maxBodyBytes: 100 });
    const error = await errorOf(harness, {
      method: 'POST',
      url: `${harness.url}/?key=hush`,
      headers: { Authorization: 'Bearer hush' },
      body: 'hush',
    });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('hush');
  });

  test('with a line break in it adds no header', async () => {
    const harness = await httpHarness(statuses(200));
    const error = await errorOf(harness, { headers: { Authorization: 'Bearer hush\r\nX-Other: b' } });
    expect(error).toBeInstanceOf(ContractError);
    expect([error.message.includes('hush'), harness.asked]).toEqual([false, []]);
  });
});

test('an error quotes at most 200 characters of the answer, on one line', async () => {
  const harness = await httpHarness((response) =>
    response.writeHead(400).end(`first\n\tsecond ${'z'.repeat(5_000)}`),
  );
  expect((await errorOf(harness)).message).toContain(`: first second ${'z'.repeat(187)}. The request`);
});

describe('an answer that the caller reports as refused credentials', () => {
  const refuses: HttpRequest['refuses'] = (response) =>
    response.status === 429 ? undefined : 'invalid_client';

  test.each([200, 400, 401])('is a SettingError: %d', async (status) => {
    const error = await errorOf(await httpHarness(statuses(status)), { refuses });
    expect(error).toMatchObject({ name: 'SettingError', status });
    expect(error.message).toMatch(/invalid_client\. Check ACME_\w+/);
  });

  test('is not a SettingError where the vendor reports a rate limit, or where the caller cannot parse it', async () => {
    const often = await errorOf(await httpHarness(statuses(429)), { refuses, repeatable: false });
    expect(often.name).toBe('UnavailableError');
    const unread = await errorOf(await httpHarness(statuses(400)), {
      refuses() {
        throw new Error('this is no JSON');
      },
    });
    expect(unread.name).toBe('ContractError');
  });
});

test.each([401, 403])('an error about a refused setting contains the status: %d', async (status) => {
  const harness = await httpHarness(statuses(status));
  const error = await errorOf(harness);
  expect((error as Error & { status?: number }).status).toBe(status);
});
