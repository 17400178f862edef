import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatRows } from '../../shared/admin';
import type { JsonObject } from '../../shared/contract/json';
import { parseJson } from '../../shared/values/json/json';
import { auditLogs } from './tables';

const records = readFileSync(join(__dirname, 'samples', 'auditLogs.ndjson'), 'utf8')
  .trim()
  .split('\n')
  .map(parseJson);

test('every member of real events has a typed column, except the one that holds what a type adds', () => {
  const rows = formatRows(
    { table: auditLogs },
    records,
    new Date('2026-11-01T00:00:00Z'),
  ) as readonly JsonObject[];
  const fixed = new Set(['TimeGenerated', 'EventTime', 'EventId', 'AdditionalFields']);
  const typed = rows.flatMap((row) =>
    Object.entries(row).filter(([name, value]) => !fixed.has(name) && value !== null),
  );
  const additional = rows.flatMap((row) => Object.keys((row['AdditionalFields'] ?? {}) as JsonObject));
  expect({ rows: rows.length, typed: typed.length, additional, added: additional.length }).toEqual({
    rows: 20,
    typed: 231,
    additional: expect.arrayContaining([
      'role_assignment_created',
      'api_key_updated',
      'login_failed',
    ]) as string[],
    added: 16,
  });
});
