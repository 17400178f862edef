import { runToEnd } from '../../shared/values/cooperative';
import type { PullSource, RawRecord } from '../../shared/contract/connector';
import { compileDrift, type Drift } from '../../shared/rows/drift';
import { compileRow } from '../../shared/rows/format-row';
import { HOSTILE_RECORDS } from '../fakes/hostile-records';
import { event, scriptedSource } from '../fakes/scripted-source';

const drift = (record: RawRecord, parts: Partial<PullSource> = {}): readonly Drift[] =>
  compileDrift(scriptedSource([], parts))(record);

test('a record whose values fit has none', () => {
  expect(drift(event('a', 0, { severity: '3', details: { any: 1 } }))).toEqual([]);
});

test('names the column, where the value stands and why it does not fit', () => {
  expect(drift(event('a', 0, { severity: 'high', name: { first: 'a' } }))).toEqual([
    { column: 'Name', from: 'name', why: '{"first":"a"} is no string' },
    { column: 'Severity', from: 'severity', why: '"high" is no int' },
  ]);
});

test('a time that is none is drift of TimeGenerated; one that is missing is none', () => {
  expect(drift({ id: 'a', at: 'noon' })).toEqual([
    { column: 'TimeGenerated', from: 'at', why: '"noon" is no datetime' },
  ]);
  expect(drift({ id: 'a' })).toEqual([]);
});

test('a long value is quoted by its beginning', () => {
  const [{ why } = { why: '' }] = drift({ severity: 'x'.repeat(500) });
  expect(why).toBe(`"${'x'.repeat(59)}… is no int`);
});

test('what toRow computes is checked too, and stands for the value at the column’s path', () => {
  const toRow = () => ({ Severity: 4, Name: {} as unknown as string });
  expect(drift(event('a', 0, { severity: 'high' }), { toRow })).toEqual([
    { column: 'Name', from: 'toRow', why: '{} is no string' },
  ]);
});

test('a toRow that throws is drift of every computed column', () => {
  const toRow = (): never => {
    throw new TypeError('no member');
  };
  expect(drift(event('a'), { toRow })).toEqual([
    { column: 'every computed column', from: 'toRow', why: 'it threw: TypeError: no member' },
  ]);
});

test.each(Object.entries(HOSTILE_RECORDS))(
  'of a record with %s it says as much as the row counts',
  (_, record) => {
    const formatted = runToEnd(
      compileRow(scriptedSource([]), 'default', new Date('2026-11-21T12:00:00Z'))(record),
    );
    const counted = 'drifted' in formatted && formatted.drifted;
    const isRow = 'columns' in formatted;
    expect(isRow && drift(record).length > 0).toBe(counted);
  },
);
