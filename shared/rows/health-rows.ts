import type { RawRecord } from '../contract/connector';
import type { AuditEvent } from '../contract/operator';
import type { RunReport } from '../contract/run';
import type { Row, Table } from '../contract/table';
import { runToEnd } from '../values/cooperative';
import { compileRow } from './format-row';
import { datetime, dynamic, int, long, real, string } from '../kit/column-makers';

/** Where every run leaves a row, through the same sink as its events. */
export const HEALTH_TABLE: Table = {
  name: 'ConnectorHealth_CL',
  time: 'startedAt',
  columns: {
    Connector: string('connector'),
    Source: string('source'),
    RunId: string('runId'),
    TableName: string('table', 'The table that the source writes to.'),
    Backfill: string('part', 'Of a run of a backfill: its id and the number of the part.'),
    Outcome: string(
      'outcome',
      '`caught-up`, `out-of-time`, `late` or `failed`; `operator` for what an operator did. `late`: it waits, and has for longer than its schedule.',
    ),
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
    Unremembered: long(
      'unremembered',
      'Records that were delivered and are too many to be remembered: a later look may send them twice.',
    ),
    WithoutProgress: int(
      'withoutProgress',
      'Runs in a row, this one included, that stopped midway and delivered nothing new. From the seventh on the source waits for its timer.',
    ),
    DurationMs: long('durationMs'),
    ResumeAt: datetime('resumeAt', 'When a run goes on that had to wait for longer than it may last.'),
    WaitingSince: datetime(
      'waitingSince',
      'Since when its source has waited and delivered nothing, run after run.',
    ),
    BudgetRequests: int('budget.requests', 'What the run asked the vendor, retries too.'),
    BudgetWaitedMs: long('budget.waitedMs', 'How long its requests waited for their turn, together.'),
    BudgetUsedShare: real(
      'budget.usedShare',
      'The used share of the limit of which the least is left, 0 to 1.',
    ),
    BudgetFullAt: datetime('budget.fullAt', 'When all of the rate budget may be used again.'),
    OldestEvent: datetime('oldest', 'The oldest event that the run delivered.'),
    SpoolStored: long('spool.stored', 'Of pushed records: all that were ever taken of this source.'),
    SpoolDelivered: long('spool.delivered'),
    SpoolFiltered: long('spool.filtered'),
    SpoolDead: long('spool.dead'),
    SpoolDuplicate: long(
      'spool.duplicate',
      'Records of repeated bodies, where their source wants such dropped.',
    ),
    SpoolPending: long('spool.pending', 'Stored and acknowledged, not yet delivered.'),
    NewestEvent: datetime('newest', 'The newest event that the run delivered.'),
    CoveredFrom: datetime('coveredFrom', 'The run covers every event that the vendor showed from here …'),
    CoveredTo: datetime('coveredTo', '… to here.'),
    Gone: dynamic(
      'gone',
      'Event time that the run passed over, because the vendor does not keep it any more: `from`, `to`; `what`, where only some events are gone; `atStart`, where that was so before the source first ran.',
    ),
    PagesSetAside: int(
      'setAside',
      'Pages, or pushed bodies, that failed again and again and were kept whole as dead letters.',
    ),
    Act: string('act.what', 'What an operator did: `pause`, `replay`, `state-set` and so on.'),
    ActBy: string('act.by', 'Who did it.'),
    ActDetail: dynamic('act.detail', 'What was before, and after.'),
  },
};

/** The health row of one run; its `EventId` is the run's id. */
export function healthRow(report: RunReport): Row {
  const { gone, ...others } = report;
  const shown = gone === undefined ? others : { ...others, gone: gone.map((span) => ({ ...span })) };
  return rowOf({ ...shown, budget: { ...report.budget } }, report.instance, report.startedAt, report.runId);
}

/** The health row of what an operator did; its `EventId` is the act's id. */
export function auditRow({ after, at, before, by, what, ...act }: AuditEvent): Row {
  const { connector, id, instance, source } = act;
  const shown = { connector, source, startedAt: at, outcome: 'operator' };
  return rowOf({ ...shown, act: { what, by, detail: { before, after } } }, instance, at, id);
}

function rowOf(shown: RawRecord, instance: string, at: string, eventId: string): Row {
  const formatted = runToEnd(compileRow({ table: HEALTH_TABLE }, instance, new Date(at))(shown));
  if ('deadLetter' in formatted) throw new Error(`writing a health row: ${formatted.deadLetter.detail}.`);
  const { AdditionalFields: _, ...columns } = formatted.columns;
  return { ...columns, EventId: eventId };
}
