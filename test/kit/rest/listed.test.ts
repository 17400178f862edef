import type { PullSource } from '../../../shared/contract/connector';
import { ContractError, SettingError } from '../../../shared/contract/errors';
import type { Http } from '../../../shared/contract/http';
import type { Json } from '../../../shared/contract/json';
import type { RestList } from '../../../shared/contract/rest';
import { listed } from '../../../shared/kit/rest/steps/listed';
import { rest } from '../../../shared/kit/rest/rest';
import { pullHarness } from '../../fakes/pull-harness';
import { pullContext, scriptedHttp } from '../../fakes/scripted-http';

const list: RestList = {
  base: 'url',
  path: '/sites',
  records: 'sites',
  id: 'id',
  next: { kind: 'cursor', from: 'next', send: { in: 'query', name: 'page' } },
  stop: { on: 'no-next' },
};

function idsOf(declared: RestList, answers: readonly Json[]) {
  const http = scriptedHttp(
    'https://vendor.test',
    answers.map((body) => ({ body })),
  );
  return { asked: http.asked, ids: listed(declared)(pullContext(http)) };
}

test('the list is read from its first page to its last, and each id is a text', async () => {
  const { asked, ids } = idsOf(list, [
    { sites: [{ id: 'a' }, { id: 7 }], next: 'n' },
    { sites: [{ id: 'b' }] },
  ]);
  expect(await ids).toEqual(['a', '7', 'b']);
  expect(asked.map(({ query, url }) => [url, query])).toEqual([
    ['https://vendor.test/sites', undefined],
    ['https://vendor.test/sites', { page: 'n' }],
  ]);
});

test('a list by page numbers ends at a short page; an id may be the record itself', async () => {
  const byPage: RestList = {
    ...list,
    records: '$',
    id: '$',
    next: { kind: 'page', send: { in: 'query', name: 'page' } },
    stop: { on: 'short-page', full: 2 },
  };
  const { asked, ids } = idsOf(byPage, [['a', 'b'], ['c']]);
  expect(await ids).toEqual(['a', 'b', 'c']);
  expect(asked.map(({ query }) => query?.['page'])).toEqual([1, 2]);
});

test.each<[string, readonly Json[]]>([
  ['a record has no id at id', [{ sites: [{ id: 'a' }, { name: 'b' }] }]],
  ['there is no array at sites', [{ error: 'no' }]],
  [
    'the same next page twice',
    [
      { sites: [], next: 'n' },
      { sites: [], next: 'n' },
    ],
  ],
])('a list of another shape is not an empty list: %s', async (because, answers) => {
  const { ids } = idsOf(list, answers);
  await expect(ids).rejects.toThrow(ContractError);
  await expect(ids).rejects.toThrow(because);
});

test.each<[string, Partial<RestList>]>([
  ['path: sites does not begin', { path: 'sites' }],
  ['path: {partition} is what the list gives', { path: '/{partition}/sites' }],
  ['query.from: it holds {since}', { query: { from: '{since}' } }],
  ['next: a list has no time', { next: { kind: 'time' }, stop: { on: 'short-page', full: 9 } }],
  ['stop: no answer names', { next: { kind: 'page', send: { in: 'query', name: 'p' } } }],
  ['resume: it is not known', { resume: 'time' } as never],
  ['id: ', { id: '$[' }],
])('a list declaration that cannot be read is refused: %s', (because, parts) => {
  expect(() => listed({ ...list, ...parts })).toThrow(because);
});

const source = {
  table: { name: 'Events_CL', time: 'at', eventId: 'id', columns: {} },
  partitions: listed({ ...list, next: { kind: 'none' } }),
  pull: rest({
    base: 'url',
    path: '/sites/{partition}/events',
    records: '$',
    next: { kind: 'none' },
    stop: { on: 'no-next' },
    resume: 'time',
    since: { in: 'query', name: 'since' },
    window: { lag: { minMs: 60_000, maxMs: 60_000 } },
  }),
} as PullSource;

/** A vendor of some sites, one of which may be forbidden. */
function vendor(sites: readonly string[], forbidden = ''): Http & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    request({ url }) {
      const { pathname } = new URL(url);
      asked.push(pathname);
      if (forbidden !== '' && pathname.includes(`/${forbidden}/`))
        return Promise.reject(new SettingError('the vendor answered 403', { status: 403 }));
      const site = /^\/sites\/(.+)\/events$/.exec(pathname)?.[1];
      const body: Json =
        site === undefined
          ? { sites: sites.map((id) => ({ id })) }
          : [{ id: `e-${site}`, at: '2026-11-21T11:00:00.000Z' }];
      return Promise.resolve({ status: 200, headers: {}, body: new Uint8Array(), json: () => body });
    },
  };
}

test('a site that is forbidden does not stop the others, and is read once it is allowed', async () => {
  const harness = pullHarness();
  const report = await harness.runOver(vendor(['a', 'b', 'c'], 'b'), source);
  expect(report).toMatchObject({ outcome: 'failed', accepted: 2, error: { name: 'SettingError' } });
  expect(harness.delivered().sort()).toEqual(['e-a', 'e-c']);
  await harness.runOver(vendor(['a', 'b', 'c']), source);
  expect(harness.delivered().sort()).toEqual(['e-a', 'e-b', 'e-c']);
});

test('a new site is read from the start, one that vanished is no longer read, and nothing is sent twice', async () => {
  const harness = pullHarness();
  await harness.runOver(vendor(['a', 'b']), source);
  harness.clock.advance(300_000);
  const later = vendor(['b', 'new']);
  expect(await harness.runOver(later, source)).toMatchObject({ outcome: 'caught-up', accepted: 1 });
  expect(harness.delivered().sort()).toEqual(['e-a', 'e-b', 'e-new']);
  expect(later.asked).not.toContain('/sites/a/events');
});
