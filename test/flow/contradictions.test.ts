import type { PullSource } from '../../shared/contract/connector';
import { ContractError } from '../../shared/contract/errors';
import type { Http } from '../../shared/contract/http';
import type { RestSpec } from '../../shared/contract/rest';
import type { RunReport } from '../../shared/contract/run';
import { explain } from '../../shared/flow/explain/explain';
import type { PullRun } from '../../shared/flow/pull';
import { rest } from '../../shared/kit/rest';
import { pullRig, RIG_ID, type PullRig } from '../fakes/pull-rig';
import { SAMPLE_TABLE } from '../fakes/scripted-source';
import { WINDOWED_LOG } from '../fakes/windowed-log';

/* Vendors that contradict what their source declares. The clock stands at 21 November, noon. */

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
  /** How many events one answer holds. @default 5 */
  readonly full?: number;
  /** The member that holds the cursor. @default next */
  readonly member?: string;
  /** How it sorts what it shows. @default as they are */
  readonly sort?: (shown: readonly Event[]) => readonly Event[];
  readonly events?: readonly Event[];
}

const asShown = (shown: readonly Event[]): readonly Event[] => shown;

function vendor(parts: VendorParts = {}): Http & { readonly asked: string[] } {
  const { events = EVENTS, full = 5, member = 'next', sort = asShown } = parts;
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
        items: shown.slice(begin, begin + full),
        ...(isMore ? { [member]: String(begin + full) } : {}),
      };
      return { status: 200, headers: {}, body: new Uint8Array(), json: () => body };
    },
  };
}
const falling = (shown: readonly Event[]): readonly Event[] => [...shown].reverse();

const run = (rig: PullRig, declared: RestSpec | PullSource, http: Http, parts: Partial<PullRun> = {}) =>
  rig.runOver(http, 'pull' in declared ? declared : sourceOf(declared), {
    startFrom: new Date(START),
    ...parts,
  });

async function verdictOf(rig: PullRig, runs: readonly RunReport[]): Promise<string> {
  return explain({
    id: RIG_ID,
    title: 'Alerts',
    table: SAMPLE_TABLE.name,
    retention: undefined,
    canBackfill: true,
    backfills: [],
    asked: { from: new Date(START).toISOString(), to: rig.clock.now().toISOString() },
    now: rig.clock.now(),
    checkpoint: await rig.stored(),
    runs,
    acts: [],
    pause: undefined,
    letters: [],
    everyMs: 300_000,
    lagMs: 0,
  }).verdict;
}

/** Two runs of one source: neither is taken for whole, whatever was delivered. */
async function expectContradiction(
  declared: RestSpec | PullSource,
  http: Http,
  says: string,
  accepted: number,
): Promise<void> {
  const rig = pullRig();
  const reports = [await run(rig, declared, http)];
  expect(reports[0]).toMatchObject({ outcome: 'failed', accepted, error: { name: 'ContractError' } });
  expect(reports[0]?.error?.message).toContain(says);
  expect(await verdictOf(rig, reports)).not.toMatch(/complete/);
  rig.clock.advance(300_000);
  reports.push(await run(rig, declared, http));
  expect(reports[1]).toMatchObject({ outcome: 'failed', error: { name: 'ContractError' } });
  expect(await verdictOf(rig, reports)).not.toMatch(/complete/);
  expect(new Set(rig.delivered()).size).toBe(rig.delivered().length);
}

test.each([
  ['by cursor', spec, 'window.order'],
  ['by cursor, without an end', endless, 'window.order'],
  ['by time', byTime, 'Paging by time'],
])('a read %s whose times fall throughout a page fails, after delivery', async (_, declared, says) => {
  await expectContradiction(declared, vendor({ sort: falling }), says, 5);
});

test('pages of two whose times fall from one to the next are seen on the second', async () => {
  await expectContradiction(spec, vendor({ sort: falling, full: 2 }), 'window.order', 4);
});

test('a last page whose times fall leaves its window open', async () => {
  await expectContradiction(spec, vendor({ sort: falling, full: 11 }), 'window.order', 11);
});

test('a page that shows nothing but what is newer than the window does not end it, where its times fall', async () => {
  const rig = pullRig();
  const late = EVENTS.map(({ id }, i) => ({
    id,
    at: new Date(rig.clock.now().getTime() + (i - 5) * 60_000).toISOString(),
  }));
  const report = await run(rig, endless, vendor({ events: late, sort: falling }));
  expect(report).toMatchObject({ outcome: 'failed', error: { name: 'ContractError' } });
  expect(await verdictOf(rig, [report])).not.toMatch(/complete/);
});

test('windows that are read by code are followed too', async () => {
  const source: PullSource = {
    table: SAMPLE_TABLE,
    window: { lag: { minMs: 0, maxMs: 0 } },
    async *pull() {
      yield { records: falling(EVENTS), checkpoint: {}, last: true };
    },
  };
  await expectContradiction(source, vendor(), 'window.order', 11);
});

test('one record out of place is a warning, once a run; nothing is missed, and nobody says that it is complete', async () => {
  const odd = (shown: readonly Event[]): readonly Event[] => [
    ...shown.slice(2, 3),
    ...shown.slice(0, 2),
    ...shown.slice(3),
  ];
  for (const declared of [spec, endless, byTime]) {
    const rig = pullRig();
    const report = await run(rig, declared, vendor({ sort: odd }));
    expect(report).toMatchObject({ outcome: 'caught-up', accepted: 11 });
    expect(rig.log.lines).toMatchObject([
      { level: 'warn', sentence: 'records of a page are not oldest first, as their source declares' },
    ]);
    expect(report.outOfOrder).toBeGreaterThan(0);
    expect(await verdictOf(rig, [report])).toBe('recoverable');
  }
});

test('a full page in no order of time fails, after delivery, where a read is paged by time', async () => {
  const shuffled = (shown: readonly Event[]): readonly Event[] =>
    [5, 2, 9, 0, 7, 3, 10, 1, 8, 4, 6].flatMap((i) => shown[i] ?? []);
  await expectContradiction(byTime, vendor({ sort: shuffled }), 'no order of time', 5);
});

test('one record that is too new, in the middle of a full page, hides nothing where a read is paged by time', async () => {
  const rig = pullRig();
  const odd = (shown: readonly Event[]): readonly Event[] =>
    [...shown.slice(0, 2), ...EVENTS.slice(9, 10), ...shown.slice(2)].slice(0, shown.length + 1);
  expect(await run(rig, byTime, vendor({ sort: odd }))).toMatchObject({ outcome: 'caught-up', accepted: 11 });
});

test('a feed in the order in which its vendor stored it promises no order of time', async () => {
  const feed: RestSpec = {
    base: 'url',
    path: '/feed',
    records: '$.items[*]',
    next: { kind: 'cursor', from: '$.next', send: { in: 'query', name: 'page' } },
    stop: { on: 'empty-page' },
    resume: 'cursor',
    since: { in: 'query', name: 'since' },
  };
  const rig = pullRig();
  const http: Http = {
    async request({ query = {} }) {
      const begin = Number(query['page'] ?? 0);
      const body = { items: falling(EVENTS).slice(begin, begin + 5), next: String(begin + 5) };
      return { status: 200, headers: {}, body: new Uint8Array(), json: () => body };
    },
  };
  expect(await run(rig, feed, http)).toMatchObject({ outcome: 'caught-up', accepted: 11 });
  expect(rig.log.lines).toEqual([]);
});

test.each<readonly [string, RestSpec, VendorParts]>([
  ['a cursor that stands elsewhere', spec, {}],
  ['a cursor that stands elsewhere, without an end', endless, {}],
  ['a cursor that stands elsewhere, newest first', newestFirst, { sort: falling }],
  ['a boolean that stands elsewhere', { ...spec, stop: { on: 'unless', path: '$.more' } }, {}],
  ['a page that is never full', { ...spec, stop: { on: 'short-page', full: 100 } }, {}],
  ['an end that the vendor never says', { ...spec, stop: { on: 'empty-page' } }, {}],
])('%s: a page with more behind it fails, after delivery', async (_, declared, parts) => {
  await expectContradiction(
    declared,
    vendor({ member: 'cursor', ...parts }),
    'has never named a next page',
    5,
  );
});

test.each<readonly [string, RestSpec['stop']]>([
  ['a boolean that stands elsewhere', { on: 'unless', path: '$.more' }],
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
  await expectContradiction(feed, pagesOf(3), 'has never named a next page', 3);
  // What one page holds is all there is.
  expect(await run(pullRig(), feed, pagesOf(11))).toMatchObject({ outcome: 'caught-up', accepted: 11 });
});

test('what one page holds is complete; once a next page was named nothing more is asked', async () => {
  const rig = pullRig();
  const few = vendor({ events: EVENTS.slice(0, 3) });
  const first = await run(rig, spec, few);
  expect(first).toMatchObject({ outcome: 'caught-up', accepted: 3 });
  expect(few.asked).toEqual([`${EVENTS[0]?.at ?? ''} 0`, `${EVENTS[2]?.at ?? ''} 0`]);
  expect(await verdictOf(rig, [first])).toBe('complete');
  expect((await rig.stored())?.nextKnown).toBeUndefined();

  const known = pullRig();
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
  const rig = pullRig();
  const { error } = await run(rig, spec, vendor({ member: 'cursor' }));
  expect(error).toEqual({
    name: new ContractError().name,
    message: expect.stringMatching(/^reading the answer of \/log: .*The page was delivered.*Compare `next`/),
  });
});
