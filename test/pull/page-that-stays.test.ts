import type { PullSource } from '../../shared/contract/connector';
import type { Json } from '../../shared/contract/json';
import type { RunReport } from '../../shared/contract/run';
import { isBalanced } from '../../shared/contract/checkpoint';
import { rest } from '../../shared/kit/rest/rest';
import { pullHarness, type PullHarness } from '../fakes/pull-harness';
import { event, NO_ID_TABLE, SAMPLE_TABLE, scriptedSource } from '../fakes/scripted-source';
import { scriptedHttp, type ScriptedAnswer } from '../fakes/scripted-http';
import { WINDOWED_LOG } from '../fakes/windowed-log';

/* A page that does not name a next one: its records are delivered once, and every run reports the problem. */

const feed: PullSource = {
  table: SAMPLE_TABLE,
  pull: rest({
    base: 'url',
    path: '/events',
    records: '$.items[*]',
    next: { kind: 'cursor', from: '$.cursor', send: { in: 'query', name: 'cursor' } },
    stop: { on: 'empty-page' },
    resume: 'cursor',
    since: { in: 'query', name: 'since' },
  }),
};
const log: PullSource = { table: SAMPLE_TABLE, pull: rest(WINDOWED_LOG) };

const page = (items: readonly Json[], cursor?: string): ScriptedAnswer => ({
  body: { items, ...(cursor === undefined ? {} : { cursor }) },
});

/** One run with these answers. */
function run(
  harness: PullHarness,
  source: PullSource,
  answers: readonly ScriptedAnswer[],
): Promise<RunReport> {
  const http = scriptedHttp('https://vendor.test', answers);
  return harness.runOver(http, source);
}

test.each([
  ['has ids', SAMPLE_TABLE],
  ['has none', NO_ID_TABLE],
])('with a perpetual cursor and no next page each event is sent once, where it %s', async (_, table) => {
  const harness = pullHarness();
  const source = { ...feed, table };
  const twins = [event('a', 1), event('a', 1)];
  const first = await run(harness, source, [page([...twins, event('b', 5)])]);
  expect(first).toMatchObject({ outcome: 'failed', accepted: table === NO_ID_TABLE ? 3 : 2 });
  const { length } = harness.sink.rows;
  expect(await run(harness, source, [page([...twins, event('b', 5)])])).toMatchObject({
    outcome: 'failed',
    error: { name: 'ContractError', message: expect.stringContaining('names no next page') },
    accepted: 0,
    duplicate: 3,
  });
  // The page grows by newer and by older records.
  const grown = [...twins, event('b', 5), event('c', 9), event('d', 2)];
  expect(await run(harness, source, [page(grown)])).toMatchObject({ accepted: 2, duplicate: 3 });
  expect(harness.sink.rows).toHaveLength(length + 2);
  expect((await harness.stored())?.position).toBeNull();
});

test('the dedup index of a page is dropped once the position moves', async () => {
  const harness = pullHarness();
  await run(harness, feed, [page([event('a', 1)])]);
  expect(harness.seen.names()).toHaveLength(1);
  const mended = await run(harness, feed, [page([event('a', 1), event('b', 2)], 'x'), page([], 'x')]);
  expect(mended).toMatchObject({ outcome: 'caught-up', accepted: 1, duplicate: 1 });
  expect(await harness.stored()).toMatchObject({ position: { cursor: 'x' } });
  expect((await harness.stored())?.seen).toBeUndefined();
  expect(harness.seen.names()).toEqual([]);
  expect(isBalanced((await harness.stored())?.ledger ?? mended)).toBe(true);
});

test('a next page that was just requested has its records delivered once', async () => {
  const harness = pullHarness();
  const answers = [page([event('a', 1)], 'x'), page([event('b', 2)], 'x')];
  expect(await run(harness, feed, answers)).toMatchObject({ outcome: 'failed', accepted: 2 });
  expect(await run(harness, feed, answers.slice(1))).toMatchObject({ outcome: 'failed', accepted: 0 });
  expect(harness.delivered()).toEqual(['a', 'b']);
  expect((await harness.stored())?.position).toMatchObject({ cursor: 'x' });
});

test('in a window the records are delivered once, and the window stays open', async () => {
  const harness = pullHarness();
  const answers = [page([event('a', 1), event('b', 2)], 'x'), page([event('c', 3)], 'x')];
  expect(await run(harness, log, answers)).toMatchObject({ outcome: 'failed', accepted: 3 });
  expect(await run(harness, log, [page([event('c', 3)], 'x'), page([event('d', 4)])])).toMatchObject({
    outcome: 'caught-up',
    accepted: 1,
  });
  expect(harness.delivered()).toEqual(['a', 'b', 'c', 'd']);
});

test('a page of code whose checkpoint cannot be saved is delivered once and fails the run', async () => {
  const harness = pullHarness();
  const source = scriptedSource([], {
    async *pull() {
      yield { records: [event('a', 1)], checkpoint: { all: 'x'.repeat(17_000) } };
    },
  });
  for (const accepted of [1, 0]) {
    expect(await harness.run(source)).toMatchObject({
      outcome: 'failed',
      error: { message: expect.stringContaining('more than 16384') },
      accepted,
    });
  }
  expect(harness.delivered()).toEqual(['a']);
});
