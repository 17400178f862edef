import type { PullContext, PullSource } from '../../../shared/contract/connector';
import { ContractError, UnavailableError } from '../../../shared/contract/errors';
import type { Http } from '../../../shared/contract/http';
import type { Json } from '../../../shared/contract/json';
import type { RestSpec } from '../../../shared/contract/rest';
import type { RestExport } from '../../../shared/contract/rest-steps';
import type { PullWindow } from '../../../shared/contract/windows';
import { oneAnswer } from '../../../shared/kit/rest/paging/one-answer';
import { rest } from '../../../shared/kit/rest/rest';
import { sleepAndPoll } from '../../../shared/kit/sleep-and-poll';
import { fakeClock } from '../../fakes/fake-clock';
import { pullHarness } from '../../fakes/pull-harness';
import {
  lastPosition,
  pullContext,
  readAll,
  readUntilError,
  scriptedHttp,
  type ScriptedAnswer,
} from '../../fakes/scripted-http';

const declared: RestExport = {
  job: 'id',
  running: { status: 409, job: 'active' },
  status: {
    path: '/exports/{job}/status',
    from: 'status',
    ready: ['DONE'],
    failed: ['ERROR'],
    chunks: 'chunks',
    missing: ['failed'],
  },
  chunk: { path: '/exports/{job}/chunks/{chunk}', query: { tenant: '{tenant}' } },
};
const spec: RestSpec = {
  base: 'url',
  method: 'POST',
  path: '/exports',
  records: '$',
  ...oneAnswer(),
  since: { in: 'body', name: 'since', format: 'epoch-s' },
  export: declared,
  window: { lag: { minMs: 60_000, maxMs: 60_000 } },
};
const window: PullWindow = {
  lane: 'live',
  from: '2026-11-01T00:00:00.000Z',
  to: '2026-11-01T23:59:00.000Z',
};
const start = Date.parse('2026-11-02T00:00:00Z');

const body = (json: Json): ScriptedAnswer => ({ body: json });
const ordered = (id: Json): ScriptedAnswer => body({ id });
const running = (chunks: readonly Json[] = []): ScriptedAnswer => body({ status: 'RUNNING', chunks });
const ready = (...chunks: readonly Json[]): ScriptedAnswer => body({ status: 'DONE', chunks, failed: [] });
const gone: ScriptedAnswer = { status: 404, body: {} };
const event = (id: string, at: string): Json => ({ id, at: `2026-11-01T${at}:00.000Z` });
const chunk = (...ids: readonly string[]): ScriptedAnswer => body(ids.map((id) => event(id, '01:00')));

function reading(answers: readonly ScriptedAnswer[], parts: Partial<PullContext> = {}) {
  const clock = fakeClock('2026-11-02T00:00:00Z');
  const http = scriptedHttp('https://vendor.test', answers);
  const { signal } = new AbortController();
  const context = pullContext(http, {
    window,
    now: clock.now,
    settings: { url: 'https://vendor.test', tenant: 't-1' },
    ...sleepAndPoll({ clock, deadline: new Date('2026-11-02T00:05:00Z'), signal }),
    ...parts,
  });
  return { asked: http.asked, clock, context };
}
const pathsOf = (asked: readonly { readonly method?: string; readonly url: string }[]): string[] =>
  asked.map(({ method, url }) => `${method ?? ''} ${url.replace('https://vendor.test', '')}`);
const idsOf = (pages: readonly { readonly records: readonly Json[] }[]): unknown[] =>
  pages.flatMap(({ records }) => records.map((record) => (record as { id: string }).id));

test('an export is started, waited for, and delivered chunk by chunk; only the last chunk ends the range', async () => {
  const answers = [ordered('e-1'), running(), ready(2, 1), chunk('a'), chunk('b', 'c')];
  const { asked, clock, context } = reading(answers);
  const pages = await readAll(rest(spec), context);
  expect(pathsOf(asked)).toEqual([
    'POST /exports',
    'GET /exports/e-1/status',
    'GET /exports/e-1/status',
    'GET /exports/e-1/chunks/1',
    'GET /exports/e-1/chunks/2',
  ]);
  expect(asked[0]?.body).toBe('{"since":1793491200}');
  expect(asked[3]?.query).toEqual({ tenant: 't-1' });
  expect(clock.waits).toEqual([5_000]);
  expect(idsOf(pages)).toEqual(['a', 'b', 'c']);
  expect(pages.map(({ last, rereads }) => [rereads, last])).toEqual([
    [true, undefined],
    [undefined, undefined],
    [undefined, true],
  ]);
  expect(lastPosition(pages)).toEqual({ since: window.to });
});

test('the id is saved before the first chunk; a run continues after the delivered chunks', async () => {
  const first = reading([ordered(17), ready(1, 2, 3), chunk('a'), chunk('b'), chunk('c')]);
  const pages = await readAll(rest(spec), first.context);
  expect(pages[0]).toMatchObject({
    records: [],
    checkpoint: { export: expect.stringContaining('"job":"17"') },
  });
  const again = reading([ready(1, 2, 3), chunk('c')], { checkpoint: pages[2]?.checkpoint ?? null });
  const rest2 = await readAll(rest(spec), again.context);
  expect(pathsOf(again.asked)).toEqual(['GET /exports/17/status', 'GET /exports/17/chunks/3']);
  expect(rest2).toMatchObject([
    { records: [event('c', '01:00')], last: true, checkpoint: { since: window.to } },
  ]);
  expect(rest2[0]?.rereads).toBeUndefined();
});

test('a chunk that is listed late is not missed, because nothing is downloaded before the list is complete', async () => {
  const { asked, context } = reading([
    ordered('e'),
    running(['1']),
    running(['1', '3']),
    ready('1', '3', '2'),
    ...[chunk('a'), chunk('b'), chunk('c')],
  ]);
  expect(idsOf(await readAll(rest(spec), context))).toEqual(['a', 'b', 'c']);
  expect(
    pathsOf(asked)
      .slice(0, 4)
      .filter((path) => path.includes('chunks')),
  ).toEqual([]);
});

test.each<[string, readonly ScriptedAnswer[]]>([
  ['the vendor no longer has it', [gone]],
  ['it failed', [body({ status: 'ERROR' })]],
  ['it lacks a chunk', [body({ status: 'DONE', chunks: [1], failed: [2] })]],
  ['a chunk is gone', [ready(1, 2), chunk('a'), { status: 410, body: {} }]],
])('another export is started and logged when %s', async (_, answers) => {
  const { asked, context } = reading([ordered('old'), ...answers, ordered('new'), ready(1), chunk('a', 'b')]);
  const pages = await readAll(rest(spec), context);
  expect(pathsOf(asked).at(-1)).toBe('GET /exports/new/chunks/1');
  expect(pages.filter(({ readAgainFrom }) => readAgainFrom !== undefined)).toMatchObject([
    {
      records: [],
      readAgainFrom: window.from,
      rereads: true,
      checkpoint: { export: expect.stringContaining('new') },
    },
  ]);
  expect(pages.at(-1)?.last).toBe(true);
});

test('a list of chunks in another order is the same list', async () => {
  const first = reading([ordered('e'), ready(1, 2, 10), chunk('a'), chunk('b'), chunk('c')]);
  const pages = await readAll(rest(spec), first.context);
  const { asked, context } = reading([ready(10, 2, 1), chunk('c')], {
    checkpoint: pages[2]?.checkpoint ?? null,
  });
  await readAll(rest(spec), context);
  expect(pathsOf(asked)).toEqual(['GET /exports/e/status', 'GET /exports/e/chunks/10']);
});

test('an export whose list begins with other chunks than the delivered ones is a different one', async () => {
  const first = reading([ordered('e'), ready(1, 2), chunk('a'), chunk('b')]);
  const pages = await readAll(rest(spec), first.context);
  const { asked, context } = reading([ready(2, 3), ordered('n'), ready(1), chunk('a')], {
    checkpoint: pages[1]?.checkpoint ?? null,
  });
  await readAll(rest(spec), context);
  expect(pathsOf(asked)[1]).toBe('POST /exports');
});

test('after three exports that the vendor dropped the run fails, and the range stays open', async () => {
  const failed = body({ status: 'ERROR' });
  const { asked, context } = reading([1, 2, 3].flatMap((id) => [ordered(id), failed]));
  const run = readAll(rest(spec), context);
  await expect(run).rejects.toThrow(UnavailableError);
  await expect(run).rejects.toThrow(/gave up 3 exports of one range.*stays open/);
  expect(asked).toHaveLength(6);
});

test('an export that is refused because one is being prepared names that one', async () => {
  const answers = [{ status: 409, body: { active: 'e-0' } }, ready(1), chunk('a')];
  const { asked, context } = reading(answers);
  expect(idsOf(await readAll(rest(spec), context))).toEqual(['a']);
  expect(pathsOf(asked)[1]).toBe('GET /exports/e-0/status');
});

test('a run waits for a minute, then it ends and says when it continues', async () => {
  const { asked, clock, context } = reading([ordered('e'), ...Array<ScriptedAnswer>(20).fill(running())]);
  const pages: unknown[] = [];
  const run = (async () => {
    for await (const page of rest(spec)(context)) pages.push(page);
  })();
  const error = await run.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UnavailableError);
  expect((error as UnavailableError).resumeAt?.getTime()).toBe(start + 120_000);
  expect(clock.waits).toHaveLength(12);
  expect(asked).toHaveLength(14);
  expect(pages).toMatchObject([{ checkpoint: { export: expect.stringContaining('"e"') } }]);
});

test('an export that is prepared for longer than it is kept is started again', async () => {
  const first = reading([ordered('e'), ready(1), chunk('a')]);
  const [begun] = await readAll(rest(spec), first.context);
  const clock = fakeClock('2026-11-03T00:00:01Z');
  const { asked, context } = reading([running(), ordered('n'), ready()], {
    now: clock.now,
    checkpoint: begun?.checkpoint ?? null,
  });
  const pages = await readAll(rest(spec), context);
  expect(pathsOf(asked)).toEqual(['GET /exports/e/status', 'POST /exports', 'GET /exports/n/status']);
  expect(pages.at(-1)).toMatchObject({ records: [], last: true });
});

test('the records of a chunk that belong to another range are left out', async () => {
  const later = { id: 'later', at: '2026-11-01T23:59:30.000Z' };
  const { context } = reading([ordered('e'), ready(1), body([event('a', '01:00'), later])]);
  expect(idsOf(await readAll(rest(spec), context))).toEqual(['a']);
});

test.each<[string, readonly ScriptedAnswer[]]>([
  ['there is no id at id', [body({})]],
  ['there is no id at active', [{ status: 409, body: {} }]],
  ['there is no status at status', [ordered('e'), body({ chunks: [] })]],
  ['there is no array at chunks', [ordered('e'), body({ status: 'DONE' })]],
  ['a chunk at chunks is neither text nor a number', [ordered('e'), ready({ id: 1 })]],
  ['there is no array at $', [ordered('e'), ready(1), body({ error: 'no' })]],
])('an answer of another shape is not an empty export: %s', async (because, answers) => {
  const { context } = reading(answers);
  const run = readAll(rest(spec), context);
  await expect(run).rejects.toThrow(ContractError);
  await expect(run).rejects.toThrow(because);
});

test.each([
  { export: 'x', since: window.from, until: window.to },
  { export: '{"job":1,"mark":"","orderedMs":0,"read":0}', since: window.from, until: window.to },
  { export: '{"job":"e","mark":"","orderedMs":0,"read":-1}', since: window.from, until: window.to },
  { cursor: 'x', since: window.from, until: window.to },
])('a position that no read of an export wrote is damaged: %o', async (checkpoint) => {
  const { context } = reading([], { checkpoint });
  expect((await readUntilError(rest(spec), context)).error).toContain(
    'its position was not written by reading',
  );
});

test('a crash between two chunks and a lost export lose nothing and send nothing twice', async () => {
  const harness = pullHarness();
  const source: PullSource = {
    pull: rest(spec),
    table: { name: 'Findings_CL', time: 'at', eventId: 'id', columns: {} },
  };
  const at = (id: string, minute: string): Json => ({ id, at: `2026-11-21T11:${minute}:00.000Z` });
  const settings = { url: 'https://vendor.test', tenant: 't-1' };
  const run = (answers: readonly ScriptedAnswer[]) =>
    harness.runOver(scriptedHttp('https://vendor.test', answers), source, { settings });
  const first = await run([
    ordered('e-1'),
    ready(1, 2),
    body([at('new', '50'), at('newer', '55')]),
    // The script ends here, as a connection that breaks.
  ]);
  expect(first).toMatchObject({ outcome: 'failed', accepted: 2 });
  const second = await run([
    gone,
    ordered('e-2'),
    ready(1, 2),
    body([at('old', '10'), at('new', '50')]),
    body([at('newer', '55'), at('older', '05')]),
  ]);
  expect(second).toMatchObject({ outcome: 'caught-up', accepted: 2, duplicate: 2 });
  expect(harness.delivered().sort()).toEqual(['new', 'newer', 'old', 'older']);
  const lines = JSON.stringify(harness.log.lines);
  expect(lines).toContain('gave up what it prepared, or no longer has it');
  expect(lines).not.toContain('not oldest first');
});

test('a run that waits for an export continues with it', async () => {
  const harness = pullHarness();
  const source = {
    pull: rest(spec),
    table: { name: 'Findings_CL', time: 'at', eventId: 'id', columns: {} },
  } as PullSource;
  const settings = { url: 'https://vendor.test', tenant: 't-1' };
  const run = (http: Http) => harness.runOver(http, source, { settings });
  const waiting = await run(
    scriptedHttp('https://vendor.test', [ordered('e'), ...Array<ScriptedAnswer>(20).fill(running())]),
  );
  expect(waiting).toMatchObject({ outcome: 'out-of-time', resumeAt: expect.any(String) });
  expect(waiting.error).toBeUndefined();
  const http = scriptedHttp('https://vendor.test', [
    ready(1),
    body([{ id: 'a', at: '2026-11-21T11:00:00Z' }]),
    // The minute that passed meanwhile is a range of its own.
    ordered('next'),
    ready(),
  ]);
  expect(await run(http)).toMatchObject({ outcome: 'caught-up', accepted: 1 });
  expect(pathsOf(http.asked)[0]).toBe('GET /exports/e/status');
});

test.each<[string, Partial<RestSpec>]>([
  ['next: an export has no pages', { next: { kind: 'link' } }],
  ['details: it belongs', { details: { path: '/d/{id}', recordId: 'id', batch: 1, records: '$' } }],
  ['streamed: a chunk', { format: 'ndjson', streamed: true }],
  ['success: it belongs', { success: { from: 'ok', is: [true] } }],
  [
    'window.order: only an export',
    { export: undefined, window: { lag: { minMs: 0, maxMs: 0 }, order: 'none' } } as never,
  ],
  [
    'export.status: DONE is ready and failed',
    { export: { ...declared, status: { ...declared.status, failed: ['DONE'] } } },
  ],
  ['export.chunk: no text of it holds {chunk}', { export: { ...declared, chunk: { path: '/e/{job}' } } }],
  [
    'export.status: no text of it holds {job}',
    { export: { ...declared, status: { ...declared.status, path: '/e' } } },
  ],
  [
    'export.chunk: {since} is a value',
    { export: { ...declared, chunk: { path: '/{job}/{chunk}/{since}' } } },
  ],
  [
    'export.status: {chunk} is a value',
    { export: { ...declared, status: { ...declared.status, path: '/{job}/{chunk}' } } },
  ],
  [
    'export.status.everyMs: it must be',
    { export: { ...declared, status: { ...declared.status, everyMs: 10 } } },
  ],
  ['export.running.status: it must be', { export: { ...declared, running: { status: 200, job: 'x' } } }],
  ['export.kept: it is not known', { export: { ...declared, kept: 1 } as never }],
  [
    'export.chunk.path: e/{job}/{chunk} does not begin',
    { export: { ...declared, chunk: { path: 'e/{job}/{chunk}' } } },
  ],
])('a declaration that cannot work is refused: %s', (because, parts) => {
  const wrong = { ...spec, ...parts };
  if (parts.export === undefined && 'export' in parts) delete (wrong as { export?: unknown }).export;
  expect(() => rest(wrong)).toThrow(because);
});
