import type { UnsignedRequest } from '../../../shared/contract/auth';
import type { RestSpec } from '../../../shared/contract/rest';
import { rest } from '../../../shared/kit/rest/rest';
import { lastPosition, pullContext, readAll, scriptedHttp } from '../../fakes/scripted-http';

const origin = 'https://vendor.test';
const plain: RestSpec = {
  base: 'url',
  path: '/logs',
  records: '$.items[*]',
  next: { kind: 'cursor', from: '$.next', send: { in: 'query', name: 'page' } },
  stop: { on: 'no-next' },
  resume: 'time',
  since: { in: 'query', name: 'since' },
};
const empty = { body: { items: [] } };

async function firstRequest(spec: RestSpec, settings: Readonly<Record<string, string>> = { url: origin }) {
  const http = scriptedHttp(origin, [empty]);
  await readAll(rest(spec), pullContext(http, { settings }));
  return http.asked[0];
}

describe('a path with placeholders for settings', () => {
  const spec = { ...plain, path: '/orgs/{organization}/sites/{site}/log' };

  test('has their values, each as one segment', async () => {
    const settings = { url: origin, organization: 'a/b ü?', site: 'x' };
    const request = await firstRequest(spec, settings);
    expect(request?.url).toBe('https://vendor.test/orgs/a%2Fb%20%C3%BC%3F/sites/x/log');
  });

  test('requires every one of them', async () => {
    const settings = { url: origin, organization: 'a' };
    await expect(firstRequest(spec, settings)).rejects.toThrow('path names the setting site');
  });
});

describe('the time from which a read starts', () => {
  test.each([
    ['iso', '{since}', '2026-11-01T00:00:00.000Z'],
    ['iso-s', '{since}', '2026-11-01T00:00:00Z'],
    ['epoch-s', '{since}', 1_793_491_200],
    ['epoch-ms', '{since}', 1_793_491_200_000],
    ['iso-s', 'created:>={since} is:open', 'created:>=2026-11-01T00:00:00Z is:open'],
    ['epoch-s', 'since={since}', 'since=1793491200'],
  ] as const)('is written as %s in %p', async (format, q, text) => {
    const spec = { ...plain, since: { format }, query: { q } };
    expect((await firstRequest(spec, { url: origin }))?.query).toEqual({ q: text });
  });

  test('is the whole parameter where only a name is declared', async () => {
    const spec = { ...plain, since: { in: 'query', name: 'q', format: 'epoch-s' } } as const;
    expect((await firstRequest(spec, { url: origin }))?.query).toEqual({ q: 1_793_491_200 });
  });

  test('is cut to the precision of the format, so that the read returns more and never less', async () => {
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

  test.each([[null], [[]], [undefined]])('is absent where there is %p', async (value) => {
    const body = value === undefined ? { items: [1] } : { items: [1], next: value };
    const pages = await readAll(rest({ ...plain, next }), pullContext(scriptedHttp(origin, [{ body }])));
    expect(lastPosition(pages)).toEqual({});
  });

  test('is refused with a value that is not text', async () => {
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

  test('does not replace a declared header either', async () => {
    const declared = { ...plain, auth, headers: { 'x-signature': 'x' } };
    await expect(firstRequest(declared, { url: origin, key: 'k' })).rejects.toThrow(
      'auth sets the header x-signature, and headers declares it too',
    );
  });

  test('is made of the request as it is sent, anew for each page, with its current time', async () => {
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

  test('gets only the settings that it names', async () => {
    const settings = { url: origin };
    await expect(firstRequest({ ...plain, auth }, settings)).rejects.toThrow(
      'auth.settings names the setting key',
    );
  });
});

test('a path with {partition} has the partition of the window', async () => {
  const http = scriptedHttp(origin, [empty]);
  const bounds = { from: '2026-11-01T00:00:00.000Z', to: '2026-11-02T00:00:00.000Z' };
  const window = { lane: 'live', partition: 'a/b', ...bounds } as const;
  await readAll(rest({ ...plain, path: '/sites/{partition}/log' }), pullContext(http, { window }));
  expect(http.asked[0]?.url).toBe(`${origin}/sites/a%2Fb/log`);
});

describe('placeholders', () => {
  const at = '2026-11-01T00:00:00.000Z';
  const until = '2026-11-02T00:00:00.000Z';
  const window = { lane: 'live', partition: 'a/b', from: at, to: until } as const;
  const settings = { url: origin, site: 'x', region: '' };
  const cursor = { kind: 'cursor', from: '$.next' } as const;
  const spec: RestSpec = { ...plain, next: cursor, since: {}, until: { format: 'epoch-s' } };
  const more = { body: { items: [1], next: 'c&"1' } };

  /** The requests of a read of two pages. */
  async function requests(declared: RestSpec, answers = [more, empty], parts: object = { window }) {
    const http = scriptedHttp(origin, answers);
    const pages = await readAll(rest(declared), pullContext(http, { settings, ...parts }));
    return Object.assign([...http.asked], { pages });
  }

  test('are filled in the query, two in one parameter too; parameters without a value are left out', async () => {
    const query = {
      q: '{since}..{until}',
      after: '{cursor}',
      site: 'at-{site}',
      of: '{partition}',
      region: '{region}',
      n: 5,
    };
    const first = { q: `${at}..1793577600`, site: 'at-x', of: 'a/b', n: 5 };
    const asked = await requests({ ...spec, query });
    expect(asked.map((request) => request.query)).toEqual([first, { ...first, after: 'c&"1' }]);
  });

  test('are filled in members of the body at any depth; a number stays a number, and text is valid JSON', async () => {
    const body = {
      query: '{ logs(first: 100) { id, at { iso } } }',
      variables: {
        after: '{cursor}',
        where: [{ from: '{since}', to: '{until}' }, 'site:{site}'],
        to: 'T{until}',
      },
      page: { cursor: '{cursor}' },
      regions: ['{region}'],
      none: [],
    };
    const asked = await requests({ ...spec, method: 'POST', body });
    const where = [{ from: at, to: 1_793_577_600 }, 'site:x'];
    const variables = { where, to: 'T1793577600' };
    expect(asked.map((request) => JSON.parse(String(request.body)) as unknown)).toEqual([
      { query: body.query, variables, none: [] },
      { query: body.query, variables: { after: 'c&"1', ...variables }, page: { cursor: 'c&"1' }, none: [] },
    ]);
  });

  test('are filled in headers, and in the path, where each is part of one segment', async () => {
    const headers = { 'X-Range': '{since}/{until}', 'X-Cursor': '{cursor}' };
    const path = '/sites/{partition}/{since}-{until}/{region}/{cursor}/log';
    const asked = await requests({ ...spec, path, headers, query: { limit: 1 } });
    const start = `${origin}/sites/a%2Fb/2026-11-01T00%3A00%3A00.000Z-1793577600`;
    expect(asked.map(({ url }) => url)).toEqual([`${start}/log`, `${start}/c%26%221/log`]);
    expect(asked.map((request) => request.headers?.['x-range'])).toEqual(Array(2).fill(`${at}/1793577600`));
    expect(asked.map((request) => request.headers?.['x-cursor'])).toEqual([undefined, 'c&"1']);
  });

  test('in the path cannot lead to another address', async () => {
    const declared = { ...spec, path: '/orgs/{site}/log', query: { q: '{since}{until}', c: '{cursor}' } };
    for (const site of ['.', '..'])
      await expect(requests(declared, [empty], { window, settings: { ...settings, site } })).rejects.toThrow(
        'which leads to another address',
      );
    const dots = await requests(declared, [empty], { window, settings: { ...settings, site: '...' } });
    expect(dots[0]?.url).toBe(`${origin}/orgs/.../log`);
  });

  test('of an end are left out where a read has none', async () => {
    const declared: RestSpec = {
      ...spec,
      resume: 'cursor',
      window: { lag: { minMs: 1, maxMs: 1 } },
      method: 'POST',
      body: { from: '{since}', range: { to: '{until}' }, after: '{cursor}' },
    };
    const live = await requests(declared, [empty], {});
    expect(live[0]?.body).toBe(`{"from":"${at}"}`);
    const past = await requests(declared, [empty]);
    expect(past[0]?.body).toBe(`{"from":"${at}","range":{"to":1793577600}}`);
  });

  test('of a cursor sent alone keep only the members that contain it', async () => {
    const declared: RestSpec = {
      ...spec,
      next: { ...cursor, alone: true },
      method: 'POST',
      headers: { 'X-From': '{since}' },
      query: { tenant: '{site}' },
      body: { filter: { from: '{since}', to: '{until}' }, page: { size: 10, after: '{cursor}' } },
    };
    const asked = await requests(declared);
    expect(asked[1]).toMatchObject({ body: '{"page":{"size":10,"after":"c&\\"1"}}', url: `${origin}/logs` });
    expect(asked[1]?.query).toBeUndefined();
    // A later request sends `since` in a header, so the next run must, too.
    expect(asked[1]?.headers?.['x-from']).toBe(at);
    expect(asked.pages[0]?.checkpoint).toEqual({ cursor: 'c&"1', since: at, until });
  });

  test('a nested parameter of the body is named with dots', async () => {
    const declared: RestSpec = {
      ...plain,
      method: 'POST',
      since: { in: 'body', name: 'filter.from' },
      next: { ...cursor, send: { in: 'body', name: 'variables.after' } },
      body: { variables: { first: 100 }, filter: { kind: 'login' } },
    };
    const asked = await requests(declared);
    expect(JSON.parse(String(asked[1]?.body))).toEqual({
      variables: { first: 100, after: 'c&"1' },
      filter: { kind: 'login', from: at },
    });
  });

  test.each([
    ['application/vnd.api+json', '{"from":"2026-11-01T00:00:00.000Z","n":1}'],
    ['application/x-www-form-urlencoded', 'from=2026-11-01T00%3A00%3A00.000Z&n=1'],
  ])('a body is sent as the declared %s', async (type, text) => {
    const declared = { ...plain, method: 'POST', since: {}, body: { from: '{since}', n: 1 } } as const;
    const asked = await requests({ ...declared, headers: { 'Content-Type': type } }, [empty]);
    expect(asked[0]).toMatchObject({ headers: { 'content-type': type }, body: text });
    const plainly = await requests(declared, [empty]);
    expect(plainly[0]?.headers?.['content-type']).toBe('application/json');
  });

  test('of a link are sent again where it does not replace them: headers and body', async () => {
    const declared: RestSpec = {
      ...spec,
      method: 'POST',
      next: { kind: 'link' },
      query: { q: '{since}..{until}' },
      body: { to: '{until}' },
    };
    const link = { link: '</logs?after=2>; rel="next"' };
    const asked = await requests(declared, [{ ...empty, headers: link } as typeof empty, empty]);
    expect(asked.map(({ url, query, body }) => [url, query, body])).toEqual([
      [`${origin}/logs`, { q: `${at}..1793577600` }, '{"to":1793577600}'],
      [`${origin}/logs?after=2`, undefined, '{"to":1793577600}'],
    ]);
  });
});

test('a blank that an unset setting leaves at the end of a header is not sent', async () => {
  const spec = { ...plain, headers: { 'X-Site': 'site {region}', 'X-Both': '{region} {site} {region}' } };
  const request = await firstRequest(spec, { url: origin, region: '', site: 'a b' });
  expect(request?.headers).toMatchObject({ 'x-site': 'site', 'x-both': 'a b' });
});
