import { EMPTY_LEDGER } from '../../shared/contract/checkpoint';
import type { RunReport } from '../../shared/contract/run';
import { HEALTH_TABLE, healthRow } from '../../shared/rows/health-rows';
import { connectorProblems } from '../../shared/kit/connector-problems';
import { url } from '../../shared/kit/define-connector';
import { scriptedSource } from '../fakes/scripted-source';

const report: RunReport = {
  ...EMPTY_LEDGER,
  connector: 'acme-edr',
  instance: 'eu',
  source: 'alerts',
  runId: 'run-1',
  table: 'AcmeAlerts_CL',
  pages: 2,
  fetched: 7,
  accepted: 6,
  deadLettered: 1,
  drifted: 3,
  startedAt: '2026-11-21T10:00:00.000Z',
  durationMs: 1_500,
  outcome: 'caught-up',
  oldest: '2026-11-21T08:00:00.000Z',
  newest: '2026-11-21T09:00:00.000Z',
};

test('the row of a run contains what the report contains', () => {
  expect(healthRow(report)).toEqual({
    TimeGenerated: '2026-11-21T10:00:00.000Z',
    EventTime: '2026-11-21T10:00:00.000Z',
    EventId: 'run-1',
    IsLate: false,
    Instance: 'eu',
    Connector: 'acme-edr',
    Source: 'alerts',
    RunId: 'run-1',
    TableName: 'AcmeAlerts_CL',
    Outcome: 'caught-up',
    Pages: 2,
    Fetched: 7,
    Accepted: 6,
    Duplicate: 0,
    Filtered: 0,
    DeadLettered: 1,
    Pending: 0,
    Drifted: 3,
    DurationMs: 1_500,
    OldestEvent: '2026-11-21T08:00:00.000Z',
    NewestEvent: '2026-11-21T09:00:00.000Z',
  });
});

test('the row of a failed run names who must act', () => {
  const error = { name: 'SettingError', message: 'asking acme-edr: 403. Check ACME_EDR_TOKEN.' };
  expect(healthRow({ ...report, outcome: 'failed', error })).toMatchObject({
    Outcome: 'failed',
    ErrorName: 'SettingError',
    ErrorMessage: 'asking acme-edr: 403. Check ACME_EDR_TOKEN.',
  });
});

test('the health table is valid as a table of a connector', () => {
  const connector = {
    name: 'health',
    title: 'Health',
    settings: { url: url('Any.') },
    sources: { runs: scriptedSource([], { table: HEALTH_TABLE }) },
  };
  expect(connectorProblems(connector, 'health')).toEqual([]);
});
