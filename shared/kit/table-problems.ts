import { FRAMEWORK_COLUMNS, allColumns, type Table } from '../contract/table';
import { pathProblem } from '../values/json-path';

const COLUMN = /^[A-Z][A-Za-z0-9_]*$/;
const TABLE = /^[A-Za-z][A-Za-z0-9_]*$/;
/** Names of tables and columns have at most this many characters. @see https://learn.microsoft.com/azure/azure-monitor/service-limits#log-analytics-workspaces */
export const MAX_NAME = 45;
/** The columns that a table has at most; the same page. */
const MAX_COLUMNS = 500;
/** Reserved in a table. @see https://learn.microsoft.com/azure/azure-monitor/logs/custom-logs-migrate */
export const RESERVED_COLUMNS = new Set([
  '_ResourceId',
  'id',
  '_SubscriptionId',
  'TenantId',
  'Type',
  'UniqueId',
  'Title',
  'RawData',
  'Computer',
]);
/** What no column may be named, in any case; `id` alone is free as `Id`. */
const RESERVED = new Set(
  [...RESERVED_COLUMNS, ...Object.keys(FRAMEWORK_COLUMNS)]
    .filter((name) => COLUMN.test(name))
    .map((name) => name.toLowerCase()),
);

/** What keeps a table from being created and filled, a sentence each. */
export function tableProblems(source: string, table: Table): string[] {
  const problems: string[] = [];
  const check = (isFine: boolean, sentence: string): void => {
    if (!isFine) problems.push(sentence);
  };
  const checkPath = (path: string | undefined, what: string): void => {
    const problem = path === undefined ? undefined : pathProblem(path);
    check(problem === undefined, `${what}: ${problem ?? ''}`);
  };
  const { name, columns, eventId, standard, time } = table;
  check(
    TABLE.test(name) && name.length <= MAX_NAME,
    `the table ${name} needs a name of letters, digits and _, a letter first, at most ${MAX_NAME} characters.`,
  );
  check(
    (standard === true) !== name.endsWith('_CL'),
    `the table ${name}: a custom table's name ends in _CL, a standard one's does not.`,
  );
  const count = Object.keys(allColumns(table)).length;
  check(
    count <= MAX_COLUMNS,
    `the table ${name} has ${count} columns with the framework's, and a workspace table takes ${MAX_COLUMNS}. Leave the rest to AdditionalFields.`,
  );
  const spelled = new Map<string, string>();
  for (const [column, { from }] of Object.entries(columns)) {
    const other = spelled.get(column.toLowerCase());
    check(
      other === undefined,
      `the column ${name}.${column} differs from ${other ?? ''} only in case. Give it another name.`,
    );
    spelled.set(column.toLowerCase(), column);
    check(
      COLUMN.test(column) && column.length <= MAX_NAME,
      `the column ${name}.${column} needs a name in PascalCase of at most ${MAX_NAME} characters.`,
    );
    check(
      !RESERVED.has(column.toLowerCase()),
      `the column ${name}.${column} has a reserved name. Give it another name.`,
    );
    checkPath(from, `the column ${name}.${column}`);
  }
  check(
    typeof time === 'string' && time !== '',
    `the source ${source} needs table.time: where a record says when it happened.`,
  );
  checkPath(time === '' ? undefined : time, `the time of ${name}`);
  checkPath(eventId, `the eventId of ${name}`);
  return problems;
}
