import type { SourceId } from '../../contract/checkpoint';
import type { CoverageReport, Span } from '../../contract/coverage-report';
import type { StoredDeadLetter } from '../../contract/operator';
import { readOrReport } from '../../values/damage-errors';
import { coverageReport, type ReportInput } from './build-report';
import { windowSpecOf } from '../../windows/window-context';
import { rangeSpecOf } from '../../windows/backfill-range';
import { longestIntervalMs } from '../../values/ncrontab';
import type { Declared } from '../../run/schedule';
import { createBackfillAdmin } from '../backfills';
import type { AdminContext } from '../admin-context';
import { listDeadLetters } from '../dead-letters/list';

const DAY_MS = 24 * 3_600_000;
/** Audit events are read from this long before the range. An older pause is known only while it lasts. */
const ACTS_BEFORE_MS = 31 * DAY_MS;

/**
 * Reports the coverage of a source's events in a range of event time.
 * @param declared the source and its schedule, when it still exists
 * @throws UnavailableError when storage cannot be reached
 */
export async function explainSource(
  tools: AdminContext,
  id: SourceId,
  declared: Declared | undefined,
  asked: { readonly from: Date; readonly to: Date },
): Promise<CoverageReport> {
  const { clock, log, state } = tools;
  const now = clock.now();
  // Unreadable state is logged and counts as no coverage.
  const damaged = ({ message }: Error): void => log.error({ ...id, reason: message }, 'state cannot be read');
  const before = new Date(asked.from.getTime() - ACTS_BEFORE_MS);
  const [runs, acts, pause, checkpoint, letters, backfills] = await Promise.all([
    // An earlier run may have delivered events of the range.
    state.history.read(id, new Date(asked.from.getTime() - DAY_MS), now, damaged),
    state.auditLog.read(id, before, now, damaged),
    readOrReport(state.pauses.read(id), damaged),
    readOrReport(state.checkpoints.read(id), damaged),
    readDeadLetters(tools, id),
    createBackfillAdmin(() => tools).list(id),
  ]);
  const span: Span = { from: asked.from.toISOString(), to: asked.to.toISOString() };
  return coverageReport({
    id,
    ...declaredFacts(id, declared),
    backfills,
    asked: span,
    now,
    checkpoint,
    runs,
    acts,
    pause,
    letters,
  });
}

/** The declared facts of a source; defaults for one that no longer exists. */
function declaredFacts(
  { source: name }: SourceId,
  declared: Declared | undefined,
): Pick<ReportInput, 'title' | 'table' | 'retention' | 'canBackfill' | 'everyMs' | 'lagMs'> {
  const unknown = { retention: undefined, canBackfill: false, everyMs: 0, lagMs: 0 };
  if (declared === undefined) return { title: name, table: '', ...unknown };
  const { schedule, source } = declared;
  const known = { title: source.title ?? name, table: source.table.name, retention: source.retention };
  if (source.pull === undefined) return { ...unknown, ...known };
  return {
    ...known,
    canBackfill: rangeSpecOf(source) !== undefined,
    everyMs: longestIntervalMs(schedule),
    lagMs: windowSpecOf(source)?.lag.minMs ?? 0,
  };
}

/** The times and causes of dead letters, without their records, which may be many. */
async function readDeadLetters(
  tools: AdminContext,
  id: SourceId,
): Promise<Pick<StoredDeadLetter, 'at' | 'cause'>[]> {
  const letters: Pick<StoredDeadLetter, 'at' | 'cause'>[] = [];
  for await (const { at, cause } of listDeadLetters(tools, id, () => true)) letters.push({ at, cause });
  return letters;
}
