import type { PullSource, RawRecord } from '../../shared/contract/connector';
import type { Json, JsonObject } from '../../shared/contract/json';
import { compileRow, toDeadLetter, type FormattedColumns } from '../../shared/rows/format-row';
import { bool, datetime, dynamic, int, long, real, string } from '../../shared/kit/column-makers';
import { runToEnd } from '../../shared/values/cooperative';
import { parseJson, stringifyJson } from '../../shared/values/json/json';
import { readJson } from '../../shared/values/json/incremental-parse';
import { escapeInvalidBytes, noteInvalidUtf8 } from '../../shared/values/json/invalid-utf8';
import { event, scriptedSource, SAMPLE_TABLE } from '../fakes/scripted-source';

const STARTED = new Date('2026-11-21T12:00:00.000Z');

function format(record: RawRecord, parts: Partial<PullSource> = {}): FormattedColumns {
  return runToEnd(compileRow(scriptedSource([], parts), 'eu', STARTED)(record));
}

/** The columns of a record that becomes a row. */
function columnsOf(record: RawRecord, parts: Partial<PullSource> = {}): Record<string, Json> {
  return (format(record, parts) as { columns: Record<string, Json> }).columns;
}

describe('a record', () => {
  test('becomes typed columns, the overflow, and the columns of the framework', () => {
    const record = event('e1', 5, { severity: '3', details: { a: [1] }, source: { ip: '192.0.2.1' } });
    expect(format(record)).toEqual({
      time: '2026-11-21T00:00:05.000Z',
      eventId: 'e1',
      drifted: false,
      isShort: true,
      columns: {
        TimeGenerated: '2026-11-21T00:00:05.000Z',
        EventTime: '2026-11-21T00:00:05.000Z',
        EventId: '',
        IsLate: false,
        Instance: 'eu',
        Name: 'event e1',
        Severity: 3,
        Details: { a: [1] },
        AdditionalFields: Object.assign(Object.create(null) as object, { source: { ip: '192.0.2.1' } }),
      },
    });
  });

  test('without a time gets the time of the run, and no event time', () => {
    const formatted = format({ name: 'a' });
    expect(formatted).toMatchObject({ time: undefined, drifted: false });
    expect((formatted as { columns: object }).columns).toMatchObject({
      TimeGenerated: '2026-11-21T12:00:00.000Z',
      IsLate: false,
    });
    expect((formatted as { columns: object }).columns).not.toHaveProperty('EventTime');
  });

  test('with a byte that is not UTF-8 is a dead letter that keeps the byte', () => {
    const page = Buffer.from('[{"name":"caf\xe9"},{"name":"tea"}]', 'latin1');
    const records = runToEnd(
      noteInvalidUtf8(runToEnd(readJson(runToEnd(escapeInvalidBytes(page))))),
    ) as readonly Json[];
    const [wrong, sound] = records.map((record) => format(record));
    expect(wrong).toEqual({
      deadLetter: {
        cause: 'not-encodable',
        detail: 'a text of the record is not UTF-8: its bytes 80 to ff stand here as \\udc80 to \\udcff',
        record: '{"name":"caf\\udce9"}',
      },
    });
    expect(sound).toMatchObject({ columns: { Name: 'tea' } });
  });

  test('with an invalid time counts as drift, and keeps the value', () => {
    expect(format({ at: 'noon' })).toMatchObject({
      drifted: true,
      columns: { AdditionalFields: { at: 'noon' } },
    });
  });

  test.each<[string, boolean]>([
    ['2026-11-19T11:59:59.999Z', true],
    ['2026-11-19T12:00:00.000Z', false],
    ['2026-11-19T12:00:00.0000001Z', false],
    ['2026-11-19T11:59:59.9999999Z', true],
    ['1999-01-01T00:00:00Z', true],
    ['2099-01-01T00:00:00Z', false],
  ])('of %s is late: %s', (at, late) => {
    expect(columnsOf({ at })['IsLate']).toBe(late);
  });

  test.each<[Json, string | undefined, JsonObject | undefined]>([
    ['', undefined, { id: '' }],
    [12, '12', undefined],
    [9007199254740993n, '9007199254740993', undefined],
    [true, undefined, { id: true }],
    [{ a: 1 }, undefined, { id: { a: 1 } }],
  ])('with the id %p has the event id %p', (id, eventId, left) => {
    const formatted = format({ id });
    expect(formatted).toMatchObject({ eventId });
    expect((formatted as { columns: Record<string, Json> }).columns['AdditionalFields'] ?? undefined).toEqual(
      left,
    );
  });
});

describe('values that do not fit', () => {
  const table = {
    ...SAMPLE_TABLE,
    columns: {
      Text: string('text'),
      Count: int('count'),
      Big: long('big'),
      Ratio: real('ratio'),
      Ok: bool('ok'),
      When: datetime('when'),
      Bag: dynamic('bag'),
    },
  };

  test.each<[string, string, Json]>([
    ['Text', 'text', { a: 1 }],
    ['Text', 'text', []],
    ['Count', 'count', 3e9],
    ['Count', 'count', 'many'],
    ['Big', 'big', 2 ** 63],
    ['Big', 'big', 10n ** 30n],
    ['Ratio', 'ratio', 9007199254740993n],
    ['Ratio', 'ratio', '1e400'],
    ['Ok', 'ok', 1],
    ['When', 'when', 'soon'],
  ])('leave %s null and stay in AdditionalFields: %s = %p', (column, member, value) => {
    const formatted = format({ [member]: value }, { table }) as {
      columns: Record<string, Json>;
      drifted: boolean;
    };
    expect(formatted.columns).not.toHaveProperty(column);
    expect(formatted.columns['AdditionalFields']).toEqual({ [member]: value });
    expect(formatted.drifted).toBe(true);
  });

  test('keep the digits of large integers from the vendor’s text to the row’s', () => {
    const record = parseJson(
      '{"text":9007199254740993,"big":9007199254740993,"bag":[9007199254740993],"x":9007199254740993}',
    );
    expect(stringifyJson(columnsOf(record, { table }))).toContain(
      '"Text":"9007199254740993","Big":9007199254740993,"Bag":[9007199254740993],"AdditionalFields":{"x":9007199254740993}',
    );
  });
});

describe('toRow', () => {
  test('computes columns, which are checked like any other', () => {
    const columns = columnsOf(event('e1'), { toRow: () => ({ Severity: '7', Details: ['x'] }) });
    expect(columns).toMatchObject({ Severity: 7, Details: ['x'] });
  });

  test('wins over the path, whose value is kept in AdditionalFields', () => {
    const record = { name: 'a', severity: 9, details: 1 };
    const formatted = format(record, { toRow: () => ({ Name: 'b', Severity: 9 }) });
    expect(formatted).toMatchObject({ drifted: false, columns: { Name: 'b', Severity: 9, Details: 1 } });
    expect((formatted as { columns: Record<string, Json> }).columns['AdditionalFields']).toEqual({
      name: 'a',
    });
  });

  test('replaces a value that does not fit, which is then not drift', () => {
    const formatted = format({ severity: 'high' }, { toRow: () => ({ Severity: 3 }) });
    expect(formatted).toMatchObject({
      drifted: false,
      columns: { Severity: 3, AdditionalFields: { severity: 'high' } },
    });
  });

  test('that throws affects only its own columns, and counts as drift', () => {
    const toRow = (): never => {
      throw new Error('not that kind of record');
    };
    expect(format(event('e1', 0, { severity: 1 }), { toRow })).toMatchObject({
      drifted: true,
      columns: { Severity: 1 },
    });
  });

  test('that returns another type leaves the path’s own value, and counts as drift', () => {
    const formatted = format({ severity: 1 }, { toRow: () => ({ Severity: 'x', Name: 'n' }) });
    expect(formatted).toMatchObject({ drifted: true, columns: { Severity: 1, Name: 'n' } });
  });

  test.each(['EventId', 'Unknown', 'constructor', '__proto__'])(
    'sets no column %s that the table does not have',
    (name) => {
      const columns = columnsOf({ x: 1 }, { toRow: () => JSON.parse(`{"${name}":"mine"}`) as never });
      expect(Object.entries(columns).filter(([, value]) => value === 'mine')).toEqual([]);
    },
  );
});

describe('a column whose path searches', () => {
  const table = { ...SAMPLE_TABLE, columns: { Name: string('$..name') } };

  test('reads records of any depth that becomes a row', () => {
    const record = parseJson(`{"a":${'['.repeat(98)}{"name":"deep"}${']'.repeat(98)}}`);
    expect(columnsOf(record, { table })['Name']).toBe('deep');
  });

  test('leaves the values that it found in AdditionalFields too', () => {
    expect(columnsOf({ a: { name: 'x' } }, { table })['AdditionalFields']).toEqual({ a: { name: 'x' } });
  });
});

test.each<[string, RawRecord, string]>([
  ['null', null, 'not-an-object'],
  ['a text', 'text', 'not-an-object'],
  ['an array', [1], 'not-an-object'],
  ['invalid JSON', undefined as never, 'not-an-object'],
  ['a record of 101 levels', parseJson(`{"a":${'['.repeat(100)}${']'.repeat(100)}}`), 'too-deep'],
])('%s becomes a dead letter', (_, record, cause) => {
  expect(format(record)).toMatchObject({ deadLetter: { cause } });
});

test('a dead letter contains the whole record, and its detail nothing of it', () => {
  const record = parseJson(`{"secret":"text","a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`);
  const { detail, record: kept } = runToEnd(toDeadLetter('too-deep', 'the record is too deep', record));
  expect(kept).toBe(`{"secret":"text","a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`);
  expect(detail).not.toContain('text');
});
