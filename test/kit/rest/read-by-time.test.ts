import type { PullContext } from '../../../shared/contract/connector';
import { ContractError } from '../../../shared/contract/errors';
import type { Http } from '../../../shared/contract/http';
import type { Json } from '../../../shared/contract/json';
import type { RestSpec } from '../../../shared/contract/rest';
import type { PullWindow } from '../../../shared/contract/windows';
import { rest } from '../../../shared/kit/rest/rest';
import {
  pullContext,
  readAll,
  readUntilError,
  scriptedHttp,
  type ScriptedAnswer,
} from '../../fakes/scripted-http';

const origin = 'https://vendor.test';
const spec: RestSpec = {
  base: 'url',
  path: '/logs',
  records: '$[*]',
  next: { kind: 'time' },
  stop: { on: 'short-page', full: 3 },
  resume: 'time',
  since: { in: 'query', name: 'from', format: 'epoch-s' },
  window: { lag: { minMs: 120_000, maxMs: 120_000 } },
};
const start = Date.parse('2026-11-01T00:00:00Z') / 1_000;
const until = '2026-11-01T23:58:00.000Z';
const window: PullWindow = { lane: 'live', from: '2026-11-01T00:00:00.000Z', to: until };
const contextOf = (http: Http, parts: Partial<PullContext> = {}): PullContext =>
  pullContext(http, { window, ...parts });
/** An event, this many seconds after the start. */
const at = (second: number, name = ''): Json => ({ at: start + second, name });
const page = (...body: readonly Json[]): ScriptedAnswer => ({ body });
const secondsOf = (asked: readonly { readonly query?: Readonly<Record<string, unknown>> }[]): number[] =>
  asked.map(({ query }) => Number(query?.['from']) - start);

test('each request begins at the newest time of the page before, inclusive, until a page is not full', async () => {
  const http = scriptedHttp(origin, [
    page(at(1), at(2, 'a'), at(2, 'b')),
    page(at(2, 'a'), at(2, 'b'), at(9)),
    page(at(9), at(10)),
  ]);
  const pages = await readAll(rest(spec), contextOf(http));
  expect(secondsOf(http.asked)).toEqual([0, 2, 9]);
  expect(pages.map(({ rereads }) => rereads)).toEqual([true, true, true]);
  expect(pages.map(({ last }) => last)).toEqual([undefined, undefined, true]);
  expect(pages.map(({ checkpoint }) => checkpoint)).toEqual([
    { since: '2026-11-01T00:00:02.000Z' },
    { since: '2026-11-01T00:00:09.000Z' },
    { since: until },
  ]);
});

test('where a record is out of place the next page begins at the last record, because newer ones may still come', async () => {
  const http = scriptedHttp(origin, [page(at(7), at(1), at(4)), page(at(4), at(7))]);
  await readAll(rest(spec), contextOf(http));
  expect(secondsOf(http.asked)).toEqual([0, 4]);
});

test('a run continues at its checkpoint and marks its first page as a re-read', async () => {
  const http = scriptedHttp(origin, [page(at(2, 'a'), at(3))]);
  const checkpoint = { since: '2026-11-01T00:00:02.000Z' };
  const pages = await readAll(rest(spec), contextOf(http, { checkpoint }));
  expect(secondsOf(http.asked)).toEqual([2]);
  expect(pages).toEqual([
    { records: [at(2, 'a'), at(3)], checkpoint: { since: until }, rereads: true, last: true },
  ]);
});

test('a full page with one time only is delivered, and then fails with what to do', async () => {
  const http = scriptedHttp(origin, [page(at(1), at(2), at(2)), page(at(2), at(2), at(2))]);
  const delivered: Json[] = [];
  const run = (async () => {
    for await (const { records } of rest(spec)(contextOf(http))) delivered.push(...records);
  })();
  await expect(run).rejects.toThrow(ContractError);
  await expect(run).rejects.toThrow(
    /3 records, .* happened at 2026-11-01T00:00:02.000Z.*set START to a later/,
  );
  expect(delivered).toHaveLength(6);
});

test('a full page without any time is delivered, and then fails instead of ending the read', async () => {
  const http = scriptedHttp(origin, [page(1, 'x', null)]);
  expect(await readUntilError(rest(spec), contextOf(http))).toEqual({
    pages: [{ records: [1, 'x', null], checkpoint: {}, stays: true, rereads: true }],
    error: expect.stringContaining('no record of a full page says when'),
  });
});

test('a page that reaches beyond the end of the read is the last one, full or not', async () => {
  const beyond = 24 * 3_600 - 60;
  const http = scriptedHttp(origin, [page(at(1), at(beyond), at(beyond + 1))]);
  const pages = await readAll(rest(spec), contextOf(http));
  expect(pages).toEqual([{ records: [at(1)], checkpoint: { since: until }, rereads: true, last: true }]);
});
