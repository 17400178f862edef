import { SettingError, UnavailableError } from '../contract/errors';
import { LEASE_MS, NO_SHUTDOWN, type ShutdownSignals, type RunReport } from '../contract/run';
import type { Sink } from '../contract/sink';
import type { LeasedSpool, Spool, SpoolBlob, SpoolCounters, Blocked } from '../contract/spool';
import { boundedEnd, boundedWait } from '../values/wait-bound';
import { buildReport, reportError, type RunCounts } from '../rows/run-report';
import type { BodyFormat } from './body-format';
import { deliverBatch, type BatchRun, type DeliveryCounts } from './deliver-batch';

/** How much of the spool one batch reads: enough for full requests, little enough for memory. */
const BATCH_BYTES = 8 * 1024 * 1024;
const BATCH_BLOBS = 128;
/** When a body that failed for a reason of its own is retried. */
const FAILED_RETRY_MS = 60_000;
/**
 * When a delivery that found the lease busy retries. If its holder has just died, the lease ends within
 * {@link LEASE_MS}; a retry soon after that keeps the promised 90 s, even where a queue is polled every 10 s.
 */
const BUSY_RETRY_MS = LEASE_MS / 4;
/** When a delivery is retried while the workspace is unavailable, or has no stream for the table. */
const WAIT_MS: Readonly<Record<Blocked['reason'], number>> = {
  unavailable: 30_000,
  'table-missing': 60_000,
  setting: 60_000,
};

/** The counts of a run before its first batch. */
const NOTHING: DeliveryCounts = {
  fetched: 0,
  accepted: 0,
  duplicate: 0,
  filtered: 0,
  deadLettered: 0,
  drifted: 0,
  quarantined: 0,
  batches: 0,
};

/** Everything that one delivery of one source may use. */
export interface DeliverRun extends BatchRun {
  /** The run ends after the batch during which this time passes. */
  readonly deadline: Date;
  /** Absent: the process outlives the run. */
  readonly shutdown?: ShutdownSignals;
  readonly spool: Spool;
  /** Made for this run; its requests end with `signal`. @throws SettingError */
  readonly connect: (signal: AbortSignal) => Sink;
  readonly format: (known: SpoolCounters['columns'], sink: Sink) => BodyFormat;
}

/** How a delivery ended. */
export interface Delivery {
  /** Absent where the next retry is not due yet. */
  readonly report?: RunReport;
  /** When the next delivery is due; absent: when something is pushed. */
  readonly againInMs?: number;
}

/**
 * Delivers one source's spool, oldest first, until it is empty or the run is out of time. Delivers at least once: one
 * write commits a batch, and only then its bodies leave the spool. While the workspace is unavailable the bodies stay,
 * without a limit of time. Never throws: the report has the error, and what was not delivered stays.
 */
export async function drainSpool(run: DeliverRun): Promise<Delivery> {
  const delivery = await drainOnce(run);
  if (delivery.report?.outcome !== 'caught-up') return delivery;
  // A body stored while this run had the lease found it busy, and nothing else starts a delivery for it.
  const isMore = (await readBatch(run).catch(() => [])).length > 0;
  return isMore ? { ...delivery, againInMs: 0 } : delivery;
}

/** When a delivery that found the lease busy retries; never while the spool is empty, because each push starts one. */
async function retryWhenBusy({ id, spool }: DeliverRun): Promise<Pick<Delivery, 'againInMs'>> {
  try {
    for await (const _ of spool.blobs(id)) return { againInMs: BUSY_RETRY_MS };
    return {};
  } catch {
    return { againInMs: BUSY_RETRY_MS };
  }
}

async function drainOnce(run: DeliverRun): Promise<Delivery> {
  const startedAt = run.clock.now();
  const tally: DeliveryCounts = { ...NOTHING };
  let leased: LeasedSpool | undefined;
  const { now, soon } = run.shutdown ?? NO_SHUTDOWN;
  const reported = { ...run, startedAt, table: run.table.name };
  const report: Report = (outcome, more) => buildReport(reported, countsOf(tally), outcome, more);
  try {
    if (soon.aborted) return { report: report('out-of-time'), againInMs: 0 };
    const answer = await run.spool.acquire(run.id);
    if (answer === 'busy') return { report: report('busy'), ...(await retryWhenBusy(run)) };
    leased = answer;
    const startedMs = startedAt.getTime();
    const { retryAt } = leased.counters.waiting ?? {};
    if (boundedEnd(Date.parse(retryAt ?? ''), startedMs) > startedMs) return {};
    return await drainLeased(run, leased, tally, report);
  } catch (error) {
    if (now.aborted) return { report: report('out-of-time'), againInMs: 0 };
    const cause = leased?.leaseLost.aborted === true ? (leased.leaseLost.reason as unknown) : error;
    return { report: report('failed', reportError(cause, run)) };
  } finally {
    await leased?.release();
  }
}

type Report = (outcome: RunReport['outcome'], more?: Partial<RunReport>) => RunReport;

/** The records of the bodies that a run read and did not finish are pending. */
function countsOf({ batches, quarantined, ...counts }: DeliveryCounts): RunCounts {
  const { accepted, deadLettered, duplicate, fetched, filtered } = counts;
  const pending = fetched - accepted - duplicate - filtered - deadLettered;
  return { ...counts, pending, pages: batches, setAside: quarantined };
}

async function drainLeased(
  run: DeliverRun,
  leased: LeasedSpool,
  tally: DeliveryCounts,
  report: Report,
): Promise<Delivery> {
  const { clock } = run;
  const { now, soon } = run.shutdown ?? NO_SHUTDOWN;
  let againInMs: number | undefined;
  let format: BodyFormat | undefined;
  try {
    const sink = run.connect(AbortSignal.any([leased.leaseLost, now]));
    format = run.format(leased.counters.columns, sink);
    for (;;) {
      const blobs = await readBatch(run);
      if (blobs.length === 0) break;
      const hasFailed = await deliverBatch(run, leased, { blobs, sink, format, tally });
      if (hasFailed) againInMs = FAILED_RETRY_MS;
      if (clock.now() >= run.deadline || soon.aborted) return { report: report('out-of-time'), againInMs: 0 };
    }
    return { report: report('caught-up'), ...(againInMs === undefined ? {} : { againInMs }) };
  } catch (error) {
    const isCut = leased.leaseLost.aborted || now.aborted;
    const blocked = isCut ? undefined : blockedBy(error, leased.counters.waiting, clock.now());
    if (blocked === undefined) throw error;
    // The columns too: creating the table needs them.
    const columns = { ...leased.counters.columns, ...format?.columns() };
    await leased.save({ ...leased.counters, settled: {}, columns, waiting: blocked });
    const waitMs = Date.parse(blocked.retryAt) - clock.now().getTime();
    return { report: report('failed', reportError(error, run)), againInMs: Math.max(0, waitMs) };
  }
}

/** The oldest blobs whose retry is due. */
async function readBatch({ clock, id, spool }: DeliverRun): Promise<SpoolBlob[]> {
  const now = clock.now().getTime();
  const blobs: SpoolBlob[] = [];
  let bytes = 0;
  for await (const blob of spool.blobs(id)) {
    const retryMs = Date.parse(blob.failedAt ?? '') + FAILED_RETRY_MS;
    if (boundedEnd(retryMs, now, FAILED_RETRY_MS) > now) continue;
    if (blobs.length > 0 && bytes + blob.bytes > BATCH_BYTES) break;
    bytes += blob.bytes;
    if (blobs.push(blob) === BATCH_BLOBS) break;
  }
  return blobs;
}

/** Why the source is blocked by an error that no body causes; `undefined` where waiting cannot help. */
function blockedBy(error: unknown, before: Blocked | undefined, now: Date): Blocked | undefined {
  const reason =
    error instanceof UnavailableError
      ? 'unavailable'
      : error instanceof SettingError
        ? error.missing === 'stream'
          ? 'table-missing'
          : 'setting'
        : undefined;
  if (reason === undefined) return undefined;
  const askedMs = error instanceof UnavailableError ? error.retryAfterMs : undefined;
  const waitMs = boundedWait(askedMs ?? WAIT_MS[reason]);
  const nowIso = now.toISOString();
  return {
    reason,
    message: (error as Error).message,
    since: before?.reason === reason && before.since <= nowIso ? before.since : nowIso,
    retryAt: new Date(now.getTime() + waitMs).toISOString(),
  };
}
