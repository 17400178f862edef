import type { ExistingTable, DesiredTable } from '../../shared/contract/workspace';
import { planTable, type Existing } from '../../shared/tables/plan-table';

const wish = { migrates: false, rule: 'tributary' };
const pushed = (columns: DesiredTable['columns'], name = 'App_CL'): DesiredTable => ({
  table: { name, classic: true },
  columns,
});
const declared = (columns: DesiredTable['columns']): DesiredTable => ({
  table: { name: 'App_CL' },
  columns: { TimeGenerated: 'datetime', AdditionalFields: 'dynamic', ...columns },
});
const there = (columns: ExistingTable['columns'], isClassic = false): Existing => ({
  table: {
    name: 'App_CL',
    isClassic,
    columns: [{ name: 'TimeGenerated', type: 'dateTime' }, ...columns],
    standardColumns: [{ name: 'TenantId', type: 'guid' }],
  },
});
const OVERFLOW = [
  { name: 'TimeGenerated', type: 'dateTime' },
  { name: 'AdditionalFields', type: 'dynamic' },
  { name: 'TruncatedFields', type: 'dynamic' },
];

test('a missing table is created with AdditionalFields, and its stream has the same columns', () => {
  const plan = planTable(pushed({ user_s: 'string', count_d: 'real', when_t: 'datetime' }), {}, wish);
  expect(plan).toMatchObject({
    state: 'new',
    stream: 'Custom-App_CL',
    transformKql: 'source',
    left: [],
    notes: [],
    columns: [
      ...OVERFLOW,
      { name: 'user_s', type: 'string' },
      { name: 'count_d', type: 'real' },
      { name: 'when_t', type: 'dateTime' },
    ],
    streamColumns: {
      TimeGenerated: 'datetime',
      AdditionalFields: 'dynamic',
      user_s: 'string',
      when_t: 'datetime',
    },
  });
});

test.each(['_timestamp_t', 'TenantId', 'type', `${'a'.repeat(44)}_s`])(
  'column %s cannot be created and stays in AdditionalFields',
  (name) => {
    const plan = planTable(pushed({ [name]: 'string', ok_s: 'string' }), {}, wish);
    expect(plan.left).toEqual([name]);
    expect(Object.keys(plan.streamColumns)).toContain('ok_s');
    expect(plan.columns.map((column) => column.name)).not.toContain(name);
  },
);

test('a table has at most 500 columns, one of which is AdditionalFields', () => {
  const many = Object.fromEntries(Array.from({ length: 600 }, (_, n) => [`c${n}_s`, 'string'] as const));
  const plan = planTable(pushed(many), {}, wish);
  expect(plan.columns).toHaveLength(500);
  expect(plan.columns.slice(0, 3)).toEqual(OVERFLOW);
  expect(plan.left).toHaveLength(103);
});

test.each([`${'A'.repeat(43)}_CL`, '1App_CL', 'App'])('no table can be created as %s', (name) => {
  const plan = planTable(pushed({}, name), {}, wish);
  expect(plan).toMatchObject({ state: 'refused', notes: [expect.stringContaining('Send another Log-Type')] });
});

test('a table whose name differs only in case from another is refused, because both would be one resource', () => {
  const plan = planTable(
    { ...pushed({ a_s: 'string' }, 'app_CL'), differsInCase: 'App_CL' },
    there([]),
    wish,
  );
  expect(plan).toMatchObject({
    state: 'refused',
    notes: [expect.stringContaining('"stream":"Custom-App_CL"')],
  });
});

test('for rows that DCR_STREAMS sends to another table nothing is created, and the required columns are listed', () => {
  const elsewhere = { ...wish, stream: 'Custom-App1_CL' };
  const plan = planTable(pushed({ a_s: 'string' }, '1App_CL'), {}, elsewhere);
  expect(plan).toMatchObject({
    state: 'refused',
    streamColumns: { a_s: 'string', AdditionalFields: 'dynamic' },
  });
  expect(plan.streamAdded).toEqual(Object.keys(plan.streamColumns));
  expect(planTable(pushed({ a_s: 'string' }, '1App_CL'), {}, wish)).toMatchObject({ streamColumns: {} });
});

test('an existing table gets its missing columns, and keeps every other column unchanged', () => {
  const known = { name: 'old_d', type: 'real', description: 'kept' };
  const plan = planTable(pushed({ old_d: 'real', new_s: 'string' }), there([known]), wish);
  expect(plan.state).toBe('extended');
  expect(plan.added.map(({ name }) => name)).toEqual(['AdditionalFields', 'TruncatedFields', 'new_s']);
  expect(plan.columns.slice(0, 2)).toEqual([{ name: 'TimeGenerated', type: 'dateTime' }, known]);
});

test('nothing is added where no column is missing', () => {
  const plan = planTable(pushed({}), there(OVERFLOW.slice(1)), wish);
  expect(plan).toMatchObject({ state: 'unchanged', added: [] });
});

test('another type or spelling is a conflict, and the column of a pushed table stays in AdditionalFields', () => {
  const columns = [
    ...OVERFLOW.slice(1),
    { name: 'count_d', type: 'string' },
    { name: 'User_s', type: 'string' },
  ];
  const plan = planTable(pushed({ count_d: 'real', user_s: 'string' }), there(columns), wish);
  expect(plan).toMatchObject({ state: 'unchanged', left: ['count_d', 'user_s'], added: [] });
  expect(plan.notes).toEqual([
    'Column count_d exists with type string and should be real: it stays unchanged.',
    expect.stringContaining('Column user_s exists as User_s'),
  ]);
});

test('a conflict in a connector’s table refuses the whole table, because its rows would lose the value', () => {
  const columns = [...OVERFLOW.slice(1), { name: 'Severity', type: 'string' }];
  expect(planTable(declared({ Severity: 'int' }), there(columns), wish)).toMatchObject({
    state: 'refused',
    notes: [expect.stringContaining('Severity exists with type string and should be int')],
  });
});

test('AdditionalFields that is not dynamic refuses a pushed table too', () => {
  const columns = [{ name: 'AdditionalFields', type: 'string' }];
  expect(planTable(pushed({ a_s: 'string' }), there(columns), wish).state).toBe('refused');
});

test('a GUID column of the old API is converted in the transformation', () => {
  const columns = [...OVERFLOW.slice(1), { name: 'id_g', type: 'guid' }];
  const plan = planTable(pushed({ id_g: 'string' }), there(columns), wish);
  expect(plan).toMatchObject({
    state: 'unchanged',
    streamColumns: { id_g: 'string' },
    transformKql: 'source | extend id_g = toguid(id_g)',
  });
});

test('GUIDs are converted up to the length limit of a transformation; the others stay in AdditionalFields', () => {
  const names = Array.from({ length: 250 }, (_, n) => `a_rather_long_name_of_a_column_${n}_g`);
  const columns = [...OVERFLOW.slice(1), ...names.map((name) => ({ name, type: 'guid' }))];
  const all = Object.fromEntries(names.map((name) => [name, 'string'] as const));
  const plan = planTable(pushed(all), there(columns), wish);
  expect(plan.transformKql.length).toBeLessThanOrEqual(15_360);
  expect(plan.left.length).toBeGreaterThan(0);
  expect(plan.left).not.toContain(names[0]);
});

test('an existing transformation is kept, and its required output is listed', () => {
  const columns = [...OVERFLOW.slice(1), { name: 'id_g', type: 'guid' }];
  const way = { ...there(columns), transformKql: 'source | where isnotempty(id_g)' };
  expect(planTable(pushed({ id_g: 'string' }), way, wish)).toMatchObject({
    transformKql: 'source | where isnotempty(id_g)',
    notes: [expect.stringContaining('must give id_g as toguid(…)')],
  });
});

test('a classic table is left alone, and what its migration breaks is listed', () => {
  const plan = planTable(pushed({ a_s: 'string' }), there([], true), wish);
  expect(plan).toMatchObject({ state: 'classic', added: [], streamColumns: {} });
  expect(plan.notes[0]).toMatch(/cannot be undone.*creates no new columns.*accepts nothing for this table/);
});

test('on request it is migrated, then extended', () => {
  const plan = planTable(pushed({ a_s: 'string' }), there([], true), { ...wish, migrates: true });
  expect(plan).toMatchObject({ state: 'extended', migrates: true });
  expect(plan.notes[0]).toContain('will be migrated');
});

test('an existing stream: its missing columns are named, and another type is a conflict', () => {
  const stream = new Map([['count_d', 'long'] as const, ['old_s', 'string'] as const]);
  const plan = planTable(pushed({ count_d: 'real', old_s: 'string', new_s: 'string' }), { stream }, wish);
  expect(plan.left).toEqual(['count_d']);
  expect(plan.streamAdded).toEqual(['TimeGenerated', 'AdditionalFields', 'TruncatedFields', 'new_s']);
});

test('nothing is added to a standard table; missing columns are left out of its stream', () => {
  const wanted: DesiredTable = {
    table: { name: 'Syslog', standard: true },
    columns: { TimeGenerated: 'datetime', Facility: 'string', Mine: 'string' },
  };
  const syslog = {
    name: 'Syslog',
    isClassic: false,
    columns: [],
    standardColumns: [
      { name: 'TimeGenerated', type: 'dateTime' },
      { name: 'Facility', type: 'string' },
    ],
  };
  expect(planTable(wanted, { table: syslog }, wish)).toMatchObject({
    state: 'unchanged',
    added: [],
    left: ['Mine'],
    streamColumns: { TimeGenerated: 'datetime', Facility: 'string' },
  });
  expect(planTable(wanted, {}, wish)).toMatchObject({ state: 'unchanged', left: [], added: [] });
});
