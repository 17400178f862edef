import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { folders } from '../../connectors/list';
import { STANDARD_COLUMNS } from '../../local/workspace/api/standard-columns';
import { allColumns, uniqueName, type ColumnType } from '../../shared/contract/table';
import { wholeFunction } from '../../tools/reference/whole-function';
import { analyse } from '../fakes/kusto';
import { loadConnectors } from '../../shared/load';
import { tablesOf } from '../../shared/admin';

const page = readFileSync(join(__dirname, '..', '..', 'docs', 'reference', 'functions.md'), 'utf8');
const bodies = new Map(
  [...page.matchAll(/^## (\w+)\n[^]*?```kusto\n([^]*?)\n```/gm)].map(([, name = '', body = '']) => [
    name,
    body,
  ]),
);
const tables = tablesOf(loadConnectors(folders()).connectors);

test('every table has its KQL function, and there is no other function', () => {
  expect(tables.length).toBeGreaterThan(8);
  expect([...bodies.keys()].sort()).toEqual(tables.map(uniqueName).sort());
});

test.each(tables.map((table) => [table.name, table] as const))(
  'the Kusto parser accepts the function of %s, whose first columns are the table’s own',
  (_, table) => {
    const own = Object.entries(allColumns(table)).map(([name, { type }]) => ({ name, type }));
    const schema = [...own, ...STANDARD_COLUMNS]
      .map(({ name, type }) => `${name}:${type === 'boolean' ? 'bool' : type}`)
      .join(', ');
    const { complaints, columns } = analyse(bodies.get(uniqueName(table)) ?? '', table.name, schema);
    expect(complaints).toEqual([]);
    expect(columns.slice(0, own.length)).toEqual(own.map(({ name }) => name));
    expect([...columns].sort()).toEqual([...own, ...STANDARD_COLUMNS].map(({ name }) => name).sort());
  },
);

test('the first copy counts in a table that a webhook fills, the last copy in every other', () => {
  const first = [...bodies].filter(([, body]) => body.includes('arg_min(_TimeReceived, *)'));
  expect(first.map(([name]) => name).sort()).toEqual(['GitHubWebhookUnique', 'ZoomWebhookEventsUnique']);
  expect([...bodies.values()].filter((body) => body.includes('arg_max(_TimeReceived, *)'))).toHaveLength(
    bodies.size - first.length,
  );
});

test('the Kusto parser reports a column that does not exist', () => {
  expect(analyse('A_CL | where Nowhere == 1', 'A_CL', 'EventId:string').complaints).toEqual([
    expect.stringContaining('Nowhere'),
  ]);
});

const PUSHED: Readonly<Record<string, ColumnType>> = {
  TimeGenerated: 'datetime',
  user_s: 'string',
  count_d: 'real',
  ok_b: 'boolean',
  when_t: 'datetime',
  id_g: 'string',
  tags: 'dynamic',
  small: 'int',
  large: 'long',
  _timestamp_t: 'datetime',
  '1st_s': 'string',
};

test.each([
  ['none of its columns, nor AdditionalFields', 'TimeGenerated:datetime'],
  ['some of them', 'TimeGenerated:datetime, AdditionalFields:dynamic, user_s:string, count_d:real'],
  [
    'all of them, and a GUID',
    'TimeGenerated:datetime, AdditionalFields:dynamic, user_s:string, count_d:real, ok_b:bool, when_t:datetime, id_g:guid, tags:dynamic, small:int, large:long',
  ],
])(
  'the Kusto parser accepts the function of a pushed table that has %s, and it returns every column',
  (_, schema) => {
    const { complaints, columns } = analyse(wholeFunction('MyApp_CL', PUSHED), 'MyApp_CL', schema);
    expect(complaints).toEqual([]);
    expect(Object.keys(PUSHED).filter((name) => !columns.includes(name))).toEqual([]);
  },
);

test('a pushed table whose columns do not exist yet has a valid function too', () => {
  expect(analyse(wholeFunction('A_CL', {}), 'A_CL', 'TimeGenerated:datetime').complaints).toEqual([]);
});
