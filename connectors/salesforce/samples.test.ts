import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatRows } from '../../shared/admin';
import type { JsonObject } from '../../shared/contract/json';
import { parseJson } from '../../shared/values/json/json';
import { eventLogFiles } from './tables';

const records = readFileSync(join(__dirname, 'samples', 'eventLogFiles.ndjson'), 'utf8')
  .trim()
  .split('\n')
  .map(parseJson);

test('what real events have in common has typed columns', () => {
  const rows = formatRows(
    { table: eventLogFiles },
    records,
    new Date('2026-11-01T00:00:00Z'),
  ) as readonly JsonObject[];
  const fixed = new Set(['TimeGenerated', 'EventTime', 'EventId', 'AdditionalFields']);
  const typed = rows.flatMap((row) =>
    Object.entries(row).filter(([name, value]) => !fixed.has(name) && value !== null),
  );
  const additional = rows.flatMap((row) => Object.keys((row['AdditionalFields'] ?? {}) as JsonObject));
  expect({ rows: rows.length, typed: typed.length, additional: additional.length }).toEqual({
    rows: 19,
    typed: 254,
    additional: 99,
  });
  expect(rows.map(({ EventTime }) => EventTime)).toEqual(
    rows.map(({ TimestampDerived }) => TimestampDerived),
  );
  expect([...new Set(additional)].sort()).toEqual([
    'API_TOTAL_COUNT',
    'CLIENT_ID',
    'CONCURRENCY_MODE',
    'CONNECTION_TYPE',
    'EVENT_DATE',
    'JOB_TYPE',
    'NUMBER_OF_BATCHES',
    'OAUTH_SCOPES',
    'RECORDS_PROCESSED',
    'SCORE',
    'SECURITY_EVENT_DATA',
    'STATUS',
    'SUMMARY',
    'TIMESTAMP',
    'USERNAME',
    'USER_ID',
  ]);
});
