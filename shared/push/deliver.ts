import { SettingError, UnavailableError, isNamedError } from '../contract/errors';
import { LEASE_MS, NEVER_ENDING, type Ending, type RunReport } from '../contract/run';
import type { Sink } from '../contract/sink';
import type { HeldSpool, Spool, SpoolBlob, SpoolTotals, Waiting } from '../contract/spool';
import { boundedEnd, boundedWait } from '../values/wait-bound';
import type { BodyFormat } from './data-collector/rows';
import { deliverRound, type RoundRun, type Tally } from './deliver-batch';

/** What one round takes out of the spool: enough for full batches, little enough for memory. */
const ROUND_BYTES = 8 * 1024 * 1024;
const ROUND_BLOBS = 128;
/** When what failed for a reason of its own is tried again. */
const FAILED_RETRY_MS = 60_000;
/**
 * When a delivery that met the lease held comes back. Its holder may have died a moment ago: then the lease ends within
 * {@link LEASE_MS}, and a try soon after it keeps what is promised, 90 s, also where a queue is looked at every 10 s.
 */
const BUSY_RETRY_MS = LEASE_MS / 4;
/** When a workspace that is not there, or not ready for the table, is tried again. */
const WAIT_MS: Readonly<Record<Waiting['reason'], number>> = {
  unavailable: 30_000,
  'table-missing': 60_000,
  setting: 60_000,
};

/** What a run has done before its first round. */
const NOTHING: Tally = {
  fetched: 0,
  accepted: 0,
  duplicate: 0,
  filtered: 0,
  deadLettered: 0,
  drifted: 0,
  setAside: 0,
  rounds: 0,
};

/** Everything that one delivery of one source may use. */
export interface DeliverRun extends RoundRun {
  /** After this it ends with the round it is at. */
  readonly deadline: Date;
  /** Absent: the process outlives the run. */
  readonly ending?: Ending;
  readonly spool: Spool;
  /** Made for this run; its requests end with `signal`. @throws SettingError */
  readonly connect: (signal: AbortSignal) => Sink;
  readonly format: (known: SpoolTotals['columns'], sink: Sink) => BodyFormat;
}

/** How a delivery ended. */
export interface Delivery {
  /** Absent where it is not yet time to try again. */
  readonly report?: RunReport;
  /** When the next one is wanted; absent: when something is pushed. */
  readonly againInMs?: number;
}

/**
 * Delivers one source's spool, oldest first, until nothing is left or the run is out of time. Delivers at least once:
 * what is sent is counted and settled in one write, and only then leaves the spool. A workspace that is not there is
 * waited for, however long. Never throws: what went wrong is in the report, and what was not delivered stays.
 */
export async function deliver(run: DeliverRun): Promise<Delivery> {
  const delivery = await deliverOnce(run);
  if (delivery.report?.outcome !== 'caught-up') return delivery;
  // What was stored while the lease was still held met it busy, and nobody else comes for it.
  const isMore = (await takeRound(run).catch(() => [])).length > 0;
  return isMore ? { ...delivery, againInMs: 0 } : delivery;
}

/** When a delivery that met the lease held comes back; never where nothing lies there: what is pushed brings its own. */
async function comeBack({ id, spool }: DeliverRun): Promise<Pick<Delivery, 'againInMs'>> {
  try {
    for await (const _ of spool.blobs(id)) return { againInMs: BUSY_RETRY_MS };
    return {};
  } catch {
    return { againInMs: BUSY_RETRY_MS };
  }
}

async function deliverOnce(run: DeliverRun): Promise<Delivery> {
  const startedAt = run.clock.now();
  const tally: Tally = { ...NOTHING };
  let held: HeldSpool | undefined;
  const { now, soon } = run.ending ?? NEVER_ENDING;
  const report: Report = (outcome, error) => toReport(run, startedAt, tally, outcome, error);
  try {
    if (soon.aborted) return { report: report('out-of-time'), againInMs: 0 };
    const answer = await run.spool.hold(run.id);
    if (answer === 'busy') return { report: report('busy'), ...(await comeBack(run)) };
    held = answer;
    const startedMs = startedAt.getTime();
    const { retryAt } = held.totals.waiting ?? {};
    if (boundedEnd(Date.parse(retryAt ?? ''), startedMs) > startedMs) return {};
    return await deliverHeld(run, held, tally, report);
  } catch (error) {
    if (now.aborted) return { report: report('out-of-time'), againInMs: 0 };
    const cause = held?.lost.aborted === true ? (held.lost.reason as unknown) : error;
    const reason = cause instanceof Error ? cause : new Error(String(cause));
    if (!isNamedError(reason))
      run.log.error({ ...run.id, runId: run.runId, stack: reason.stack }, 'unexpected error');
    return { report: report('failed', reason) };
  } finally {
    await held?.release();
  }
}

type Report = (outcome: RunReport['outcome'], error?: Error) => RunReport;

function toReport(
  run: DeliverRun,
  startedAt: Date,
  tally: Tally,
  ...[outcome, error]: Parameters<Report>
): RunReport {
  return {
    ...run.id,
    fetched: tally.fetched,
    accepted: tally.accepted,
    duplicate: tally.duplicate,
    filtered: tally.filtered,
    deadLettered: tally.deadLettered,
    pending: tally.fetched - tally.accepted - tally.duplicate - tally.filtered - tally.deadLettered,
    runId: run.runId,
    table: run.table.name,
    pages: tally.rounds,
    drifted: tally.drifted,
    ...(tally.setAside === 0 ? {} : { setAside: tally.setAside }),
    startedAt: startedAt.toISOString(),
    durationMs: run.clock.now().getTime() - startedAt.getTime(),
    outcome,
    ...(error === undefined ? {} : { error: { name: error.name, message: error.message } }),
  };
}

async function deliverHeld(
  run: DeliverRun,
  held: HeldSpool,
  tally: Tally,
  report: Report,
): Promise<Delivery> {
  const { clock } = run;
  const { now, soon } = run.ending ?? NEVER_ENDING;
  let againInMs: number | undefined;
  let format: BodyFormat | undefined;
  try {
    const sink = run.connect(AbortSignal.any([held.lost, now]));
    format = run.format(held.totals.columns, sink);
    for (;;) {
      const blobs = await takeRound(run);
      if (blobs.length === 0) break;
      const hasFailed = await deliverRound(run, held, { blobs, sink, format, tally });
      if (hasFailed) againInMs = FAILED_RETRY_MS;
      if (clock.now() >= run.deadline || soon.aborted) return { report: report('out-of-time'), againInMs: 0 };
    }
    return { report: report('caught-up'), ...(againInMs === undefined ? {} : { againInMs }) };
  } catch (error) {
    const isCut = held.lost.aborted || now.aborted;
    const waiting = isCut ? undefined : waitFor(error, held.totals.waiting, clock.now());
    if (waiting === undefined) throw error;
    // Its columns too: whoever makes the table needs to know them.
    const columns = { ...held.totals.columns, ...format?.columns() };
    await held.save({ ...held.totals, settled: {}, columns, waiting });
    const waitMs = Date.parse(waiting.retryAt) - clock.now().getTime();
    return { report: report('failed', error as Error), againInMs: Math.max(0, waitMs) };
  }
}

/** The oldest blobs that are not waiting for another try. */
async function takeRound({ clock, id, spool }: DeliverRun): Promise<SpoolBlob[]> {
  const now = clock.now().getTime();
  const blobs: SpoolBlob[] = [];
  let bytes = 0;
  for await (const blob of spool.blobs(id)) {
    const retryMs = Date.parse(blob.failedAt ?? '') + FAILED_RETRY_MS;
    if (boundedEnd(retryMs, now, FAILED_RETRY_MS) > now) continue;
    if (blobs.length > 0 && bytes + blob.bytes > ROUND_BYTES) break;
    bytes += blob.bytes;
    if (blobs.push(blob) === ROUND_BLOBS) break;
  }
  return blobs;
}

/** What to wait for after an error that no body is to blame for; `undefined` where waiting mends nothing. */
function waitFor(error: unknown, before: Waiting | undefined, now: Date): Waiting | undefined {
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
