import type { PullSource } from '../../shared/contract/connector';
import { ContractError, SettingError } from '../../shared/contract/errors';
import type { Http } from '../../shared/contract/http';
import type { RestSpec } from '../../shared/contract/rest';
import type { RunReport } from '../../shared/contract/run';
import { rest } from '../../shared/kit/rest/rest';
import { pullHarness, type PullHarness } from '../fakes/pull-harness';
import { SAMPLE_TABLE } from '../fakes/scripted-source';
import { coverageStatusOf } from '../fakes/coverage-status';
import { WINDOWED_LOG } from '../fakes/windowed-log';
import type { PullRun } from '../../shared/pull/pull-run';

/* Vendors that contradict their source's declaration. The clock stands at 21 November, noon. */

const HOUR = 3_600_000;
const START = Date.parse('2026-11-21T00:00:00.000Z');
const EVENTS = Array.from({ length: 11 }, (_, i) => ({
  id: String(i),
  at: new Date(START + i * HOUR).toISOString(),
}));
type Event = (typeof EVENTS)[number];

const spec: RestSpec = {
  ...WINDOWED_LOG,
  next: { kind: 'cursor', from: '$.next', send: { in: 'query', name: 'page' } },
};
const byTime: RestSpec = { ...spec, next: { kind: 'time' }, stop: { on: 'short-page', full: 5 } };
const newestFirst: RestSpec = { ...spec, window: { lag: { minMs: 0, maxMs: 0 }, order: 'newest-first' } };
const { until: _, ...endless } = spec;
const sourceOf = (declared: RestSpec): PullSource => ({ table: SAMPLE_TABLE, pull: rest(declared) });

interface VendorParts {
  /** How many events an answer holds. @default 5 */
  readonly full?: number;
  /** The member that holds the cursor. @default next */
  readonly member?: string;
  /** How it sorts its events. @default unsorted */
  readonly sort?: (shown: readonly Event[]) => readonly Event[];
  readonly events?: readonly Event[];
  /** Selects the events of an answer. @default a page from the requested one on */
  readonly pick?: (shown: readonly Event[], begin: number, full: number) => readonly Event[];
}

const pageAt = (shown: readonly Event[], begin: number, full: number): readonly Event[] =>
  shown.slice(begin, begin + full);
/** A vendor that returns the newest events of a range, oldest first. */
const latest = (shown: readonly Event[], begin: number, full: number): readonly Event[] =>
  shown.slice(begin).slice(-full);
const asShown = (shown: readonly Event[]): readonly Event[] => shown;

function vendor(parts: VendorParts = {}): Http & { readonly asked: string[] } {
  const { events = EVENTS, full = 5, member = 'next', pick = pageAt, sort = asShown } = parts;
  const asked: string[] = [];
  return {
    asked,
    async request({ query = {} }) {
      const { page = 0, since, until = '9' } = query as Readonly<Record<string, string>>;
      asked.push(`${since} ${page}`);
      const shown = sort(events.filter(({ at }) => at >= String(since) && at <= until));
      const begin = Number(page);
      const isMore = shown.length > begin + full;
      const body = {
        items: pick(shown, begin, full),
        ...(isMore ? { [member]: String(begin + full) } : {}),
      };
      return { status: 200, headers: {}, body: new Uint8Array(), json: () => body };
    },
  };
}
const falling = (shown: readonly Event[]): readonly Event[] => [...shown].reverse();

const run = (
  harness: PullHarness,
  declared: RestSpec | PullSource,
  http: Http,
  parts: Partial<PullRun> = {},
) =>
  harness.runOver(http, 'pull' in declared ? declared : sourceOf(declared), {
    startFrom: new Date(START),
    ...parts,
  });

const verdict = (harness: PullHarness, runs: readonly RunReport[]): Promise<string> =>
  coverageStatusOf(harness, runs, new Date(START));

/** Two runs of one source: neither counts as complete, whatever was delivered. */
async function expectContradiction(
  declared: RestSpec | PullSource,
  http: Http,
  says: string,
  accepted: number,
): Promise<void> {
  const harness = pullHarness();
  const reports = [await run(harness, declared, http)];
  expect(reports[0]).toMatchObject({ outcome: 'failed', accepted, error: { name: 'ContractError' } });
  expect(reports[0]?.error?.message).toContain(says);
  expect(await verdict(harness, reports)).not.toMatch(/complete/);
  harness.clock.advance(300_000);
  reports.push(await run(harness, declared, http));
  expect(reports[1]).toMatchObject({ outcome: 'failed', error: { name: 'ContractError' } });
  expect(await verdict(harness, reports)).not.toMatch(/complete/);
  expect(new Set(harness.delivered()).size).toBe(harness.delivered().length);
}

test.each([
  ['by cursor', spec, 'window.order'],
  ['by cursor, without an end', endless, 'window.order'],
  ['by time', byTime, 'Paging by time'],
])('a read %s whose times decrease throughout a page fails, after delivery', async (_, declared, says) => {
  await expectContradiction(declared, vendor({ sort: falling }), says, 5);
});

test('pages of two whose times decrease from one to the next fail at the second', async () => {
  await expectContradiction(spec, vendor({ sort: falling, full: 2 }), 'window.order', 4);
});

test('a last page with decreasing times leaves its window open', async () => {
  await expectContradiction(spec, vendor({ sort: falling, full: 11 }), 'window.order', 11);
});

test('a page with only events newer than the window does not end it, where its times decrease', async () => {
  const harness = pullHarness();
  const late = EVENTS.map(({ id }, i) => ({
    id,
    at: new Date(harness.clock.now().getTime() + (i - 5) * 60_000).toISOString(),
  }));
  const report = await run(harness, endless, vendor({ events: late, sort: falling }));
  expect(report).toMatchObject({ outcome: 'failed', error: { name: 'ContractError' } });
  expect(await verdict(harness, [report])).not.toMatch(/complete/);
});

test('windows that code reads are checked too', async () => {
  const source: PullSource = {
    table: SAMPLE_TABLE,
    window: { lag: { minMs: 0, maxMs: 0 } },
    async *pull() {
      yield { records: falling(EVENTS), checkpoint: {}, last: true };
    },
  };
  await expectContradiction(source, vendor(), 'window.order', 11);
});

test('one record out of place is logged once a run: nothing is missing, and coverage is not complete', async () => {
  const odd = (shown: readonly Event[]): readonly Event[] => [
    ...shown.slice(2, 3),
    ...shown.slice(0, 2),
    ...shown.slice(3),
  ];
  for (const declared of [spec, endless, byTime]) {
    const harness = pullHarness();
    const report = await run(harness, declared, vendor({ sort: odd }));
    expect(report).toMatchObject({ outcome: 'caught-up', accepted: 11 });
    expect(harness.log.lines).toMatchObject([
      { level: 'warn', sentence: 'records of a page are not oldest first, as their source declares' },
    ]);
    expect(report.outOfOrder).toBeGreaterThan(0);
    expect(await verdict(harness, [report])).toBe('recoverable');
  }
});

test('a full page without any order of time fails, after delivery, where a read is paged by time', async () => {
  const shuffled = (shown: readonly Event[]): readonly Event[] =>
    [5, 2, 9, 0, 7, 3, 10, 1, 8, 4, 6].flatMap((i) => shown[i] ?? []);
  await expectContradiction(byTime, vendor({ sort: shuffled }), 'no order of time', 5);
});

test('one record that is too new, in the middle of a full page, hides nothing where a read is paged by time', async () => {
  const harness = pullHarness();
  const odd = (shown: readonly Event[]): readonly Event[] =>
    [...shown.slice(0, 2), ...EVENTS.slice(9, 10), ...shown.slice(2)].slice(0, shown.length + 1);
  expect(await run(harness, byTime, vendor({ sort: odd }))).toMatchObject({
    outcome: 'caught-up',
    accepted: 11,
  });
});

test('a feed in the vendor’s storage order needs no order of time', async () => {
  const feed: RestSpec = {
    base: 'url',
    path: '/feed',
    records: '$.items[*]',
    next: { kind: 'cursor', from: '$.next', send: { in: 'query', name: 'page' } },
    stop: { on: 'empty-page' },
    resume: 'cursor',
    since: { in: 'query', name: 'since' },
  };
  const harness = pullHarness();
  const http: Http = {
    async request({ query = {} }) {
      const begin = Number(query['page'] ?? 0);
      const body = { items: falling(EVENTS).slice(begin, begin + 5), next: String(begin + 5) };
      return { status: 200, headers: {}, body: new Uint8Array(), json: () => body };
    },
  };
  expect(await run(harness, feed, http)).toMatchObject({ outcome: 'caught-up', accepted: 11 });
  expect(harness.log.lines).toEqual([]);
});

test.each<readonly [string, RestSpec, VendorParts]>([
  ['a cursor at another path', spec, {}],
  ['a cursor at another path, without an end', endless, {}],
  ['a cursor at another path, newest first', newestFirst, { sort: falling }],
  ['a boolean at another path', { ...spec, stop: { on: 'unless', path: '$.more' } }, {}],
  ['a page that is never full', { ...spec, stop: { on: 'short-page', full: 100 } }, {}],
  ['an empty page that the vendor never sends', { ...spec, stop: { on: 'empty-page' } }, {}],
  ['a page size above the vendor’s own, by time', { ...byTime, stop: { on: 'short-page', full: 100 } }, {}],
  [
    'a page size above the vendor’s own, by time, without an end',
    { ...endless, next: { kind: 'time' }, stop: { on: 'short-page', full: 100 } },
    {},
  ],
  ['only the latest records, oldest first', { ...spec, query: { limit: 5 } }, { pick: latest }],
  ['only the latest records, by time', byTime, { pick: latest }],
])('%s: a page with more after it fails, after delivery', async (_, declared, parts) => {
  await expectContradiction(declared, vendor({ member: 'cursor', ...parts }), 'names no next page where', 5);
});

const limited: RestSpec = { ...endless, query: { limit: 5 } };
const { until: __, ...endlessNewestFirst } = newestFirst;

test.each<readonly [string, RestSpec, VendorParts]>([
  ['newest first', { ...endlessNewestFirst, query: { limit: 5 } }, { sort: falling }],
  [
    'newest first, with the size in the body',
    { ...endlessNewestFirst, method: 'POST', body: { page: { size: '5' } } },
    { sort: falling },
  ],
  ['oldest first, only the latest records', limited, { pick: latest }],
  [
    'by time, only the latest records',
    { ...endless, next: { kind: 'time' }, stop: byTime.stop },
    { pick: latest },
  ],
])(
  'without an end, %s: a full page fails, after delivery, where an earlier start returns no more',
  async (_, declared, parts) => {
    const full = parts.full ?? 5;
    await expectContradiction(declared, vendor({ member: 'cursor', ...parts }), `at ${full} records`, full);
  },
);

test.each<readonly [string, RestSpec, VendorParts]>([
  [
    'a vendor that returns fewer records than requested',
    { ...endlessNewestFirst, query: { limit: 100 } },
    { full: 3 },
  ],
  [
    'all records of a quiet account',
    { ...endlessNewestFirst, query: { limit: 100 } },
    { events: EVENTS.slice(1, 4) },
  ],
])(
  'where nothing shows that a page is whole, runs continue, and coverage is not complete: %s',
  async (_, declared, parts) => {
    const harness = pullHarness();
    const report = await run(harness, declared, vendor({ member: 'cursor', sort: falling, ...parts }));
    expect(report).toMatchObject({ outcome: 'caught-up', accepted: 3, mayBeCut: 1 });
    expect(harness.log.lines).toMatchObject([
      { level: 'warn', sentence: 'nothing shows that a page is whole: its vendor may cut its answers' },
    ]);
    expect(await verdict(harness, [report])).toBe('recoverable');
  },
);

test.each<readonly [string, RestSpec]>([
  ['oldest first', { ...spec, query: { limit: 5 } }],
  ['oldest first, without an end', { ...endless, query: { limit: 5 } }],
  ['newest first', { ...newestFirst, query: { limit: 5 } }],
])(
  'a vendor that stops at a total number is detected by what comes after its last page: %s',
  async (_, declared) => {
    const isFalling = declared.window?.order === 'newest-first';
    const whole = vendor({ ...(isFalling ? { sort: falling } : {}) });
    const http: Http = {
      async request(asked) {
        const answer = await whole.request(asked);
        const { items } = answer.json() as { items: readonly Event[] };
        return asked.query?.['page'] === '5' ? { ...answer, json: () => ({ items: [...items] }) } : answer;
      },
    };
    const harness = pullHarness();
    const report = await run(harness, declared, http);
    expect(report).toMatchObject({ outcome: 'failed', accepted: 10, error: { name: 'ContractError' } });
    expect(report.error?.message).toContain('names no next page where');
    expect(await verdict(harness, [report])).not.toMatch(/complete/);
    // The rest of the window has fewer records than the vendor's number.
    expect(await run(harness, declared, http)).toMatchObject({ outcome: 'caught-up', accepted: 1 });
  },
);

test('a last page that is full by chance costs one more request, and is complete', async () => {
  const harness = pullHarness();
  const http = vendor({ events: EVENTS.slice(0, 10) });
  const report = await run(harness, { ...spec, query: { limit: 5 } }, http);
  expect(report).toMatchObject({ outcome: 'caught-up', accepted: 10 });
  expect(http.asked).toHaveLength(3);
  expect(await verdict(harness, [report])).toBe('complete');
});

test('more records of one instant than a first page holds are delivered before the run fails', async () => {
  const at = new Date(START + HOUR).toISOString();
  const burst = Array.from({ length: 20 }, (_, i) => ({ id: `burst ${i}`, at }));
  const harness = pullHarness();
  const http = vendor({ events: [...EVENTS.slice(0, 1), ...burst] });
  const report = await run(harness, byTime, http);
  expect(report).toMatchObject({ outcome: 'failed', error: { name: 'ContractError' } });
  expect(report.error?.message).toMatch(/happened at .*cannot return more records of that time/);
  expect(harness.delivered()).toHaveLength(6);
});

test.each([
  ['by cursor', { ...spec, query: { limit: 5 } }],
  ['newest first', { ...newestFirst, query: { limit: 5 } }],
])('a correct page of one instant only is complete: %s', async (_, declared) => {
  const at = new Date(START + HOUR).toISOString();
  const events = Array.from({ length: 5 }, (_, i) => ({ id: `one ${i}`, at }));
  const harness = pullHarness();
  const report = await run(harness, declared, vendor({ events }));
  expect(report).toMatchObject({ outcome: 'caught-up', accepted: 5 });
  expect(await verdict(harness, [report])).toBe('complete');
});

test('a full page is complete where the vendor returns more of the time before, and where one more record has come', async () => {
  const newest: RestSpec = { ...endlessNewestFirst, query: { limit: 5 } };
  const before = { id: 'before', at: new Date(START - HOUR).toISOString() };
  const one = pullHarness();
  const whole = vendor({ events: [before, ...EVENTS.slice(0, 5)], full: 99, sort: falling });
  const report = await run(one, newest, whole);
  expect(report).toMatchObject({ outcome: 'caught-up', accepted: 5 });
  expect(await verdict(one, [report])).toBe('complete');

  const harness = pullHarness();
  const only = await run(harness, newest, vendor({ events: EVENTS.slice(1, 6), full: 99, sort: falling }));
  expect(only).toMatchObject({ outcome: 'failed', accepted: 5, error: { name: 'ContractError' } });
  expect(only.error?.message).toMatch(/this ends with the next record/);
  const more = await run(harness, newest, vendor({ events: EVENTS.slice(1, 7), full: 99, sort: falling }));
  expect(more).toMatchObject({ outcome: 'caught-up', accepted: 1 });
  expect(more.mayBeCut).toBe(1);
});

test('a full page that ends with events newer than its window is whole where the vendor returns more after it', async () => {
  const harness = pullHarness();
  const nearNow = Array.from({ length: 8 }, (_, i) => ({
    id: `near ${i}`,
    at: new Date(harness.clock.now().getTime() + (i - 2) * 60_000).toISOString(),
  }));
  const http = vendor({ events: nearNow, full: 5, member: 'cursor' });
  const report = await run(harness, limited, http);
  expect(report).toMatchObject({ outcome: 'caught-up', accepted: 3 });
  expect(await verdict(harness, [report])).toBe('complete');
  // The latest five leave out other events of the window.
  const cut = await run(
    pullHarness(),
    limited,
    vendor({ events: nearNow, full: 5, member: 'cursor', pick: latest }),
  );
  expect(cut).toMatchObject({ outcome: 'failed', error: { name: 'ContractError' } });
});

test('a vendor that refuses an earlier start has not shown that its page is whole', async () => {
  const cut = vendor({ member: 'cursor', sort: falling });
  const http: Http = {
    async request(asked) {
      if (String(asked.query?.['since']) < new Date(START).toISOString())
        throw new SettingError('asking vendor.test: it answers 400');
      return cut.request(asked);
    },
  };
  await expectContradiction({ ...endlessNewestFirst, query: { limit: 5 } }, http, 'at 5 records', 5);
});

test('where a full page has more after it a read paged by time continues, without an extra request', async () => {
  const harness = pullHarness();
  const http = vendor();
  expect(await run(harness, byTime, http)).toMatchObject({ outcome: 'caught-up', accepted: 11 });
  // The records after the first page are requested again.
  expect(http.asked).toHaveLength(4);
  expect((await harness.stored())?.nextKnown).toBe(true);
});

test.each<readonly [string, RestSpec['stop']]>([
  ['a boolean at another path', { on: 'unless', path: '$.more' }],
  ['a page that is never full', { on: 'short-page', full: 100 }],
])('a feed that ends with each page, by %s, fails after delivery', async (_, stop) => {
  const feed: RestSpec = {
    ...{ base: 'url', path: '/feed', records: '$.items[*]', resume: 'cursor', stop },
    next: { kind: 'cursor', from: '$.next', send: { in: 'query', name: 'page' } },
    since: { in: 'query', name: 'since' },
  };
  const pagesOf = (full: number): Http => ({
    async request({ query = {} }) {
      const begin = Number(query['page'] ?? 0);
      const items = EVENTS.slice(begin, begin + full);
      const body = { items, next: String(begin + items.length), has_more: begin + full < EVENTS.length };
      return { status: 200, headers: {}, body: new Uint8Array(), json: () => body };
    },
  });
  await expectContradiction(feed, pagesOf(3), 'names no next page where', 3);
  // One page holds everything.
  expect(await run(pullHarness(), feed, pagesOf(11))).toMatchObject({ outcome: 'caught-up', accepted: 11 });
});

test('a range in one page is complete; once a next page was named there is no extra request', async () => {
  const harness = pullHarness();
  const few = vendor({ events: EVENTS.slice(0, 3) });
  const first = await run(harness, spec, few);
  expect(first).toMatchObject({ outcome: 'caught-up', accepted: 3 });
  expect(few.asked).toEqual([`${EVENTS[0]?.at ?? ''} 0`, `${EVENTS[2]?.at ?? ''} 0`]);
  expect(await verdict(harness, [first])).toBe('complete');
  expect((await harness.stored())?.nextKnown).toBeUndefined();

  const known = pullHarness();
  await run(known, spec, vendor());
  expect((await known.stored())?.nextKnown).toBe(true);
  known.clock.advance(3 * HOUR);
  const later = [0, 1, 2].map((i) => ({
    id: `late ${i}`,
    at: new Date(START + (13 + i / 2) * HOUR).toISOString(),
  }));
  const http = vendor({ events: later });
  expect(await run(known, spec, http)).toMatchObject({ outcome: 'caught-up', accepted: 3 });
  expect(http.asked).toHaveLength(1);
});

test('the message says what to compare', async () => {
  const harness = pullHarness();
  const { error } = await run(harness, spec, vendor({ member: 'cursor' }));
  expect(error).toEqual({
    name: new ContractError().name,
    message: expect.stringMatching(/^reading the answer of \/log: .*The page was delivered.*Compare `next`/),
  });
});
