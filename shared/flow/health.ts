import type { PullSource } from '../contract/connector';
import type { RunReport } from '../contract/run';
import type { Row, Table } from '../contract/table';
import { compileRow } from './row';
import { datetime, int, long, real, string } from '../kit/columns';

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
    BudgetRequests: int('budget.requests', 'What the run asked the vendor, retries too.'),
    BudgetWaitedMs: long('budget.waitedMs', 'How long its requests waited for their turn, together.'),
    BudgetUsedShare: real(
      'budget.usedShare',
      'The used share of the limit of which the least is left, 0 to 1.',
    ),
    BudgetFullAt: datetime('budget.fullAt', 'When all of the rate budget may be used again.'),
    OldestEvent: datetime('oldest', 'The oldest event that the run delivered.'),
    NewestEvent: datetime('newest', 'The newest event that the run delivered.'),
  },
};

/** The health row of one run; its `EventId` is the run's id. */
export function healthRow(report: RunReport): Row {
  const source: PullSource = { table: HEALTH_TABLE, pull: noPages };
  const formatted = compileRow(
    source,
    report.instance,
    new Date(report.startedAt),
  )({
    ...report,
    budget: { ...report.budget },
  });
  if ('letter' in formatted) throw new Error(`writing the health row of a run: ${formatted.letter.detail}.`);
  const { AdditionalFields: _, ...columns } = formatted.columns;
  return { ...columns, EventId: report.runId };
}

async function* noPages(): AsyncGenerator<never, void, undefined> {}
