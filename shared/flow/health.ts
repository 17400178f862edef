import type { PullSource } from '../contract/connector';
import type { RunReport } from '../contract/run';
import type { Row, Table } from '../contract/table';
import { compileRow } from './row';
import { datetime, int, long, string } from '../kit/columns';

/** Where every run leaves a row, through the same sink as its events. */
export const HEALTH_TABLE: Table = {
  name: 'ConnectorHealth_CL',
  time: 'startedAt',
  columns: {
    Connector: string('connector'),
    Source: string('source'),
    RunId: string('runId'),
    TableName: string('table', 'The table that the source writes to.'),
    Outcome: string('outcome', '`caught-up`, `out-of-time` or `failed`.'),
    ErrorName: string(
      'error.name',
      'Who must act: SettingError the operator, UnavailableError time, ContractError the author of the connector.',
    ),
    ErrorMessage: string('error.message'),
    Pages: int('pages'),
    Fetched: long('fetched'),
    Accepted: long('accepted'),
    Duplicate: long('duplicate'),
    Filtered: long('filtered'),
    DeadLettered: long('deadLettered'),
    Pending: long('pending'),
    Drifted: long('drifted', 'Records of which a value did not fit its column.'),
    DurationMs: long('durationMs'),
    OldestEvent: datetime('oldest', 'The oldest event that the run delivered.'),
    SpoolStored: long('spool.stored', 'Of pushed records: all that were ever taken of this source.'),
    SpoolDelivered: long('spool.delivered'),
    SpoolDead: long('spool.dead'),
    SpoolPending: long('spool.pending', 'Stored and acknowledged, not yet delivered.'),
    NewestEvent: datetime('newest', 'The newest event that the run delivered.'),
  },
};

/** The health row of one run; its `EventId` is the run's id. */
export function healthRow(report: RunReport): Row {
  const source: PullSource = { table: HEALTH_TABLE, pull: noPages };
  const formatted = compileRow(source, report.instance, new Date(report.startedAt))({ ...report });
  if ('letter' in formatted) throw new Error(`writing the health row of a run: ${formatted.letter.detail}.`);
  const { AdditionalFields: _, ...columns } = formatted.columns;
  return { ...columns, EventId: report.runId };
}

async function* noPages(): AsyncGenerator<never, void, undefined> {}
