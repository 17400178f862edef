import type { Table } from '../../shared/contract/table';
import { desiredTables } from '../../shared/tables/desired-tables';
import type { SpoolStatus } from '../../shared/admin';

const pushed = (table: string, columns: SpoolStatus['columns']): SpoolStatus => ({
  connector: 'logs',
  instance: 'default',
  source: table.replace(/_CL$/, ''),
  table,
  ledger: { stored: 1, delivered: 0, dead: 0, duplicate: 0, filtered: 0, pending: 1 },
  keys: {},
  columns,
});
const alerts: Table = {
  name: 'Alerts_CL',
  time: 'at',
  columns: { Severity: { type: 'int', from: 'severity' } },
};

test('a declared table has the framework’s columns and its own; a standard table only its own', () => {
  const syslog: Table = { ...alerts, name: 'Syslog', standard: true };
  const [one, two] = desiredTables([alerts, syslog], []);
  expect(one).toMatchObject({
    table: { name: 'Alerts_CL' },
    columns: { EventId: 'string', Severity: 'int' },
  });
  expect(two).toEqual({
    table: { name: 'Syslog', standard: true },
    columns: { TimeGenerated: 'datetime', Severity: 'int' },
  });
});

test('a pushed table has the columns that were seen; where a table is declared too, the declaration wins and both are kept', () => {
  const seen = pushed('Alerts_CL', { Severity: 'string', user_s: 'string' });
  const all = desiredTables([alerts], [seen, pushed('MyApp_CL', { a_d: 'real' })]);
  expect(all.map(({ table }) => table)).toEqual([{ name: 'Alerts_CL' }, { name: 'MyApp_CL', classic: true }]);
  expect(all[0]?.columns).toMatchObject({ Severity: 'int', user_s: 'string', AdditionalFields: 'dynamic' });
  expect(all[1]?.columns).toEqual({ a_d: 'real' });
});

test('table names that differ only in case become one table: the declared one, or the first seen', () => {
  const all = desiredTables(
    [alerts],
    [pushed('MyApp_CL', {}), pushed('myapp_CL', { b_d: 'real' }), pushed('alerts_CL', {})],
  );
  const others = all.map(({ differsInCase, table }) => [table.name, differsInCase]);
  expect(Object.fromEntries(others)).toEqual({
    Alerts_CL: undefined,
    MyApp_CL: undefined,
    myapp_CL: 'MyApp_CL',
    alerts_CL: 'Alerts_CL',
  });
  expect(all.find(({ table }) => table.name === 'MyApp_CL')?.columns).toEqual({ b_d: 'real' });
});
