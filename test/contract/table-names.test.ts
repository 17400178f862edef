import type { Connector, Source } from '../../shared/contract/connector';
import type { Table } from '../../shared/contract/table';
import { tableNameProblems } from './table-names';

const problemsOf = (...tables: readonly Partial<Table>[]): string[] =>
  tableNameProblems({
    sources: Object.fromEntries(
      tables.map((table, index) => [`source${index}`, { table } as Source]),
    ) satisfies Connector['sources'],
  });

test.each(['DuoAuthentication_CL', 'GitHubWebhookEvents_CL', 'okta_cl', 'ONEPASSWORDEVENTLOGS_CL'])(
  'the table name %s is rejected as taken, in any case, and the message says what to do',
  (name) => {
    expect(problemsOf({ name: 'Acme_CL' }, { name })).toEqual([
      `${name} is a table of Microsoft's own content. Name yours otherwise; or, if its columns are meant to be those, say so in fixtures/waivers.json.`,
    ]);
  },
);

test('a name that only begins like a taken one is accepted', () => {
  expect(problemsOf({ name: 'DuoAuthenticationLog_CL' }, { name: 'OktaSystemLog_CL' })).toEqual([]);
});

test('a standard table is one that the API accepts, and its name with _CL is reserved', () => {
  expect(problemsOf({ name: 'Syslog', standard: true })).toEqual([]);
  expect(problemsOf({ name: 'SigninLogs', standard: true })).toEqual([
    'SigninLogs is no standard table that the Logs Ingestion API takes.',
  ]);
  expect(problemsOf({ name: 'Syslog_CL' })).toEqual([
    'Syslog_CL is where SINK=data-collector sends rows of the standard table. Name yours otherwise.',
  ]);
});
