import { runToEnd } from '../../shared/values/cooperative';
import type { PullSource, RawRecord } from '../../shared/contract/connector';
import { compileDrift, type Drift } from '../../shared/rows/drift';
import { compileRow } from '../../shared/rows/format-row';
import { HOSTILE_RECORDS } from '../fakes/hostile-records';
import { event, scriptedSource } from '../fakes/scripted-source';

const drift = (record: RawRecord, parts: Partial<PullSource> = {}): readonly Drift[] =>
  compileDrift(scriptedSource([], parts))(record);

test('a record whose values fit has no drift', () => {
  expect(drift(event('a', 0, { severity: '3', details: { any: 1 } }))).toEqual([]);
});

test('names the column, the path of the value and why it does not fit', () => {
  expect(drift(event('a', 0, { severity: 'high', name: { first: 'a' } }))).toEqual([
    { column: 'Name', from: 'name', why: '{"first":"a"} is not a valid string' },
    { column: 'Severity', from: 'severity', why: '"high" is not a valid int' },
  ]);
});

test('an invalid time is drift of TimeGenerated; a missing one is not', () => {
  expect(drift({ id: 'a', at: 'noon' })).toEqual([
    { column: 'TimeGenerated', from: 'at', why: '"noon" is not a valid datetime' },
  ]);
  expect(drift({ id: 'a' })).toEqual([]);
});

test('a long value is quoted by its beginning', () => {
  const [{ why } = { why: '' }] = drift({ severity: 'x'.repeat(500) });
  expect(why).toBe(`"${'x'.repeat(59)}… is not a valid int`);
});

test('a value that toRow computes is checked too, and replaces the one at the column’s path', () => {
  const toRow = () => ({ Severity: 4, Name: {} as unknown as string });
  expect(drift(event('a', 0, { severity: 'high' }), { toRow })).toEqual([
    { column: 'Name', from: 'toRow', why: '{} is not a valid string' },
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
  'reports the same drift as the row counts, for a record with %s',
  (_, record) => {
    const formatted = runToEnd(
      compileRow(scriptedSource([]), 'default', new Date('2026-11-21T12:00:00Z'))(record),
    );
    const counted = 'drifted' in formatted && formatted.drifted;
    const isRow = 'columns' in formatted;
    expect(isRow && drift(record).length > 0).toBe(counted);
  },
);
