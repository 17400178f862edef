import { ContractError } from '../../../shared/contract/errors';
import type { RestSpec } from '../../../shared/contract/rest';
import { rest } from '../../../shared/kit/rest/rest';
import {
  lastPosition,
  pullContext,
  readAll,
  readUntilError,
  scriptedHttp,
  type ScriptedAnswer,
} from '../../fakes/scripted-http';

const tail: RestSpec = {
  base: 'url',
  path: '/logs',
  query: { limit: 2 },
  auth: { kind: 'header', header: 'Authorization', prefix: 'Token ', setting: 'token' },
  records: '$[*]',
  next: { kind: 'link' },
  stop: { on: 'empty-page' },
  resume: 'cursor',
  since: { in: 'query', name: 'since' },
};
const feed: RestSpec = {
  base: 'url',
  path: '/events',
  method: 'POST',
  body: { limit: 2 },
  auth: { kind: 'bearer', setting: 'token' },
  records: '$.items[*]',
  next: { kind: 'cursor', from: '$.cursor', send: { in: 'body', name: 'cursor' }, alone: true },
  stop: { on: 'unless', path: '$.has_more' },
  resume: 'cursor',
  since: { in: 'body', name: 'start_time' },
};
const search: RestSpec = {
  base: 'url',
  path: '/search',
  query: { limit: 2 },
  records: '$.data.list[*]',
  next: { kind: 'cursor', from: '$.data.next', send: { in: 'query', name: 'page' } },
  stop: { on: 'no-next' },
  resume: 'time',
  since: { in: 'query', name: 'from' },
};
const origin = 'https://vendor.test';
const linkTo = (target: string) => ({ link: `<${target}>; rel="next"` });

test('a pull that is called without a time says so before any request', () => {
  const http = scriptedHttp(origin, []);
  const { time: _, ...context } = pullContext(http);
  expect(() => rest(search)(context as ReturnType<typeof pullContext>)).toThrow(ContractError);
  expect(() => rest(search)(context as ReturnType<typeof pullContext>)).toThrow(
    'the context of the pull has no time',
  );
  expect(http.asked).toEqual([]);
});

describe('rest() with a tail link', () => {
  test('has its declaration as a property', () => {
    expect(rest(tail).rest).toBe(tail);
  });

  test('requests the base address and path, with query, since and authorization', async () => {
    const http = scriptedHttp(origin, [{ body: [], headers: linkTo('/logs?after=1') }]);
    await readAll(rest(tail), pullContext(http));
    expect(http.asked).toEqual([
      {
        method: 'GET',
        url: 'https://vendor.test/logs',
        query: { limit: 2, since: '2026-11-01T00:00:00.000Z' },
        headers: { accept: 'application/json', authorization: 'Token local-token' },
        repeatable: true,
        holds: expect.any(Function),
      },
    ]);
  });

  test('follows the links until a page is empty, and stores the last one', async () => {
    const http = scriptedHttp(origin, [
      {
        body: [1, 2],
        headers: { link: '</logs>; rel="self", <https://vendor.test/logs?after=1>; rel="next"' },
      },
      { body: [3], headers: linkTo('https://vendor.test/logs?after=2&limit=2') },
      { body: [], headers: linkTo('https://vendor.test/logs?after=2&limit=2') },
    ]);
    const pages = await readAll(rest(tail), pullContext(http));
    expect(pages).toEqual([
      { records: [1, 2], checkpoint: { next: '/logs?after=1' } },
      { records: [3], checkpoint: { next: '/logs?after=2&limit=2' } },
    ]);
    expect(http.asked.map(({ url }) => url).slice(1)).toEqual([
      'https://vendor.test/logs?after=1',
      'https://vendor.test/logs?after=2&limit=2',
    ]);
  });

  test('yields an empty page that moves the position', async () => {
    const http = scriptedHttp(origin, [{ body: [], headers: linkTo('/logs?after=9') }]);
    const pages = await readAll(rest(tail), pullContext(http, { checkpoint: { next: '/logs?after=8' } }));
    expect(pages).toEqual([{ records: [], checkpoint: { next: '/logs?after=9' } }]);
  });

  test('keeps its position when the base address with a path changes', async () => {
    const http = scriptedHttp('https://gateway.test', [
      { body: [1], headers: linkTo('https://gateway.test/acme/logs?after=2') },
      { body: [], headers: linkTo('/elsewhere/logs?after=3') },
    ]);
    const settings = { url: 'https://gateway.test/acme/', token: 't' };
    const context = pullContext(http, { settings, checkpoint: { next: '/logs?after=1' } });
    const pages = await readAll(rest(tail), context);
    expect(http.asked[0]?.url).toBe('https://gateway.test/acme/logs?after=1');
    expect(pages.map(({ checkpoint }) => checkpoint['next'])).toEqual([
      '/logs?after=2',
      '/../elsewhere/logs?after=3',
    ]);
  });

  test('delivers the page of a next link to another origin, which the door then refuses', async () => {
    const http = scriptedHttp(origin, [{ body: [1], headers: linkTo('https://evil.test/logs?after=1') }]);
    expect(await readUntilError(rest(tail), pullContext(http))).toEqual({
      pages: [{ records: [1], checkpoint: {}, stays: true }],
      error: expect.stringContaining('asking https://evil.test: it is not declared.'),
    });
    expect(http.asked).toHaveLength(1);
  });

  test.each([
    ['names no next one', {}, 'names no next page'],
    ['has an invalid next link', linkTo('http://['), 'its next link is not a valid address'],
  ])('delivers a page with records that %s, fails and stays at its position', async (_, headers, because) => {
    const http = scriptedHttp(origin, [{ body: [1], headers }]);
    expect(
      await readUntilError(rest(tail), pullContext(http, { checkpoint: { next: '/logs?after=8' } })),
    ).toEqual({
      pages: [{ records: [1], checkpoint: {}, stays: true }],
      error: expect.stringContaining(because),
    });
  });

  test('keeps the position when an empty page names no next one', async () => {
    const http = scriptedHttp(origin, [{ body: [] }]);
    const pages = await readAll(rest(tail), pullContext(http, { checkpoint: { next: '/logs?after=8' } }));
    expect(pages).toEqual([]);
  });

  test('delivers a page whose next page was requested already, and fails', async () => {
    const http = scriptedHttp(origin, [
      { body: [1], headers: linkTo('/logs?after=1') },
      { body: [2], headers: linkTo('/logs?after=1') },
    ]);
    expect(await readUntilError(rest(tail), pullContext(http))).toEqual({
      pages: [
        { records: [1], checkpoint: { next: '/logs?after=1' } },
        { records: [2], checkpoint: {}, stays: true },
      ],
      error: expect.stringContaining('gave the same next page twice'),
    });
  });
});

describe('an answer that does not say how to continue has its records delivered', () => {
  test.each<readonly [string, RestSpec, ScriptedAnswer['body'], string]>([
    [
      'a cursor that is not text',
      feed,
      { items: [1], cursor: {}, has_more: true },
      'neither text nor a number',
    ],
    [
      'a flag that is not a boolean',
      feed,
      { items: [1], cursor: 'a', has_more: 'yes' },
      'neither true nor false',
    ],
    ['more pages, but no cursor', feed, { items: [1], has_more: true }, 'names no next page'],
    ['the last page without a cursor', feed, { items: [1], has_more: false }, 'would be read again'],
    [
      'in a window, a cursor that is not text',
      { ...search, window: { lag: { minMs: 0, maxMs: 0 } } },
      { data: { list: [1], next: true } },
      'neither text nor a number',
    ],
  ])('%s', async (_, spec, body, because) => {
    const window = spec.window && {
      lane: 'live' as const,
      from: '2026-11-01T00:00:00.000Z',
      to: '2026-11-02T00:00:00.000Z',
    };
    const context = pullContext(scriptedHttp(origin, [{ body }]), window === undefined ? {} : { window });
    const { error, pages } = await readUntilError(rest(spec), context);
    expect(error).toContain(because);
    expect(pages).toMatchObject([{ records: [1], checkpoint: {}, stays: true }]);
  });

  test('a last page with the cursor that was just sent keeps the position without an error', async () => {
    const http = scriptedHttp(origin, [{ body: { items: [1], cursor: 'a', has_more: false } }]);
    expect(await readAll(rest(feed), pullContext(http, { checkpoint: { cursor: 'a' } }))).toEqual([
      { records: [1], checkpoint: {}, stays: true },
    ]);
  });
});

describe('rest() with a cursor sent alone', () => {
  test('begins with the body and since, continues with only the cursor, and stores the last one', async () => {
    const http = scriptedHttp(origin, [
      { body: { items: [1, 2], cursor: 'a', has_more: true } },
      { body: { items: [], cursor: 'b', has_more: true } },
      { body: { items: [3], cursor: 'c', has_more: false } },
    ]);
    const pages = await readAll(rest(feed), pullContext(http));
    expect(http.asked.map(({ body }) => body)).toEqual([
      '{"limit":2,"start_time":"2026-11-01T00:00:00.000Z"}',
      '{"cursor":"a"}',
      '{"cursor":"b"}',
    ]);
    expect(http.asked[1]).toMatchObject({
      method: 'POST',
      url: 'https://vendor.test/events',
      repeatable: true,
      headers: { 'content-type': 'application/json', authorization: 'Bearer local-token' },
    });
    expect(pages.map(({ checkpoint }) => checkpoint)).toEqual([
      { cursor: 'a' },
      { cursor: 'b' },
      { cursor: 'c' },
    ]);
  });

  test('continues from its checkpoint in the next run', async () => {
    const http = scriptedHttp(origin, [{ body: { items: [], cursor: 'c', has_more: false } }]);
    const pages = await readAll(rest(feed), pullContext(http, { checkpoint: { cursor: 'c' } }));
    expect(http.asked[0]?.body).toBe('{"cursor":"c"}');
    expect(pages).toEqual([]);
  });

  test.each([
    [12345678901234567890n, '12345678901234567890'],
    [7, '7'],
  ])('keeps the cursor %p as text', async (cursor, text) => {
    const http = scriptedHttp(origin, [{ body: { items: [1], cursor, has_more: false } }]);
    expect(lastPosition(await readAll(rest(feed), pullContext(http)))).toEqual({ cursor: text });
  });

  test.each([
    ['no array', { cursor: 'a', has_more: false }, 'no array at $.items'],
    ['an object for the array', { items: { a: 1 }, cursor: 'a', has_more: false }, 'no array at $.items'],
    [
      'a cursor that is an object',
      { items: [], cursor: { a: 1 }, has_more: false },
      'the cursor at $.cursor',
    ],
    ['a flag that is text', { items: [], cursor: 'a', has_more: 'false' }, 'the value at $.has_more'],
    ['more pages, but no cursor', { items: [1], cursor: null, has_more: true }, 'names no next page'],
    ['records, and no cursor', { items: [1], cursor: '', has_more: false }, 'they would be read again'],
    ['a body that is not an object', 'maintenance', 'no array at $.items'],
  ])('refuses an answer with %s', async (_, body, message) => {
    const run = readAll(rest(feed), pullContext(scriptedHttp(origin, [{ body }])));
    await expect(run).rejects.toThrow(ContractError);
    await expect(run).rejects.toThrow(message);
  });

  test('accepts null instead of the array for a page without records', async () => {
    const http = scriptedHttp(origin, [{ body: { items: null, cursor: 'a', has_more: false } }]);
    expect(await readAll(rest(feed), pullContext(http))).toEqual([
      { records: [], checkpoint: { cursor: 'a' } },
    ]);
  });
});

describe('rest() that resumes by time', () => {
  test('sends query, since and cursor together, and stores since only between two pages', async () => {
    const http = scriptedHttp(origin, [
      { body: { data: { list: [1, 2], next: 5 } } },
      { body: { data: { list: [3], next: null } } },
    ]);
    const pages = await readAll(rest(search), pullContext(http));
    expect(http.asked[1]?.query).toEqual({ limit: 2, from: '2026-11-01T00:00:00.000Z', page: '5' });
    expect(pages).toEqual([
      { records: [1, 2], checkpoint: { cursor: '5', since: '2026-11-01T00:00:00.000Z' } },
      { records: [3], checkpoint: {} },
    ]);
  });

  test('begins at the start of its window, and marks its first page as a re-read', async () => {
    const from = '2026-11-01T10:00:00.000Z';
    const window = { lane: 'live', from, to: '2026-11-02T00:00:00.000Z' } as const;
    const http = scriptedHttp(origin, [
      { body: { data: { list: [1], next: 'b' } } },
      { body: { data: { list: [2] } } },
    ]);
    const pages = await readAll(rest(search), pullContext(http, { window }));
    expect(http.asked[0]?.query).toEqual({ limit: 2, from });
    expect(pages.map(({ rereads }) => rereads)).toEqual([true, undefined]);
  });

  test('continues in the middle of a read with the since of that read', async () => {
    const http = scriptedHttp(origin, [{ body: { data: { list: [3] } } }]);
    const checkpoint = { cursor: 'b', since: '2026-11-01T09:00:00.000Z' };
    const pages = await readAll(rest(search), pullContext(http, { checkpoint }));
    expect(http.asked[0]?.query).toEqual({ limit: 2, from: '2026-11-01T09:00:00.000Z', page: 'b' });
    expect(pages).toEqual([{ records: [3], checkpoint: {} }]);
  });
});

describe('rest() refuses', () => {
  test.each([
    ['path', { ...tail, path: 'logs' }],
    ['records', { ...tail, records: '$.items[' }],
    ['records', { ...tail, records: 'items[*]' }],
    ['next.from', { ...feed, next: { kind: 'cursor', from: '$[', send: { in: 'body', name: 'c' } } }],
    ['stop.path', { ...feed, stop: { on: 'unless', path: '$..[' } }],
    ['since', { ...tail, since: { in: 'body', name: 'since' } }],
    ['next.send', { ...search, next: { kind: 'cursor', from: '$.a', send: { in: 'body', name: 'c' } } }],
    ['body', { ...tail, body: {} }],
  ] as const)('a declaration with a wrong %s', (member, spec) => {
    expect(() => rest(spec as RestSpec)).toThrow(ContractError);
    expect(() => rest(spec as RestSpec)).toThrow(`declaration: ${member}: `);
  });

  test.each([
    ['no member', tail, {}],
    ['a number', tail, { next: 7 }],
    ['an absolute address', tail, { next: 'https://evil.test/' }],
    ['an address of another host', tail, { next: '//evil.test/' }],
    ['a since that is not a time', tail, { since: 42 }],
    ['another kind of paging', tail, { cursor: 'a' }],
    ['an empty cursor', feed, { cursor: '' }],
    ['a member it did not write', feed, { cursor: 'a', since: '2026-11-01T00:00:00.000Z' }],
    ['no since', search, { cursor: 'a' }],
  ])('a checkpoint with %s', async (_, spec, checkpoint) => {
    const run = readAll(rest(spec), pullContext(scriptedHttp(origin, []), { checkpoint }));
    await expect(run).rejects.toMatchObject({
      name: 'SettingError',
      isDamage: true,
      message: expect.stringContaining('its position was not written by reading') as string,
    });
  });

  test('a request with a setting that the connector does not have', async () => {
    const run = readAll(rest(tail), pullContext(scriptedHttp(origin, []), { settings: { url: origin } }));
    await expect(run).rejects.toThrow('auth.setting names the setting token');
  });
});
