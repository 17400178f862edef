import { EMPTY_CHECKPOINT, EMPTY_LEDGER, type Checkpoint } from '../../shared/contract/checkpoint';
import type { Json, JsonObject } from '../../shared/contract/json';
import type { RunReport } from '../../shared/contract/run';
import { EMPTY_COUNTERS } from '../../shared/contract/spool';
import type { ColumnType } from '../../shared/contract/table';
import { reportProblem } from '../../shared/storage/state/run-reports';
import { countersForm, toStoredCounters } from '../../shared/storage/spool/counters';
import { parseStored, storedText } from '../../shared/storage/stored-form';
import { lineText, linesOf } from '../../shared/storage/stored-lines';
import { runToEnd } from '../../shared/values/cooperative';
import { isObject } from '../../shared/values/json-path';
import { checkpointProblem, sliceProblem } from '../../shared/storage/state/stored-checkpoint';

/* Valid JSON with a wrong meaning in any member of a stored value makes the value damaged. */

const ID = { connector: 'acme', instance: 'default', source: 'alerts' };
const AT = '2026-11-21T12:00:00.000Z';

const CHECKPOINT: Checkpoint = {
  ...EMPTY_CHECKPOINT,
  position: { after: 'x' },
  boundary: { time: AT, ids: ['a'] },
  startFrom: AT,
  unfinished: true,
  savedAt: AT,
  windows: {
    nextId: 2,
    frontiers: { '': { start: AT, live: AT, recheck: AT, final: AT } },
    open: [{ id: 1, lane: 'live', from: AT, to: AT, position: { page: 2 }, listedAt: AT, pages: 1 }],
    leftPartitions: 1,
    rest: [{ from: AT, to: AT }],
    position: '{}',
  },
  lag: { at: AT, weights: { '1': 0.5 } },
  seen: { key: 'k', bucketMs: 3_600_000, buckets: { '2026-11-21T12:00': [['abc-1', 7]] } },
  account: { url: 'hash' },
  nextKnown: true,
  gone: [{ from: AT, to: AT, what: 'x', atStart: true }],
  failing: { error: 'E', times: 1, since: AT },
  replayed: { page: 'p', letters: ['a'] },
};
const TOTALS = toStoredCounters({
  ...EMPTY_COUNTERS,
  settled: { '20261121T120000.000Z-000000-ab': { records: 1, failures: 1, failedAt: AT, left: [0] } },
  keys: { one: 1 },
  columns: { Name: 'string' },
  waiting: { reason: 'setting', message: 'm', since: AT, retryAt: AT },
  remembered: ['h'],
  replayed: { page: 'p', letters: ['a'] },
});
const REPORT: RunReport = {
  ...ID,
  ...EMPTY_LEDGER,
  runId: 'r',
  table: 'T',
  pages: 1,
  drifted: 0,
  startedAt: AT,
  durationMs: 5,
  outcome: 'failed',
  oldest: AT,
  spool: { stored: 1, delivered: 1, filtered: 0, dead: 0, duplicate: 0, pending: 0 },
  gone: [{ from: AT, to: AT }],
  budget: { requests: 1, waitedMs: 0, usedShare: 0.5, fullAt: AT },
  error: { name: 'E', message: 'm' },
};

/** Every value within a value, by its path, except parts that only a connector reads. */
function* placesIn(value: Json, path: readonly string[] = []): Generator<readonly string[]> {
  if (path.length > 0) yield path;
  if (path.at(-1) === 'position') return;
  const members = isObject(value) || Array.isArray(value) ? Object.entries(value as JsonObject) : [];
  for (const [name, member] of members) yield* placesIn(member, [...path, name]);
}

function replaced(value: Json, [name = '', ...rest]: readonly string[], by: Json): Json {
  const copy: Record<string, Json> & Json[] = (
    Array.isArray(value) ? [...value] : { ...(value as object) }
  ) as never;
  copy[name] = rest.length === 0 ? by : replaced(copy[name] as Json, rest, by);
  return copy;
}

/** Values of another type than a value, or out of its range. */
function nonsenseFor(value: Json): Json[] {
  if (typeof value === 'number') return [null, '51', [], {}, -1, 1e300, true];
  if (typeof value === 'string') return [null, 7, [], {}, true];
  if (typeof value === 'boolean') return [null, 7, 'true', []];
  return [null, 7, 'x', true, ...(Array.isArray(value) ? [{ a: 1 }, [-7], [null]] : [[], [7]])];
}

const FORMS: readonly [name: string, sample: object, problemOf: (value: Json) => string | undefined][] = [
  ['a checkpoint', CHECKPOINT, checkpointProblem],
  ['the totals of a spool', TOTALS, countersForm(ID).problemOf],
  ['the report of a run', REPORT, reportProblem],
];

describe.each(FORMS)('%s', (_, sample, problemOf) => {
  const value = JSON.parse(JSON.stringify(sample)) as Json;

  test('is valid as written, even with members of a newer version', () => {
    expect(problemOf(value)).toBeUndefined();
    expect(problemOf({ ...(value as JsonObject), newer: { deep: [1] } })).toBeUndefined();
  });

  test('is damaged by an invalid value of any of its members', () => {
    const taken: string[] = [];
    for (const path of placesIn(value)) {
      const before = path.reduce<Json>((at, name) => (at as JsonObject)[name] as Json, value);
      for (const wrong of nonsenseFor(before))
        if (problemOf(replaced(value, path, wrong)) === undefined)
          taken.push(`${path.join('.')} = ${JSON.stringify(wrong)}`);
    }
    expect(taken.filter((one) => !MAY_BE.some((pattern) => pattern.test(one)))).toEqual([]);
  });

  test('can still be written after a run has added to each of its counts', () => {
    const form = { what: 'it', mend: '', problemOf };
    for (const path of placesIn(value)) {
      const before = path.reduce<Json>((at, name) => (at as JsonObject)[name] as Json, value);
      if (typeof before !== 'number') continue;
      const wrong = LARGEST.flatMap((count) => {
        if (problemOf(replaced(value, path, count)) !== undefined) return [];
        const grown = replaced(value, path, count + MOST_OF_A_RUN) as object;
        return writeProblem(grown, form) ?? [];
      });
      expect([path.join('.'), wrong]).toEqual([path.join('.'), []]);
    }
  });
});

/** Counts at the upper end of the accepted range, and beyond. */
const LARGEST = [1e9, 1e12, 1e14, 1e15, Number.MAX_SAFE_INTEGER - 1e12];
/** No run reaches such a count. */
const MOST_OF_A_RUN = 1e12;

function writeProblem(value: object, form: Parameters<typeof storedText>[1]): string | undefined {
  try {
    storedText(value, form);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

test.each(['open', 'rest'] as const)('a window of %s must not end before it begins', (member) => {
  const { windows } = CHECKPOINT as { windows: NonNullable<Checkpoint['windows']> };
  const of = (to: string): Json => {
    const reversed = windows[member]?.map((one) => ({ ...one, to }));
    return { ...CHECKPOINT, windows: { ...windows, [member]: reversed } } as unknown as Json;
  };
  expect(checkpointProblem(of('2026-11-21T11:59:59.999Z'))).toMatch(/^its windows need/);
  expect(checkpointProblem(of(AT))).toBeUndefined();
});

test('a span of lost time must not end before it begins', () => {
  const of = (to: string): Json => ({ ...CHECKPOINT, gone: [{ from: AT, to }] }) as unknown as Json;
  expect(checkpointProblem(of('2026-11-21T11:59:59.999Z'))).toBe('its gone is not what any version wrote');
  expect(checkpointProblem(of(AT))).toBeUndefined();
});

test('a column of a spool must have a known type', () => {
  const of = (type: string) =>
    countersForm(ID).problemOf({ ...TOTALS, columns: { Name: type } } as unknown as Json);
  expect(of('banana')).toBe('its columns is not what any version wrote');
  const types: readonly ColumnType[] = ['string', 'int', 'long', 'real', 'boolean', 'datetime', 'dynamic'];
  expect(types.map(of)).toEqual(types.map(() => undefined));
});

describe('a checkpoint without a position', () => {
  const { boundary, seen, windows } = CHECKPOINT;
  const ledger = { ...EMPTY_LEDGER, fetched: 51, accepted: 51 };
  const delivered = {
    version: 1,
    position: null,
    ledger,
    startFrom: AT,
    account: { url: 'hash' },
    savedAt: AT,
  };
  const problemOf = (state: object): string | undefined =>
    checkpointProblem(JSON.parse(JSON.stringify({ ...delivered, ...state })) as Json);

  test.each([
    ['a source that never ran', { ...EMPTY_CHECKPOINT, startFrom: undefined, account: undefined }],
    ['a first run whose first page failed', { ledger: EMPTY_LEDGER, failing: CHECKPOINT.failing }],
    ['a start that was cut to what the vendor keeps', { ledger: EMPTY_LEDGER, gone: CHECKPOINT.gone }],
    ['a reset, which keeps the ledger', { startFrom: undefined, account: undefined }],
    ['a reset of a state that was adopted', { startFrom: undefined }],
    ['a time that was set', { account: undefined }],
    ['a page that left the position unchanged', { boundary, seen, unfinished: true }],
    ['a page without event times that left it unchanged', { seen, unfinished: false }],
    ['a start at the oldest kept event', { boundary, nextKnown: true, gone: [{ from: AT, to: AT }] }],
  ])('is valid for %s', (_, state) => {
    expect(problemOf(state)).toBeUndefined();
  });

  test.each([
    ['whose pages named a next page', { nextKnown: true }],
    ['that has delivered', { boundary, unfinished: false }],
    ['that is read in windows', { windows, seen }],
    ['that has lost its start too', { boundary, seen, startFrom: undefined }],
    ['that has lost its start while it failed', { failing: CHECKPOINT.failing, startFrom: undefined }],
  ])('is damaged for a source %s', (_, state) => {
    expect(problemOf(state)).toMatch(/^it has data of earlier runs, but no position/);
  });

  test('says until when it was delivered, and is valid for a backfill slice', () => {
    const state = { ...delivered, boundary, windows };
    expect(problemOf(state)).toContain(`the newest event that it delivered is of ${AT}`);
    expect(sliceProblem(JSON.parse(JSON.stringify(state)) as Json)).toBeUndefined();
  });
});

test.each([1e15, 2 ** 53])('%d is not a valid count', (count) => {
  const ledger = { ...EMPTY_LEDGER, fetched: count, accepted: count };
  expect(checkpointProblem({ version: 1, position: null, ledger })).toMatch(/^its ledger needs/);
  for (const totals of [{ delivered: count }, { keys: { local: count } }])
    expect(
      countersForm(ID).problemOf({ ...toStoredCounters(EMPTY_COUNTERS), ...totals } as never),
    ).toBeDefined();
});

test('no stored value is nested too deep to read, and none is written', () => {
  const form = { what: 'the checkpoint of acme/alerts', problemOf: checkpointProblem, mend: 'Do that.' };
  const deep = (levels: number): string =>
    JSON.stringify(EMPTY_CHECKPOINT).replace('null', `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`);
  expect(parseStored(deep(90), 'x', form)).toMatchObject({ position: { a: {} } });
  for (const levels of [101, 3_000, 100_000])
    expect(() => parseStored(deep(levels), 'checkpoints/x.json', form)).toThrow(
      'reading the checkpoint of acme/alerts: checkpoints/x.json is damaged: it is nested deeper than 100 levels. Do that.',
    );
  expect(() => storedText(JSON.parse(deep(3_000)) as Checkpoint, form)).toThrow(/^writing .* nested deeper/);
});

/** Unusual values that are valid there: a clock may be set back. */
const MAY_BE = [/^(?:durationMs|budget\.waitedMs) = (?:-1|1e\+300)$/];

test('a value that could not be read back is not written', () => {
  const form = { what: 'the checkpoint of acme/alerts', problemOf: checkpointProblem, mend: '' };
  expect(parseStored(storedText(CHECKPOINT, form), 'x', form)).toEqual(CHECKPOINT);
  const wrong = { ...CHECKPOINT, ledger: { ...EMPTY_LEDGER, deadLettered: Number.NaN } };
  expect(() => storedText(wrong, form)).toThrow(
    /^writing the checkpoint of acme\/alerts: its ledger needs .* What is stored stays as it was\./,
  );
  expect(() => lineText('the acts', { a: undefined }, () => 'it lacks a')).toThrow(
    /^writing the acts: it lacks a/,
  );
});

test('each damaged line is reported by its number, and its bytes are kept', () => {
  const body = Buffer.concat([
    Buffer.from('{"a":1}\n\nno\n'),
    Buffer.from([0xff, 0x0a]),
    Buffer.from('{"a":2}'),
  ]);
  const told: string[] = [];
  const problemOf = (value: Json): string | undefined => (isObject(value) ? undefined : 'it is no object');
  const damaged = ({ message }: Error): void => void told.push(message);
  const lines = runToEnd(linesOf(body, { doing: 'reading x', problemOf, damaged }));
  expect(lines.map(({ value }) => value)).toEqual([{ a: 1 }, undefined, undefined, { a: 2 }]);
  expect(lines[2]?.bytes).toEqual(Buffer.from([0xff]));
  expect(told.map((message) => message.slice(0, 40))).toEqual([
    'reading x: its line 3 is damaged: it is ',
    'reading x: its line 4 is damaged: it is ',
  ]);
  expect(() => runToEnd(linesOf(body, { doing: 'reading x', problemOf }))).toThrow('its line 3 is damaged');
});

test('many lines are read in pieces of a few milliseconds each', () => {
  const body = Buffer.from('{"a":1}\n'.repeat(10_000));
  let pauses = 0;
  const reading = linesOf(body, { doing: 'reading x', problemOf: () => undefined });
  let step = reading.next();
  for (; step.done !== true; step = reading.next()) pauses += 1;
  expect(step.value).toHaveLength(10_000);
  expect(pauses).toBeGreaterThanOrEqual(10);
});
