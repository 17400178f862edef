import { createHash } from 'node:crypto';
import type { RawRecord } from '../../shared/contract/connector';
import type { Json } from '../../shared/contract/json';
import { compileFormat, hash, type FormatOptions } from '../../shared/rows/format-page';
import { runToEnd } from '../../shared/values/cooperative';
import { canonicalJson } from '../../shared/values/json/json';
import { adaptToStream, unacceptedBy } from '../../shared/rows/stream-columns';
import { dedupAtWatermark } from '../../shared/windows/watermark';
import { walked, type DedupPage } from '../fakes/batches';
import { memorySink } from '../fakes/memory-sink';
import {
  event,
  NO_ID_TABLE,
  SAMPLE_TABLE,
  scriptedSource,
  type ScriptOptions,
} from '../fakes/scripted-source';

const NOW = '2026-11-21T12:00:00.000Z';

function format(
  records: readonly RawRecord[],
  source: ScriptOptions = {},
  options: Partial<FormatOptions> = {},
): DedupPage {
  const walk = dedupAtWatermark(undefined);
  walk.beginPage(false, NOW);
  const all = { instance: 'default', startedAt: new Date(NOW), sink: memorySink(), ...options };
  return walked(compileFormat(scriptedSource([], source), all, walk)(records));
}

const rowOf = ({ rows }: DedupPage, index = 0): Record<string, Json> =>
  JSON.parse(rows[index]?.text ?? '{}') as Record<string, Json>;

test('every record of a page is counted exactly once', () => {
  const records = [
    event('a'),
    event('a'),
    null,
    'text',
    event('b', 1, { drop: true }),
    event('c', 2, { away: true }),
    {},
  ];
  const keep = (record: RawRecord): boolean => (record as { away?: boolean } | null)?.away !== true;
  const drop = (record: RawRecord): boolean => (record as { drop?: boolean } | null)?.drop === true;
  const { rows, deadLetters, duplicate, filtered } = format(records, { keep }, { drop });
  expect([rows.length, deadLetters.length, duplicate, filtered]).toEqual([2, 2, 1, 2]);
});

test.each<[string, { away?: boolean; deep?: boolean; sameId?: boolean }]>([
  ['rows', {}],
  ['duplicates', { sameId: true }],
  ['filtered records', { away: true }],
  ['dead letters', { deep: true }],
])('a long page of %s pauses about every 64 KB', (_, { away, deep, sameId }) => {
  const nested = JSON.parse(`${'['.repeat(200)}${']'.repeat(200)}`) as Json;
  const records = Array.from({ length: 5_000 }, (__, place) =>
    event(sameId === true ? 'a' : `a${place}`, 0, deep === true ? { nested } : {}),
  );
  const walk = dedupAtWatermark(undefined);
  walk.beginPage(false, NOW);
  const options = { instance: 'default', startedAt: new Date(NOW), sink: memorySink() };
  const source = scriptedSource([], { keep: () => away !== true });
  const page = compileFormat(source, options, walk)(records);
  const pauses = [...page.encoded].filter((row) => row === undefined).length;
  expect(pauses).toBeGreaterThanOrEqual(Math.floor((records.length * 100) / 65_536));
  const { deadLetters, duplicate, filtered, rows } = page.result();
  expect(rows.length + deadLetters.length + duplicate + filtered).toBe(records.length);
});

test('a page has no result until all of its rows were read', () => {
  const walk = dedupAtWatermark(undefined);
  const options = { instance: 'default', startedAt: new Date(NOW), sink: memorySink() };
  const page = compileFormat(scriptedSource([]), options, walk)([event('a'), event('b')]);
  const [first] = page.encoded;
  expect(first?.row.eventId).toBe('a');
  expect(page.result).toThrow('not read to their end');
});

test('a row has its event id, its time and its record', () => {
  const record = event('a', 7);
  expect(format([record]).rows).toEqual([
    {
      ...{ text: expect.any(String), eventId: 'a', record, time: '2026-11-21T00:00:07.000Z' },
      ...{ late: false, drifted: false },
    },
  ]);
  expect(rowOf(format([record]))).toMatchObject({ EventId: 'a', Instance: 'default' });
});

describe('a stream that lacks a column', () => {
  const leftOut = new Map([
    ['Sample_CL', unacceptedBy(new Set(['EventId', 'AdditionalFields']))],
    ['Late_CL', unacceptedBy(new Set(['EventId', 'IsLate', 'Name', 'AdditionalFields']))],
  ]);
  const sink = (maxFieldBytes = 65_536) => adaptToStream(memorySink({ maxFieldBytes }), leftOut, new Set());

  test('gets the value in AdditionalFields, and a late row uses the stream of its own table', () => {
    const old = { at: '2026-01-01T00:00:00Z', more: 1 };
    const page = format([event('a'), event('b', 0, old)], {}, { sink: sink(), lateTable: 'Late_CL' });
    expect(rowOf(page)).toMatchObject({ EventId: 'a', AdditionalFields: { Name: 'event a', IsLate: false } });
    expect(rowOf(page)).not.toHaveProperty('Name');
    expect(rowOf(page, 1)).toMatchObject({ Name: 'event b', IsLate: true, AdditionalFields: { more: 1 } });
    expect(page.rows.map(({ late }) => late)).toEqual([false, true]);
  });

  test('keeps a late row late although no stream accepts the column that says so', () => {
    const page = format([event('a', 0, { at: '2026-01-01T00:00:00Z' })], {}, { sink: sink() });
    expect(rowOf(page)).toMatchObject({ AdditionalFields: { IsLate: true } });
    expect(page.rows.map(({ late }) => late)).toEqual([true]);
  });

  test('has a field that is then too long cut, and the whole record kept', () => {
    const [row] = format(
      [event('a', 0, { name: 'x'.repeat(300), more: 'y'.repeat(300) })],
      {},
      { sink: sink(500) },
    ).rows;
    expect(JSON.parse(row?.text ?? '')).toMatchObject({ TruncatedFields: ['AdditionalFields'] });
    expect(row?.truncated).toMatchObject({ cause: 'truncated', record: expect.stringContaining('yyy') });
  });
});

describe('a filter', () => {
  const fails = (): never => {
    throw new TypeError('a bug');
  };

  test('that throws keeps the record', () => {
    expect(format([event('a')], { keep: fails }).rows).toHaveLength(1);
    expect(format([event('a')], {}, { drop: fails }).rows).toHaveLength(1);
  });

  test('of the operator cannot bring back what the source filtered', () => {
    expect(format([event('a')], { keep: () => false }, { drop: fails }).filtered).toBe(1);
  });

  test('is also applied to records that are not objects', () => {
    const seen: RawRecord[] = [];
    format([null, 5], { keep: (record) => seen.push(record) > 0 });
    expect(seen).toEqual([null, 5]);
  });
});

describe('an event id', () => {
  const hash = (record: RawRecord): string => format([record], { table: NO_ID_TABLE }).rows[0]?.eventId ?? '';

  test('is a SHA-256 where the vendor has none', () => {
    expect(hash(event('a'))).toMatch(/^[0-9a-f]{64}$/);
  });

  test('does not depend on the order of members, but on every value', () => {
    expect(hash({ a: 1, b: { c: 2, d: 3 } })).toBe(hash({ b: { d: 3, c: 2 }, a: 1 }));
    expect(hash({ a: 1 })).not.toBe(hash({ a: '1' }));
    expect(hash({ a: 9007199254740993n })).not.toBe(hash({ a: 9007199254740992 }));
  });

  test('is a hash too where the table declares one and the record has none', () => {
    expect(format([{ name: 'a' }], { table: SAMPLE_TABLE }).rows[0]?.eventId).toMatch(/^[0-9a-f]{64}$/);
  });

  test('has an ordinal for equal records', () => {
    const ids = format([event('a'), event('a')], { table: NO_ID_TABLE }).rows.map(({ eventId }) => eventId);
    expect(ids).toEqual([ids[0], `${ids[0]}-1`]);
  });
});

describe('a row over a limit', () => {
  const limits = { maxFieldBytes: 60, maxBatchBytes: 700 };
  const long = 'é'.repeat(50);

  test('of a field is cut and sent, and its record kept as a dead letter', () => {
    const page = format([event('a', 0, { name: long })], {}, { sink: memorySink(limits) });
    expect(rowOf(page)).toMatchObject({ Name: 'é'.repeat(30), TruncatedFields: ['Name'] });
    expect(page.rows[0]?.truncated).toMatchObject({
      cause: 'truncated',
      detail: 'over 60 bytes: Name',
      eventId: 'a',
    });
    expect(page.rows[0]?.truncated?.record).toContain(long);
  });

  test('of a call is a dead letter, even after cutting', () => {
    const columns = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [`C${i}`, { type: 'string' as const, from: `c${i}` }]),
    );
    const record = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`c${i}`, long]));
    const page = format([record], { table: { ...SAMPLE_TABLE, columns } }, { sink: memorySink(limits) });
    expect(page).toMatchObject({
      rows: [],
      deadLetters: [{ cause: 'too-large', detail: 'the row is over 700 bytes' }],
    });
    expect(page.deadLetters[0]?.record).toBe(JSON.stringify(record));
  });

  test('of a call fits to the last byte, including the brackets of its array', () => {
    const alone = (name: string, maxBatchBytes: number): DedupPage =>
      format([event('a', 0, { name })], {}, { sink: memorySink({ maxFieldBytes: 60, maxBatchBytes }) });
    const bytes = Buffer.byteLength(alone('x'.repeat(60), 700).rows[0]?.text ?? '');
    expect(alone('x'.repeat(60), bytes + 2).rows).toHaveLength(1);
    expect(alone('x'.repeat(60), bytes + 1).deadLetters).toMatchObject([{ cause: 'too-large' }]);
  });

  test('of nothing stays unchanged, to the last byte', () => {
    const page = format([event('a', 0, { name: 'x'.repeat(60) })], {}, { sink: memorySink(limits) });
    expect(page.rows[0]).not.toHaveProperty('truncated');
    expect(rowOf(page)).not.toHaveProperty('TruncatedFields');
  });
});

test('a row that cannot be written affects only itself', () => {
  const circle: Record<string, unknown> = {};
  circle['self'] = circle;
  const toRow = (record: RawRecord) =>
    (record as { id: string }).id === 'bad' ? { Details: circle as never } : {};
  const page = format([event('a'), event('bad'), event('b')], { toRow });
  expect(page.rows.map(({ eventId }) => eventId)).toEqual(['a', 'b']);
  expect(page.deadLetters).toMatchObject([{ cause: 'not-encodable', eventId: 'bad' }]);
});

test('the detail of a dead letter contains nothing of the record', () => {
  const sink = {
    ...memorySink(),
    encode: () => {
      throw new TypeError('cannot write');
    },
  };
  const { deadLetters } = format([event('hush-hush'), ['hush-hush']], {}, { sink });
  expect(deadLetters.map(({ detail }) => detail)).toEqual([
    'writing the row as JSON: cannot write',
    'the record is not a JSON object',
  ]);
});

describe('the summary of rows', () => {
  test('has no range where no row has a time', () => {
    expect(format([{}]).summary).toEqual({ drifted: 0 });
  });

  test('has both ends whatever the order and the precision', () => {
    const times = ['00:00:05.1234Z', '00:00:05.123Z', '00:00:09Z', '00:00:05.12345Z'];
    const records = times.map((time) => ({ at: `2026-11-21T${time}` }));
    expect(format(records).summary).toEqual({
      drifted: 0,
      oldest: '2026-11-21T00:00:05.123Z',
      newest: '2026-11-21T00:00:09.000Z',
    });
  });
});

test('the hash of a long record is that of its sorted text', () => {
  const record = { b: 'é'.repeat(300_000), a: { d: 12345678901234567n, c: [1, 'x'] } };
  const whole = createHash('sha256').update(canonicalJson(record)).digest('hex');
  expect(runToEnd(hash(record))).toBe(whole);
});
