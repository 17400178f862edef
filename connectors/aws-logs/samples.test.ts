import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatRows } from '../../shared/admin';
import type { Json, JsonObject } from '../../shared/contract/json';
import type { Table } from '../../shared/contract/table';
import { parseJson } from '../../shared/values/json/json';
import { cloudTrail, guardDuty, waf } from './tables';

const read = (file: string): string => readFileSync(join(__dirname, 'samples', file), 'utf8');
const lines = (file: string): Json[] => read(file).trim().split('\n').map(parseJson);
const trail = (parseJson(read('cloudTrail.json')) as { readonly Records: readonly Json[] }).Records;

test.each<[string, Table, readonly Json[], object]>([
  ['CloudTrail', cloudTrail, trail, { rows: 20, typed: 551, additional: [] }],
  ['GuardDuty', guardDuty, lines('guardDuty.ndjson'), { rows: 8, typed: 156, additional: [] }],
  ['WAF', waf, lines('waf.ndjson'), { rows: 20, typed: 228, additional: [] }],
])('every member of real records has a typed column: %s', (_, table, records, expected) => {
  const rows = formatRows({ table }, records, new Date('2026-11-01T00:00:00Z')) as readonly JsonObject[];
  const fixed = new Set(['TimeGenerated', 'EventTime', 'EventId', 'AdditionalFields']);
  const typed = rows.flatMap((row) =>
    Object.entries(row).filter(([name, value]) => !fixed.has(name) && value !== null),
  );
  const additional = new Set(
    rows.flatMap((row) => Object.keys((row['AdditionalFields'] ?? {}) as JsonObject)),
  );
  expect({ rows: rows.length, typed: typed.length, additional: [...additional] }).toEqual(expected);
});
