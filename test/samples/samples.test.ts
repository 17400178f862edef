import { inOneGo } from '../../shared/values/in-pieces';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import duo from '../../connectors/duo';
import githubAudit from '../../connectors/github-audit';
import okta from '../../connectors/okta';
import onepassword from '../../connectors/onepassword';
import type { Source } from '../../shared/contract/connector';
import type { Json, JsonObject } from '../../shared/contract/json';
import { compileRow } from '../../shared/rows/row';
import { parseJson } from '../../shared/values/json/json';
import { isObject } from '../../shared/values/paths';

/** Real records of the products, where they are at hand: they are not part of the project. */
const SAMPLES = join(__dirname, '..', '..', '..', 'shared', 'samples', 'api');
const isThere = existsSync(SAMPLES);
const STARTED = new Date('2026-11-21T12:00:00Z');

const { auditEvents, itemUsages, signInAttempts } = onepassword.sources;
const CASES: readonly (readonly [string, Source | undefined])[] = [
  ['grove/okta/system_log/001.json', okta.sources['systemLog']],
  ['panther/okta-systemlog.ndjson', okta.sources['systemLog']],
  ['streamalert/okta-logevents.ndjson', okta.sources['systemLog']],
  ...['001', '002', '003'].flatMap((page) => [
    [`grove/onepassword/events_signinattempts/${page}.json`, signInAttempts] as const,
    [`grove/onepassword/events_itemusages/${page}.json`, itemUsages] as const,
    [`grove/onepassword/events_audit/${page}.json`, auditEvents] as const,
  ]),
  ['panther/onepassword-itemusage.ndjson', itemUsages],
  ['streamalert/duo-authentication.ndjson', duo.sources['authentication']],
  ...['audit/001', 'audit/002', 'git/001'].map(
    (page) => [`grove/github/${page}.json`, githubAudit.sources['organizationEvents']] as const,
  ),
];

function readRecords(file: string): Json[] {
  const text = readFileSync(join(SAMPLES, file), 'utf8');
  if (file.endsWith('.ndjson')) return text.split('\n').filter(Boolean).map(parseJson);
  const page = parseJson(text);
  if (Array.isArray(page)) return page as Json[];
  return [...((page as JsonObject)['items'] as readonly Json[])];
}

/** Every value of a record that says something, by its path. */
function leaves(value: Json, path = ''): string[] {
  if (value === null) return [];
  if (typeof value !== 'object') return [path];
  return Object.entries(value as Record<string, Json>).flatMap(([key, member]) =>
    leaves(member, `${path}/${key}`),
  );
}

/** Leaves of the record that stand in no column: they must be in `AdditionalFields`. */
function leftOver(columns: Readonly<Record<string, Json>>): string[] {
  const rest = columns['AdditionalFields'];
  return rest === undefined || !isObject(rest) ? [] : leaves(rest);
}

if (!isThere)
  process.stderr.write(
    'The real sample records are not here (../shared/samples): those tests are left out.\n',
  );

(isThere ? describe : describe.skip)('real records', () => {
  test.each(CASES)('%s: every record becomes a row and nothing is lost', (file, source) => {
    const format = compileRow(source!, 'default', STARTED);
    const records = readRecords(file);
    let [total, left] = [0, 0];
    for (const record of records) {
      const formatted = inOneGo(format(record));
      expect(formatted).toHaveProperty('columns');
      const { columns, drifted, time } = formatted as Exclude<typeof formatted, { deadLetter: unknown }>;
      expect({ drifted, hasTime: time !== undefined }).toEqual({ drifted: false, hasTime: true });
      const all = leaves(record);
      const rest = leftOver(columns);
      expect(rest.filter((path) => !all.includes(path))).toEqual([]);
      expect(typedLeaves(source!, record).filter((path) => !rest.includes(path)).length).toBe(
        all.length - rest.length,
      );
      total += all.length;
      left += rest.length;
    }
    process.stdout.write(
      `${file}: ${records.length} records, ${total - left} of ${total} fields in typed columns, ${left} in AdditionalFields\n`,
    );
  });
});

/** The leaves below the paths that the table reads: found in its columns, its time or its id. */
function typedLeaves({ table }: Source, record: Json): string[] {
  const paths = [
    table.time,
    table.eventId ?? '',
    ...Object.values(table.columns).map(({ from }) => from ?? ''),
  ];
  const starts = paths.filter(Boolean).map((path) => `/${path.split('.').join('/')}`);
  return leaves(record).filter((leaf) =>
    starts.some((start) => leaf === start || leaf.startsWith(`${start}/`)),
  );
}
