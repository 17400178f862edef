import type { PullSource } from '../../shared/contract/connector';
import type { RestSpec } from '../../shared/contract/rest';
import type { RunReport } from '../../shared/contract/run';
import { rest } from '../../shared/kit/rest/rest';
import { closeHttpHarnesses, httpHarness } from '../fakes/http-harness';
import { pullHarness } from '../fakes/pull-harness';
import { SAMPLE_TABLE } from '../fakes/scripted-source';
import { coverageStatusOf } from '../fakes/coverage-status';
import { WINDOWED_LOG } from '../fakes/windowed-log';

/* A 200 with an error is not an end: earlier records stay, the range stays open, and the next run reads it again. */

afterEach(closeHttpHarnesses);

const START = Date.parse('2026-11-21T00:00:00.000Z');
const EVENTS = Array.from({ length: 12 }, (_, i) => ({
  id: String(i),
  at: new Date(START + i * 3_600_000).toISOString(),
}));
const byTime: RestSpec = { ...WINDOWED_LOG, next: { kind: 'time' }, stop: { on: 'short-page', full: 9 } };
const feed: RestSpec = {
  base: 'url',
  path: '/feed',
  records: '$.items[*]',
  next: { kind: 'cursor', from: '$.cursor', send: { in: 'query', name: 'cursor' } },
  stop: { on: 'unless', path: '$.more' },
  resume: 'cursor',
  since: { in: 'query', name: 'since' },
};

const LIMIT = { items: [], error: { code: 'TOO_MANY_REQUESTS', message: 'Rate limit exceeded' }, page: {} };
const FAULT = { items: null, errors: [{ message: 'internal timeout' }] };
const PAGE = 9;

/** What the vendor should answer, and what it answers instead. */
type Broken = (body: { readonly items: readonly unknown[] }, query: URLSearchParams) => object;
const asItIs: Broken = (body) => body;

/** A vendor with nine events an answer, from a time or a cursor on. A feed always names a next cursor. */
function answerOf(declared: RestSpec, query: URLSearchParams): { readonly items: typeof EVENTS } {
  const until = query.get('until') ?? '9';
  const shown = EVENTS.filter(({ at }) => at >= (query.get('since') ?? '') && at <= until);
  const begin = Number(query.get('cursor') ?? 0);
  const items = shown.slice(begin, begin + PAGE);
  const isMore = shown.length > begin + PAGE;
  const cursor = isMore || declared === feed ? { cursor: String(begin + items.length) } : {};
  return { items, ...cursor, ...(isMore ? { more: true } : {}) };
}

/** Runs one source with the real HTTP client, each time with a vendor that has this fault. */
async function runs(declared: RestSpec, ...broken: readonly Broken[]) {
  const source: PullSource = { table: SAMPLE_TABLE, pull: rest(declared) };
  const [harness, reports] = [pullHarness(), [] as RunReport[]];
  const verdicts: string[] = [];
  for (const each of broken) {
    const { url, http } = await httpHarness((response, asked) => {
      const query = new URL(asked.url, 'http://vendor.test').searchParams;
      response.end(JSON.stringify(each(answerOf(declared, query), query)));
    });
    reports.push(await harness.runOver(http, source, { startFrom: new Date(START), settings: { url } }));
    verdicts.push(await coverageStatusOf(harness, reports, new Date(START)));
    harness.clock.advance(300_000);
  }
  return { harness, reports, verdicts };
}

const SHAPES = [
  ['by cursor', WINDOWED_LOG],
  ['by time', byTime],
  ['of a feed', feed],
] as const;

describe.each(SHAPES)('%s', (_, declared) => {
  test.each([
    ['a rate limit', LIMIT],
    ['another error', FAULT],
  ])('an empty page that reports %s does not end a read', async (__, error) => {
    const { reports, harness, verdicts } = await runs(
      declared,
      (body) => (body.items.length < PAGE ? error : body),
      asItIs,
    );
    expect(reports[0]).toMatchObject({
      outcome: 'failed',
      error: { name: 'UnavailableError', message: expect.stringContaining('200 OK: {"error') },
    });
    expect(verdicts[0]).not.toBe('complete');
    expect(reports[1]).toMatchObject({ outcome: 'caught-up' });
    expect(harness.delivered().sort()).toEqual(EVENTS.map(({ id }) => id).sort());
  });

  test('a first answer that reports an error is not an empty source', async () => {
    const told = { ok: false, items: [], error: 'rate limit exceeded' };
    const { reports, verdicts } = await runs(declared, () => told);
    expect(reports[0]).toMatchObject({
      outcome: 'failed',
      error: { name: 'UnavailableError', message: expect.stringContaining('asked too often') },
    });
    expect(verdicts[0]).not.toBe('complete');
  });

  test('a last page with records that reports an error is delivered once, and leaves its range open', async () => {
    const errors = [{ message: 'API rate limit exceeded' }];
    const cut: Broken = ({ items }) => ({ items: items.slice(0, 5), cursor: undefined, errors });
    const { reports, harness, verdicts } = await runs(declared, cut, cut, asItIs);
    expect(reports.map(({ accepted }) => accepted)).toEqual([5, 0, 7]);
    for (const report of reports.slice(0, 2)) {
      expect(report).toMatchObject({
        outcome: 'failed',
        error: { name: 'UnavailableError', message: expect.stringContaining('asked too often') },
      });
    }
    expect(verdicts.slice(0, 2)).not.toContain('complete');
    expect(reports[2]).toMatchObject({ outcome: 'caught-up' });
    expect(harness.delivered()).toHaveLength(12);
  });
});

test('a page with records and a next page continues in spite of an error beside them', async () => {
  const errors = [{ message: 'one field is missing' }];
  const { reports } = await runs(WINDOWED_LOG, (body) =>
    body.items.length === PAGE ? { ...body, errors } : body,
  );
  expect(reports[0]).toMatchObject({ outcome: 'caught-up', accepted: 12 });
});

test('records at a path named errors are records', async () => {
  const declared = { ...WINDOWED_LOG, records: '$.errors[*]' };
  const { reports, verdicts } = await runs(declared, ({ items, ...body }) => ({ ...body, errors: items }));
  expect(reports[0]).toMatchObject({ outcome: 'caught-up', accepted: 12 });
  expect(verdicts).toEqual(['complete']);
});
