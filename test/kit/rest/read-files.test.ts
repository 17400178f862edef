import type { Page, PullContext, PullSource } from '../../../shared/contract/connector';
import { ContractError, SettingError, UnavailableError } from '../../../shared/contract/errors';
import type { Http, HttpRequest } from '../../../shared/contract/http';
import type { Json } from '../../../shared/contract/json';
import type { RestSpec } from '../../../shared/contract/rest';
import type { RestExport, RestFiles } from '../../../shared/contract/rest-steps';
import { oneAnswer } from '../../../shared/kit/rest/paging/one-answer';
import { rest } from '../../../shared/kit/rest/rest';
import { cutEvery } from '../../fakes/chunks';
import { pullHarness } from '../../fakes/pull-harness';
import { pullContext } from '../../fakes/scripted-http';

const files: RestFiles = {
  id: 'id',
  time: 'made',
  path: '/files/{id}',
  query: { t: '{tenant}' },
  format: 'csv',
};
const spec: RestSpec = {
  base: 'url',
  path: '/files',
  query: { since: '{since}', until: '{until}' },
  headers: { 'x-tenant': '{tenant}' },
  auth: { kind: 'bearer', setting: 'token' },
  records: 'items',
  files,
  next: { kind: 'cursor', from: 'next', send: { in: 'query', name: 'cursor' } },
  stop: { on: 'no-next' },
  resume: 'time',
  since: {},
  until: {},
  window: { lag: { minMs: 60_000, maxMs: 60_000 } },
};
const WINDOW = { lane: 'live', from: '2026-11-01T00:00:00.000Z', to: '2026-11-01T12:00:00.000Z' } as const;
const settings = { url: 'https://vendor.test', tenant: 't-1', token: 'local-token' };

const made = (hour: string): string => `2026-11-01T${hour}:00.000Z`;
const item = (id: string, hour: string, more: object = {}): Json => ({ id, made: made(hour), ...more });
const table = (...rows: readonly (readonly [id: string, minute: string])[]): string =>
  ['at,id', ...rows.map(([id, minute]) => `2026-10-31T23:${minute}:00Z,${id}`)].join('\n') + '\n';

/** By path: a page of the list, the text of a file, or the status of a refusal. */
type Served = Readonly<Record<string, Json>>;

function vendorOf(served: Served): Http & { readonly asked: HttpRequest[] } {
  const asked: HttpRequest[] = [];
  return {
    asked,
    request(request) {
      asked.push(request);
      const { pathname } = new URL(request.url);
      const cursor = request.query?.['cursor'];
      const answer = served[cursor === undefined ? pathname : `${pathname}?${String(cursor)}`] ?? 404;
      const status = typeof answer === 'number' ? answer : 200;
      if (status !== 200 && request.accept?.includes(status) !== true)
        return Promise.reject(new ContractError(`it answers ${status}`));
      const body = Buffer.from(typeof answer === 'string' ? answer : '');
      const response = { status, headers: {}, body, json: () => answer };
      return Promise.resolve(
        request.streamed === true && status === 200
          ? { ...response, body: new Uint8Array(), chunks: cutEvery(body, 4_096) }
          : response,
      );
    },
  };
}

interface Read {
  readonly pages: readonly Page[];
  readonly ids: readonly unknown[];
  readonly error: unknown;
}

async function read(http: Http, declared: RestSpec, parts: Partial<PullContext> = {}): Promise<Read> {
  const pages: Page[] = [];
  let error: unknown;
  try {
    for await (const page of rest(declared)(pullContext(http, { window: WINDOW, settings, ...parts })))
      pages.push(page);
  } catch (thrown) {
    error = thrown;
  }
  const ids = pages.flatMap(({ records }) =>
    records.map((record) => (typeof record === 'string' ? record : (record as { id: string }).id)),
  );
  return { pages, ids, error };
}

test('the whole list is read, then each file, the oldest first; only the last file ends the range', async () => {
  const http = vendorOf({
    '/files': { items: [item('f-2', '03:00')], next: 'p-2' },
    '/files?p-2': { items: [item('f-3', '04:00'), item('f-1', '01:00')] },
    '/files/f-1': table(['a', '01'], ['b', '02']),
    '/files/f-2': table(),
    '/files/f-3': table(['c', '03']),
  });
  const { error, ids, pages } = await read(http, spec);
  expect(error).toBeUndefined();
  expect(ids).toEqual(['a', 'b', 'c']);
  expect(pages.map(({ last }) => last)).toEqual([undefined, undefined, true]);
  expect(pages.at(-1)?.checkpoint).toEqual({ since: WINDOW.to });
  expect(http.asked.map(({ url }) => new URL(url).pathname)).toEqual([
    ...['/files', '/files'],
    ...['/files/f-1', '/files/f-2', '/files/f-3'],
  ]);
  expect(http.asked[2]).toMatchObject({
    query: { t: 't-1' },
    headers: { authorization: 'Bearer local-token', 'x-tenant': 't-1' },
    streamed: true,
  });
});

test('a list without files ends the range', async () => {
  const { ids, pages } = await read(vendorOf({ '/files': { items: [] } }), spec);
  expect(ids).toEqual([]);
  expect(pages).toEqual([{ records: [], checkpoint: { since: WINDOW.to }, last: true }]);
});

const MANY = Array.from({ length: 4_500 }, (_, at) => [`r-${at}`, '05'] as const);
const long: Served = {
  '/files': { items: [item('f-1', '01:00'), item('f-2', '02:00'), item('f-3', '03:00')] },
  '/files/f-1': table(['a', '01']),
  '/files/f-2': table(...MANY),
  '/files/f-3': table(['z', '09']),
};

test('a run goes on within a file, wherever it ended', async () => {
  const { ids, pages } = await read(vendorOf(long), spec);
  expect(ids).toEqual(['a', ...MANY.map(([id]) => id), 'z']);
  expect(Math.max(...pages.map(({ records }) => records.length))).toBeLessThan(3_000);
  const rereads: (boolean | undefined)[] = [];
  for (const end of pages.keys()) {
    const before = pages.slice(0, end + 1).flatMap(({ records }) => records).length;
    if (pages[end]?.last === true) continue;
    const { ids: left, pages: more } = await read(vendorOf(long), spec, {
      checkpoint: pages[end]?.checkpoint ?? null,
    });
    expect(left).toEqual(ids.slice(before));
    rereads.push(more[0]?.rereads);
  }
  // Ordinals of equal rows begin again only at the beginning of a file: behind the first one, and behind the second.
  expect(rereads).toEqual([true, ...Array<undefined>(rereads.length - 2), true]);
  expect(rereads.length).toBeGreaterThan(2);
});

test('a backfill takes the rows of its range from later files too', async () => {
  const http = vendorOf({
    '/files': { items: [item('f-1', '01:00')] },
    '/files/f-1': table(['before', '01'], ['within', '05'], ['behind', '09']),
  });
  const window = {
    ...WINDOW,
    lane: 'backfill',
    from: '2026-10-31T23:04:00.000Z',
    to: '2026-10-31T23:06:00.000Z',
  } as const;
  const { ids, pages } = await read(http, spec, { window });
  expect(ids).toEqual(['within']);
  expect(pages.at(-1)).toMatchObject({ checkpoint: { since: window.to }, last: true });
  expect(http.asked[0]?.query).toMatchObject({ since: window.from, until: '2026-11-01T23:06:00.000Z' });
});

test('where an older file appears in the list, all are read again', async () => {
  const { pages } = await read(vendorOf(long), spec);
  const { ids, pages: again } = await read(
    vendorOf({
      ...long,
      '/files': { items: [item('f-0', '00:30'), ...(long['/files'] as { items: Json[] }).items] },
      '/files/f-0': table(['late', '00']),
    }),
    spec,
    { checkpoint: pages[2]?.checkpoint ?? null },
  );
  expect(ids.slice(0, 3)).toEqual(['late', 'a', 'r-0']);
  expect(again[0]?.rereads).toBe(true);
});

const signed: RestSpec = { ...spec, files: { id: 'id', time: 'made', address: 'url', records: 'rows' } };
const rows = (...ids: readonly string[]): Json => ({ rows: ids.map((id) => ({ id, at: made('00:10') })) });

test('an address of another host gets nothing of ours; one of the vendor is requested as the list is', async () => {
  const http = vendorOf({
    '/files': {
      items: [
        item('f-1', '01:00', { url: 'https://store.test/bucket/f-1?sig=s' }),
        item('f-2', '02:00', { url: '/content/f-2' }),
      ],
    },
    '/bucket/f-1': rows('a'),
    '/content/f-2': rows('b'),
  });
  const { error, ids } = await read(http, signed);
  expect([error, ids]).toEqual([undefined, ['a', 'b']]);
  const [, elsewhere, own] = http.asked;
  expect(elsewhere?.url).toBe('https://store.test/bucket/f-1?sig=s');
  expect(elsewhere?.headers).toEqual({ accept: '*/*' });
  expect(elsewhere?.query).toBeUndefined();
  expect(own?.url).toBe('https://vendor.test/content/f-2');
  expect(own?.headers).toMatchObject({ authorization: 'Bearer local-token', 'x-tenant': 't-1' });
});

test('an address that expired is looked up again by the next run', async () => {
  const items = [
    item('f-1', '01:00', { url: 'https://store.test/f-1?sig=old' }),
    item('f-2', '02:00', { url: 'https://store.test/f-2?sig=old' }),
  ];
  const { error, ids, pages } = await read(
    vendorOf({ '/files': { items }, '/f-1': rows('a'), '/f-2': 403 }),
    signed,
  );
  expect(ids).toEqual(['a']);
  expect(error).toBeInstanceOf(UnavailableError);
  const http = vendorOf({ '/files': { items }, '/f-2': rows('b') });
  const again = await read(http, signed, { checkpoint: pages.at(-1)?.checkpoint ?? null });
  expect(again.ids).toEqual(['b']);
  expect(http.asked).toHaveLength(2);
});

test('a file that is not there is asked for again for an hour; then it becomes a dead letter', async () => {
  const served: Served = {
    '/files': { items: [item('f-1', '11:30'), item('f-2', '11:40')] },
    '/files/f-2': table(['b', '02']),
  };
  const early = await read(vendorOf(served), spec, { now: () => new Date(made('12:00')) });
  expect(early.error).toBeInstanceOf(UnavailableError);
  expect(early.pages).toEqual([]);
  const late = await read(vendorOf(served), spec, { now: () => new Date(made('12:31')) });
  expect(late.error).toBeUndefined();
  expect(late.ids).toEqual([
    'The file f-1 was not read: the list names it, and the vendor answers 404.',
    'b',
  ]);
});

test('where the first three files of a run are gone, the declaration or a right is wrong: the range stays open', async () => {
  const items = [item('f-1', '01:00'), item('f-2', '02:00'), item('f-3', '03:00'), item('f-4', '04:00')];
  const none = await read(vendorOf({ '/files': { items } }), spec);
  expect(none.error).toBeInstanceOf(SettingError);
  expect(String(none.error)).toContain('the vendor has none of the first 3');
  expect(none.pages).toEqual([]);
  const one = await read(vendorOf({ '/files': { items }, '/files/f-1': table(['a', '01']) }), spec);
  expect([one.error, one.ids.length, one.pages.at(-1)?.last]).toEqual([undefined, 4, true]);
  const few = await read(vendorOf({ '/files': { items: items.slice(0, 2) } }), spec);
  expect([few.error, few.ids.length, few.pages.at(-1)?.last]).toEqual([undefined, 2, true]);
});

test.each([
  ['newer', 'since', made('02:00'), item('f-3', '03:00')],
  ['older', 'until', made('01:00'), item('f-0', '00:30')],
] as const)(
  'a list that names its next page elsewhere than declared fails the run; on it is a file that is %s',
  async (_, bound, asked, file) => {
    const served = vendorOf({
      '/files': { items: [item('f-1', '01:00'), item('f-2', '02:00')], more: 'p-2' },
      '/files?rest': { items: [file] },
    });
    // Behind or before the first page, the vendor shows what is on the second one.
    const http: Http = {
      request: (request) => {
        const { query = {} } = request;
        return served.request(query[bound] === asked ? { ...request, query: { cursor: 'rest' } } : request);
      },
    };
    const { error, pages } = await read(http, spec, { isNextKnown: () => true });
    expect(error).toBeInstanceOf(ContractError);
    expect(String(error)).toMatch(/has more .* and names no next page/);
    expect(pages).toEqual([]);
  },
);

test('a backfill asks for no longer range than the vendor takes', async () => {
  const http = vendorOf({ '/files': { items: [item('f-1', '01:00')] }, '/files/f-1': table(['a', '05']) });
  const window = { ...WINDOW, lane: 'backfill', to: '2026-11-01T01:00:00.000Z' } as const;
  const short = { lag: { minMs: 60_000, maxMs: 60_000 }, maxMs: 3_600_000, olderMs: 5_400_000 };
  const { error } = await read(http, { ...spec, window: short }, { window });
  expect(error).toBeUndefined();
  const ranges = http.asked.map(({ query }) => [query?.['since'], query?.['until']]).slice(0, -1);
  expect(ranges).toEqual([
    [made('00:00'), made('01:00')],
    [made('01:00'), made('02:00')],
    [made('02:00'), made('02:30')],
  ]);
});

test.each<[string, Served]>([
  ['a record has no time at made', { '/files': { items: [{ id: 'f-1', made: 'soon' }] } }],
  ['there is no array at items', { '/files': { error: 'no' } }],
  ['a record has no id at id', { '/files': { items: [{ made: made('01:00') }] } }],
  [
    'its first row has no column at',
    { '/files': { items: [item('f-1', '01:00')] }, '/files/f-1': 'id\na\n' },
  ],
])('an answer of another shape never counts as an empty list: %s', async (because, served) => {
  const { error, pages } = await read(vendorOf(served), spec);
  expect(String(error)).toContain(because);
  expect(error).toBeInstanceOf(ContractError);
  expect(pages).toEqual([]);
});

test.each([
  { files: 'x', since: WINDOW.from, until: WINDOW.to },
  { files: '{"read":-1,"mark":""}', since: WINDOW.from, until: WINDOW.to },
  { files: '{"read":0,"mark":"","file":{"read":0}}', since: WINDOW.from, until: WINDOW.to },
  { cursor: 'x', since: WINDOW.from, until: WINDOW.to },
])('a position that no read of files wrote is damaged: %o', async (checkpoint) => {
  const { error } = await read(vendorOf({}), spec, { checkpoint });
  expect(String(error)).toContain('its position was not written by reading');
});

test('a file that is issued again under another id is recognised row by row, also without ids of rows', async () => {
  const harness = pullHarness();
  const source: PullSource = { pull: rest(spec), table: { name: 'Rows_CL', time: 'at', columns: {} } };
  const at = (minute: string): string => `2026-11-21T${minute}:00.000Z`;
  const twice = 'at,who\n2026-11-20T23:00:00Z,a\n2026-11-20T23:00:00Z,a\n';
  const first = await harness.runOver(
    vendorOf({ '/files': { items: [{ id: 'h-1', made: at('11:00') }] }, '/files/h-1': twice }),
    source,
    { settings },
  );
  expect(first).toMatchObject({ outcome: 'caught-up', accepted: 2 });
  harness.clock.advance(6 * 3_600_000);
  const again = vendorOf({
    '/files': { items: [{ id: 'h-2', made: at('17:00') }] },
    '/files/h-2': `${twice}2026-11-20T23:00:01Z,b\n`,
  });
  expect(await harness.runOver(again, source, { settings })).toMatchObject({
    ...{ outcome: 'caught-up', accepted: 1, duplicate: 2 },
  });
});

const exported: RestExport = {
  job: 'id',
  status: { path: '/e/{job}', from: 'status', ready: ['DONE'], failed: ['ERROR'], chunks: 'chunks' },
  chunk: { path: '/e/{job}/{chunk}' },
};

test.each<[string, Partial<RestSpec>]>([
  ['resume: files are read', { resume: 'cursor' }],
  ['next: a list of files', { next: { kind: 'time' }, stop: { on: 'short-page', full: 10 } }],
  ['explode: each record', { explode: 'rows' }],
  ['export: a list of files', { ...oneAnswer(), export: exported }],
  [
    'details: the records are in the files',
    { details: { path: '/d/{id}', recordId: 'id', batch: 1, records: '$' } },
  ],
  ['files: a file is requested by', { files: { id: 'id', time: 'made' } }],
  ['files: a file is requested by', { files: { ...files, address: 'url' } }],
  ['files: no text of it holds {id}', { files: { ...files, path: '/content' } }],
  ['files: {since} is a value', { files: { ...files, path: '/{id}/{since}' } }],
  ['files.path: files/{id} does not begin', { files: { ...files, path: 'files/{id}' } }],
  ['files.records: a file of lines', { files: { ...files, records: 'rows' } }],
  ['files.format.csv: delimiter and quote', { files: { ...files, format: { csv: { delimiter: '"' } } } }],
  ['files.kept: it is not known', { files: { ...files, kept: 1 } as never }],
  ['window: olderMs is -1', { window: { lag: { minMs: 0, maxMs: 0 }, olderMs: -1 } }],
])('a declaration that cannot work is refused: %s', (because, parts) => {
  expect(() => rest({ ...spec, ...parts })).toThrow(because);
});
