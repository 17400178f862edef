import type { Connector, PullSource, Settings } from '../../shared/contract/connector';
import { connectorProblems } from '../../shared/kit/connector-problems';
import { string } from '../../shared/kit/column-makers';
import { secret, text, url } from '../../shared/kit/define-connector';
import { rest } from '../../shared/kit/rest/rest';
import { scriptedSource, SAMPLE_TABLE } from '../fakes/scripted-source';

const settings: Settings = { url: url('The base address.'), token: secret('The key.') };

function connector(parts: Partial<Connector> = {}): Connector {
  return { name: 'acme-edr', title: 'Acme EDR', settings, sources: { alerts: scriptedSource([]) }, ...parts };
}

/** A connector whose only source has this table. */
function withTable(table: Partial<PullSource['table']>): Connector {
  return connector({ sources: { alerts: scriptedSource([], { table: { ...SAMPLE_TABLE, ...table } }) } });
}

function withSettings(more: Settings): Connector {
  return connector({ settings: { ...settings, ...more } });
}

/** The sample table with a column for its id, which records that change in place require. */
const VERSIONED = { ...SAMPLE_TABLE, columns: { ...SAMPLE_TABLE.columns, AlertId: string('id') } };

function withUpdates(table: PullSource['table'], updates = 'in-place' as const): Connector {
  return connector({ sources: { alerts: scriptedSource([], { table, updates }) } });
}

function withRest(parts: Partial<Parameters<typeof rest>[0]>): Connector {
  const pull = rest({
    base: 'url',
    path: '/alerts',
    records: '$[*]',
    next: { kind: 'link' },
    stop: { on: 'empty-page' },
    resume: 'cursor',
    since: { in: 'query', name: 'since' },
    ...parts,
  });
  return connector({ sources: { alerts: scriptedSource([], { pull }) } });
}

test('a valid connector has no problem', () => {
  expect(connectorProblems(connector({ origins: ['https://login.example.com'] }), 'acme-edr')).toEqual([]);
  expect(connectorProblems(withRest({ auth: { kind: 'bearer', setting: 'token' } }), 'acme-edr')).toEqual([]);
  expect(connectorProblems(withTable({ name: 'Syslog', standard: true }), 'acme-edr')).toEqual([]);
  expect(connectorProblems(withUpdates(VERSIONED), 'acme-edr')).toEqual([]);
});

test.each([undefined, null, 'text', 5])('%p is not a connector', (value) => {
  expect(connectorProblems(value, 'acme-edr')).toEqual([
    expect.stringContaining('export a connector by default'),
  ]);
});

test.each<[string, Connector, RegExp]>([
  [
    'a name other than its folder’s',
    connector({ name: 'acme' }),
    /its name is acme, but its folder is acme-edr/,
  ],
  [
    'a budget whose scope is not a setting',
    connector({ budget: { limits: [{ requests: 10, perMs: 1_000 }], scope: ['tenant'] } }),
    /its budget’s scope names tenant, which is not a setting/,
  ],
  [
    'a budget whose wait is not a JSONPath',
    connector({ budget: { limits: [], wait: { from: '$.[' } } }),
    /the wait of its budget: /,
  ],
  [
    'a budget whose limit is reported at a path that is not a JSONPath',
    connector({ budget: { limits: [], exceeded: { from: '$.[', is: ['ratelimited'] } } }),
    /exceeded of its budget: /,
  ],
  [
    'a budget whose limit is reported by no value',
    connector({ budget: { limits: [], exceeded: { from: '$.error', is: [] } } }),
    /exceeded of its budget needs at least one value/,
  ],
  ...[{ timeoutMs: 0 }, { timeoutMs: 1.5 }, { timeoutMs: 600_001 }, { maxBytes: 2 ** 30 }].map(
    (answer): [string, Connector, RegExp] => [
      `an answer bound by ${JSON.stringify(answer)}`,
      connector({ sources: { alerts: scriptedSource([], { answer }) } }),
      /the source alerts: answer takes whole numbers above 0, timeoutMs up to 600000/,
    ],
  ),
  [
    'an unknown kind of updates',
    withUpdates(VERSIONED, 'replace' as 'in-place'),
    /the source alerts: updates is "replace"\. Write 'in-place', or leave it out/,
  ],
  [
    'updates in place of records without an id',
    withUpdates({ name: 'NoId_CL', time: 'at', columns: VERSIONED.columns }),
    /updates in place need table\.eventId.*without an id each content is an event of its own/,
  ],
  [
    'updates in place whose id is not in a column',
    withUpdates(SAMPLE_TABLE),
    /updates in place need a column from id/,
  ],
  [
    'updates in place that page numbers would skip',
    connector({
      sources: {
        alerts: scriptedSource([], {
          table: VERSIONED,
          updates: 'in-place',
          pull: rest({
            base: 'url',
            path: '/alerts',
            query: { page: '{cursor}' },
            records: '$',
            next: { kind: 'page' },
            stop: { on: 'empty-page' },
            resume: 'time',
            since: { in: 'query', name: 'since' },
          }),
        }),
      },
    }),
    /updates in place and page numbers lose records/,
  ],
  [
    'updates in place of pushed records',
    connector({
      sources: {
        alerts: {
          table: VERSIONED,
          receive: { verify: { kind: 'function-key' } },
          updates: 'in-place',
        } as unknown as PullSource,
      },
    }),
    /the source alerts: updates belongs to a pull/,
  ],
  [
    'an empty text for what a source needs',
    connector({ sources: { alerts: scriptedSource([], { needs: ' ' }) } }),
    /the source alerts: needs is empty/,
  ],
  ['no title', connector({ title: '' }), /needs a title/],
  ['no url setting', connector({ settings: { token: secret('The key.') } }), /setting named url/],
  ['no sources', connector({ sources: {} }), /at least one source/],
  [
    'an origin without TLS',
    connector({ origins: ['http://login.example.com'] }),
    /origin http:\/\/login.example.com/,
  ],
  ['an invalid origin', connector({ origins: ['login'] }), /the origin login must be/],
  [
    'a badly named source',
    connector({ sources: { 'audit-log': scriptedSource([]) } }),
    /audit-log must be named/,
  ],
  ['a badly named setting', withSettings({ Key: text('Some.') }), /the setting Key must be named/],
  [
    'an invalid window',
    connector({ sources: { alerts: { ...scriptedSource([]), window: { lag: { minMs: 2, maxMs: 1 } } } } }),
    /in its window, a lag of 2 to 1 ms is not valid/,
  ],
  ['a setting without help', withSettings({ site: text(' ') }), /the setting site needs help/],
  ['a setting like a common one', withSettings({ start: text('Some.') }), /the setting start has the name/],
  [
    'a setting like a sink’s',
    withSettings({ workspaceId: text('Some.') }),
    /the setting workspaceId has the name/,
  ],
  [
    'a setting whose variable is a common one',
    withSettings({ workspaceID: text('Some.') }),
    /workspaceID has the name/,
  ],
  [
    'a retention without a page that states it',
    connector({ sources: { alerts: scriptedSource([], { retention: { days: 30, source: 'somewhere' } }) } }),
    /alerts: retention needs days, .*address of the page/,
  ],
  [
    'a retention of no days',
    connector({
      sources: { alerts: scriptedSource([], { retention: { days: 0, source: 'https://acme.test' } }) },
    }),
    /alerts: retention needs days/,
  ],
  ['a custom table without _CL', withTable({ name: 'Sample' }), /Sample: a custom table's name ends in _CL/],
  ['a standard table with _CL', withTable({ standard: true }), /a standard one's does not/],
  ['a table name that is too long', withTable({ name: `${'x'.repeat(43)}_CL` }), /at most 45 characters/],
  [
    'a column that is not PascalCase',
    withTable({ columns: { name: string('a') } }),
    /Sample_CL.name needs a name/,
  ],
  [
    'a column reserved by the workspace',
    withTable({ columns: { TenantId: string('a') } }),
    /TenantId has a reserved name/,
  ],
  [
    'a column reserved by the framework',
    withTable({ columns: { EventId: string('a') } }),
    /EventId has a reserved name/,
  ],
  [
    'an invalid schedule',
    connector({ schedule: 'hourly' }),
    /its schedule hourly: it has 1 fields instead of six/,
  ],
  [
    'a column reserved by the workspace, in another case',
    withTable({ columns: { TENANTID: string('a') } }),
    /TENANTID has a reserved name/,
  ],
  [
    'two columns that differ only in case',
    withTable({ columns: { UserName: string('a'), Username: string('b') } }),
    /Sample_CL.Username differs from UserName only in case/,
  ],
  [
    'more columns than a table accepts',
    withTable({
      columns: Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`C${i}`, string(`c${i}`)])),
    }),
    /the table Sample_CL has 607 columns with the framework's, and a workspace table takes 500/,
  ],
  [
    'a malformed path',
    withTable({ columns: { Name: string('$.[') } }),
    /the column Sample_CL.Name: reading the path/,
  ],
  ['no time', withTable({ time: '' }), /alerts needs table.time/],
  ['a malformed eventId', withTable({ eventId: '$[' }), /the eventId of Sample_CL/],
  [
    'a base that is not a url setting',
    withRest({ base: 'token' }),
    /base names token, which is not a url setting/,
  ],
  [
    'a credential that is not secret',
    withRest({ auth: { kind: 'bearer', setting: 'url' } }),
    /auth names url, which is not a secret/,
  ],
  [
    'a signature with an undeclared setting',
    withRest({ auth: { kind: 'signature', settings: ['token', 'key'], sign: () => ({}) } }),
    /auth names key, which is not a setting/,
  ],
  [
    'a signature without a secret',
    withRest({ auth: { kind: 'signature', settings: ['url'], sign: () => ({}) } }),
    /auth names no secret setting to sign with/,
  ],
  [
    'a placeholder in the path that is not a text setting',
    withRest({ path: '/orgs/{token}/alerts' }),
    /path names token, which is not a text setting/,
  ],
  [
    'a placeholder that is not a setting',
    withRest({ query: { filter: 'site:{site} of:{token}' } }),
    /query.filter names site, which is not a setting. Write {{site}} where it is text/,
  ],
  [
    'a placeholder that is not a setting, within a body',
    withRest({ method: 'POST', body: { query: '{viewer{login}}', list: [{ a: '{{b}}' }] } }),
    /body.query names login, which is not a setting. Write {{login}} where it is text/,
  ],
  [
    'a placeholder that is not a setting, in a header',
    withRest({ headers: { 'X-Site': '{site}' } }),
    /headers.X-Site names site, which is not a setting/,
  ],
  [
    'a partition placeholder without partitions, in the query',
    withRest({ query: { site: '{partition}' } }),
    /{partition} in its request and partitions\(\), which lists them, require each other/,
  ],
  [
    'a setting with the name of a placeholder',
    connector({ settings: { ...settings, cursor: text('A cursor.') } }),
    /the setting cursor has the name of a placeholder of rest\(\)/,
  ],
])('names %s', (_, value, sentence) => {
  expect(connectorProblems(value, 'acme-edr')).toEqual([expect.stringMatching(sentence)]);
});

test('names a folder that is not kebab-case', () => {
  expect(connectorProblems(connector({ name: '1acme' }), '1acme')).toEqual([
    expect.stringMatching(/kebab-case/),
  ]);
});

test('names two sources with one table', () => {
  const sources = { alerts: scriptedSource([]), devices: scriptedSource([]) };
  expect(connectorProblems(connector({ sources }), 'acme-edr')).toEqual([
    'each source needs a table of its own.',
  ]);
});

test('names all problems at once', () => {
  const value = connector({ title: '', settings: {}, sources: {} });
  expect(connectorProblems(value, 'acme-edr')).toHaveLength(3);
});
