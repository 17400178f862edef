import type { RestSpec, UnsignedRequest } from '../../shared/contract/rest';
import { rest } from '../../shared/kit/rest';
import { lastPosition, pullContext, readAll, scriptedHttp } from '../fakes/scripted-http';

const origin = 'https://vendor.test';
const plain: RestSpec = {
  base: 'url',
  path: '/logs',
  records: '$.items[*]',
  next: { kind: 'cursor', from: '$.next', send: { in: 'query', name: 'page' } },
  stop: { on: 'no-next' },
  resume: 'time',
  since: { in: 'query', name: 'since' },
  time: 'at',
};
const empty = { body: { items: [] } };

async function firstRequest(spec: RestSpec, settings: Readonly<Record<string, string>> = { url: origin }) {
  const http = scriptedHttp(origin, [empty]);
  await readAll(rest(spec), pullContext(http, { settings }));
  return http.asked[0];
}

describe('a path with places for settings', () => {
  const spec = { ...plain, path: '/orgs/{organization}/sites/{site}/log' };

  test('has their values, each as one segment', async () => {
    const settings = { url: origin, organization: 'a/b ü?', site: 'x' };
    const request = await firstRequest(spec, settings);
    expect(request?.url).toBe('https://vendor.test/orgs/a%2Fb%20%C3%BC%3F/sites/x/log');
  });

  test('needs every one of them', async () => {
    const settings = { url: origin, organization: 'a' };
    await expect(firstRequest(spec, settings)).rejects.toThrow('path names the setting site');
  });
});

describe('the time from which a read goes', () => {
  test.each([
    ['iso', undefined, '2026-11-01T00:00:00.000Z'],
    ['iso-s', undefined, '2026-11-01T00:00:00Z'],
    ['epoch-s', undefined, 1_793_491_200],
    ['epoch-ms', undefined, 1_793_491_200_000],
    ['iso-s', 'created:>={time} is:open', 'created:>=2026-11-01T00:00:00Z is:open'],
    ['epoch-s', 'since={time}', 'since=1793491200'],
  ] as const)('is written as %s in %p', async (format, template, text) => {
    const since = {
      in: 'query',
      name: 'q',
      format,
      ...(template === undefined ? {} : { template }),
    } as const;
    expect((await firstRequest({ ...plain, since }))?.query).toEqual({ q: text });
  });

  test('is cut to what the format holds, so that the read shows more and never less', async () => {
    const http = scriptedHttp(origin, [empty, empty]);
    const window = {
      lane: 'live',
      from: '2026-11-01T10:00:00.1239999Z',
      to: '2026-11-02T00:00:00.000Z',
    } as const;
    for (const format of ['epoch-s', 'epoch-ms'] as const) {
      const spec = { ...plain, since: { in: 'query', name: 'since', format } } as const;
      await readAll(rest(spec), pullContext(http, { window }));
    }
    expect(http.asked.map(({ query }) => query?.['since'])).toEqual([1_793_527_200, 1_793_527_200_123]);
  });
});

describe('a cursor of several values', () => {
  const next = { kind: 'cursor', from: '$.next[*]', join: ',', send: { in: 'query', name: 'page' } } as const;

  test.each([
    [[1_793_491_200_000, 'a-b'], '1793491200000,a-b'],
    [['only'], 'only'],
    ['no list', 'no list'],
  ])('%p is sent as %p', async (value, text) => {
    const http = scriptedHttp(origin, [{ body: { items: [1], next: value } }, empty]);
    const pages = await readAll(rest({ ...plain, next }), pullContext(http));
    expect(http.asked[1]?.query).toEqual({ since: '2026-11-01T00:00:00.000Z', page: text });
    expect(pages[0]?.checkpoint).toMatchObject({ cursor: text });
  });

  test.each([[null], [[]], [undefined]])('is none where there is %p', async (value) => {
    const body = value === undefined ? { items: [1] } : { items: [1], next: value };
    const pages = await readAll(rest({ ...plain, next }), pullContext(scriptedHttp(origin, [{ body }])));
    expect(lastPosition(pages)).toEqual({});
  });

  test('is refused with a value that is no text', async () => {
    const http = scriptedHttp(origin, [{ body: { items: [1], next: ['a', { b: 1 }] } }]);
    await expect(readAll(rest({ ...plain, next }), pullContext(http))).rejects.toThrow('neither text nor');
  });
});

describe('a signature', () => {
  const signed: UnsignedRequest[] = [];
  const auth = {
    kind: 'signature',
    settings: ['key'],
    sign: (request: UnsignedRequest, settings: Readonly<Record<string, string>>) => {
      signed.push(request);
      return { 'X-Signature': `${settings['key'] ?? ''} ${signed.length}` };
    },
  } as const;
  beforeEach(() => signed.splice(0));

  test('is made of the request as it is sent, anew for each page, with the time it is then', async () => {
    const http = scriptedHttp(origin, [{ body: { items: [1], next: 'ü,1' } }, empty]);
    const times = ['2026-11-02T00:00:00Z', '2026-11-02T00:07:00Z'].map((time) => new Date(time));
    const settings = { url: `${origin}/gate/`, key: 'k' };
    const now = (): Date => times[signed.length] ?? new Date(0);
    await readAll(rest({ ...plain, auth }), pullContext(http, { settings, now }));
    const since = ['since', '2026-11-01T00:00:00.000Z'];
    const common = { method: 'GET', host: 'vendor.test', path: '/gate/logs', body: '' };
    expect(signed).toEqual([
      { ...common, query: [since], at: times[0] },
      { ...common, query: [since, ['page', 'ü,1']], at: times[1] },
    ]);
    expect(http.asked.map(({ headers }) => headers?.['x-signature'])).toEqual(['k 1', 'k 2']);
  });

  test('covers the query of a next link and the body of a POST', async () => {
    const link = { link: '</logs?after=1&a=b%20c>; rel="next"' };
    const http = scriptedHttp(origin, [{ ...empty, headers: link }, empty]);
    const spec = { ...plain, auth, method: 'POST', body: { size: 2 }, next: { kind: 'link' } } as const;
    await readAll(rest(spec), pullContext(http, { settings: { url: origin, key: 'k' } }));
    expect(signed[1]).toMatchObject({ method: 'POST', body: '{"size":2}' });
    expect(signed[1]?.query).toEqual([
      ['after', '1'],
      ['a', 'b c'],
    ]);
  });

  test('sees the settings that it names, and no other', async () => {
    const settings = { url: origin };
    await expect(firstRequest({ ...plain, auth }, settings)).rejects.toThrow(
      'auth.settings names the setting key',
    );
  });
});

test('a path with a place for the partition has the one of the window', async () => {
  const http = scriptedHttp(origin, [empty]);
  const bounds = { from: '2026-11-01T00:00:00.000Z', to: '2026-11-02T00:00:00.000Z' };
  const window = { lane: 'live', partition: 'a/b', ...bounds } as const;
  await readAll(rest({ ...plain, path: '/sites/{partition}/log' }), pullContext(http, { window }));
  expect(http.asked[0]?.url).toBe(`${origin}/sites/a%2Fb/log`);
});
