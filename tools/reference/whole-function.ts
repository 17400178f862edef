import { wholeName, type ColumnType } from '../../shared/contract/table';
import { OVERFLOW } from '../../shared/admin';

/** By column type: the empty value for a missing column, and the function that converts an untyped value. */
const TYPES: Readonly<Record<ColumnType, readonly [empty: string, read: string]>> = {
  string: [`''`, 'tostring'],
  int: ['int(null)', 'toint'],
  long: ['long(null)', 'tolong'],
  real: ['real(null)', 'todouble'],
  boolean: ['bool(null)', 'tobool'],
  datetime: ['datetime(null)', 'todatetime'],
  dynamic: ['dynamic(null)', 'todynamic'],
};

/**
 * The body of the workspace function that returns a pushed table's rows with every column that its records have created. A
 * column that the table does not have yet, or did not have when a row arrived, is read from `AdditionalFields`.
 * @see https://learn.microsoft.com/kusto/query/column-ifexists-function
 */
export function wholeFunction(table: string, columns: Readonly<Record<string, ColumnType>>): string {
  const read = Object.entries(columns)
    .filter(([name]) => !(name in OVERFLOW))
    .map(([name, type]) => {
      const [empty, convert] = TYPES[type];
      const own = `column_ifexists('${name}', ${empty})`;
      // A column that the Data Collector API created may have the type GUID.
      const value = type === 'string' ? `tostring(${own})` : own;
      return `    ${quoted(name)} = coalesce(${value}, ${convert}(AdditionalFields['${name}']))`;
    });
  return [
    `// ${wholeName({ name: table })}: every row of ${table}, with the columns that stand in AdditionalFields until the table has them.`,
    table,
    `| extend AdditionalFields = column_ifexists('AdditionalFields', dynamic(null))`,
    ...(read.length === 0 ? [] : [`| extend\n${read.join(',\n')}`]),
  ].join('\n');
}

/** Quotes a name that begins with a digit: KQL does not accept it otherwise. */
function quoted(name: string): string {
  return /^\d/.test(name) ? `['${name}']` : name;
}
