import type { RawRecord } from '../../shared/contract/connector';
import type { Json } from '../../shared/contract/json';
import type { SinkLimits } from '../../shared/contract/sink';
import { compileFormat } from '../../shared/rows/format-page';
import { dedupAtWatermark } from '../../shared/windows/watermark';
import { canonicalJson, parseJson, stringifyDeep } from '../../shared/values/json/json';
import { memberNames } from '../../shared/values/json-path';
import { toIso } from '../../shared/values/time';
import { HOSTILE_RECORDS, leavesOf, type Leaf } from '../fakes/hostile-records';
import { walked, type DedupPage } from '../fakes/batches';
import { memorySink } from '../fakes/memory-sink';
import { SAMPLE_TABLE, scriptedSource } from '../fakes/scripted-source';

function format(record: RawRecord, limits: Partial<SinkLimits> = {}): DedupPage {
  const walk = dedupAtWatermark(undefined);
  walk.beginPage(false, '2026-11-21T12:00:00.000Z');
  const options = {
    instance: 'default',
    startedAt: new Date('2026-11-21T12:00:00Z'),
    sink: memorySink(limits),
  };
  return walked(compileFormat(scriptedSource([]), options, walk)([record]));
}

/** The outcome of a record. */
function outcomeOf({ rows, deadLetters }: DedupPage): string {
  return rows[0] === undefined ? (deadLetters[0]?.cause ?? 'nothing') : (rows[0].truncated?.cause ?? 'row');
}

/** The path of each column of the sample, with the time and the id. */
const ORIGINS = Object.entries({
  ...SAMPLE_TABLE.columns,
  EventTime: { from: 'at' },
  EventId: { from: 'id' },
}).map(([name, { from }]) => [name, memberNames(from ?? '') ?? []] as const);

/** The value at a path of member names, own members only. */
function at(value: Json | undefined, path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((here, key) => {
    return typeof here === 'object' && here !== null && Object.hasOwn(here, key)
      ? (here as Record<string, Json>)[key]
      : undefined;
  }, value);
}

/** A scalar in the form of a text column. */
const textOf = (value: Json): string => (typeof value === 'object' ? stringifyDeep(value) : String(value));

/** True if a row holds a leaf: in its column, converted, or in AdditionalFields. */
function holds(row: Record<string, Json>, [path, value]: Leaf): boolean {
  const written = [canonicalJson(value), canonicalJson(textOf(value)), canonicalJson(toIso(value) ?? null)];
  const isWritten = (found: Json | undefined): boolean => {
    return found !== undefined && (written.includes(canonicalJson(found)) || textOf(found) === value);
  };
  const inColumn = ORIGINS.some(([name, from]) => {
    return from.every((key, i) => path[i] === key) && isWritten(at(row[name], path.slice(from.length)));
  });
  return inColumn || isWritten(at(row['AdditionalFields'], path));
}

const EXPECTED: Readonly<Record<string, string>> = {
  null: 'not-an-object',
  'a number': 'not-an-object',
  'a large number': 'not-an-object',
  'a text': 'not-an-object',
  'a boolean': 'not-an-object',
  'an array': 'not-an-object',
  '101 levels': 'too-deep',
  '20,000 levels': 'too-deep',
  '1 MB of text': 'truncated',
  '2 MB in many members': 'truncated',
};

describe.each(Object.entries(HOSTILE_RECORDS))('a record with %s', (name, record) => {
  test(`becomes: ${EXPECTED[name] ?? 'row'}`, () => {
    const page = format(record);
    expect(outcomeOf(page)).toBe(EXPECTED[name] ?? 'row');
    expect(page.rows.length + page.deadLetters.length).toBe(1);
  });

  test('is kept whole, in its row or in its dead letter', () => {
    const { rows, deadLetters } = format(record);
    const kept = deadLetters[0] ?? rows[0]?.truncated;
    const row = parseJson(rows[0]?.text ?? '{}') as Record<string, Json>;
    const lost =
      kept === undefined
        ? leavesOf(record).filter(([path, value]) => path.length > 0 && !holds(row, [path, value]))
        : [];
    expect(lost).toEqual([]);
    expect(kept?.record ?? stringifyDeep(record)).toBe(stringifyDeep(record));
  });

  test('becomes text that fits one call and is JSON', () => {
    const texts = format(record).rows.map(({ text }) => text);
    expect(texts.every((text) => Buffer.byteLength(text) <= 999_998)).toBe(true);
    expect(texts.map((text) => typeof parseJson(text))).toEqual(texts.map(() => 'object'));
  });

  test('has the same event id each time', () => {
    const [a, b] = [format(record), format(record)];
    expect(a.rows.map(({ eventId }) => eventId)).toEqual(b.rows.map(({ eventId }) => eventId));
    expect(a.rows.every(({ eventId }) => eventId.length > 0)).toBe(true);
  });
});

test('no record changes an object’s prototype', () => {
  for (const record of Object.values(HOSTILE_RECORDS)) format(record);
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(({} as Record<string, unknown>)['name']).toBeUndefined();
});

test('a text of 40 KB is cut for a sink with 32 KB a field, and kept whole as a dead letter', () => {
  const { rows } = format(HOSTILE_RECORDS['40 KB of text'] ?? null, { maxFieldBytes: 32 * 1024 });
  const row = parseJson(rows[0]?.text ?? '{}') as Record<string, string>;
  expect(row).toMatchObject({ Name: 'é'.repeat(16_384), TruncatedFields: ['Name'] });
  expect(rows[0]?.truncated).toMatchObject({
    cause: 'truncated',
    detail: 'over 32768 bytes: Name',
    eventId: row['EventId'],
  });
});
