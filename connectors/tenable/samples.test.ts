import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatRows } from '../../shared/admin';
import type { JsonObject } from '../../shared/contract/json';
import { parseJson } from '../../shared/values/json/json';
import { vulnerabilities } from './tables';

const records = readFileSync(join(__dirname, 'samples', 'vulnerabilities.ndjson'), 'utf8')
  .trim()
  .split('\n')
  .map(parseJson);

test('every member of a real finding has a typed column, except a time of its old shape', () => {
  const rows = formatRows(
    { table: vulnerabilities },
    records,
    new Date('2026-11-01T00:00:00Z'),
  ) as readonly JsonObject[];
  const fixed = new Set(['TimeGenerated', 'EventTime', 'EventId', 'AdditionalFields']);
  const typed = rows.flatMap((row) =>
    Object.entries(row).filter(([name, value]) => !fixed.has(name) && value !== null),
  );
  const additional = rows.flatMap((row) => Object.keys((row['AdditionalFields'] ?? {}) as JsonObject));
  expect({ rows: rows.length, typed: typed.length, additional }).toEqual({
    rows: 1,
    typed: 34,
    additional: ['indexed_at'],
  });
});
