import type { Checkpoint, LeasedCheckpoint, Ledger } from '../contract/checkpoint';
import { addLedgers, formatId } from '../contract/checkpoint';
import type { Page, PullContext, PullSource } from '../contract/connector';
import { UnavailableError } from '../contract/errors';
import type { Json } from '../contract/json';
import { NO_SHUTDOWN, type Clock, type RunReport } from '../contract/run';
import { canonicalJson } from '../values/json/json';
import { secretKeeper } from '../values/secrets/secrets';
import { boundedWait, LONGEST_DECLARED_MS } from '../values/wait-bound';
import { sleepAndPoll } from '../kit/sleep-and-poll';
import { prefetch, oneByOne } from './prefetch';
import { coverageBegins, coveredRange, deliveredRange } from './coverage';
import { compileFormat } from '../rows/format-page';
import { beginRun, reportGone, type KeptTime } from './begin-run';
import { orDamaged, pages } from './read-pages';
import { watchPages } from './page-order';
import { boundRead } from './read-deadline';
import { createDeduplicator } from './deduplicate';
import { beginAtKept, isRefusal, refusalAt } from './refused-position';
import { buildReport, reportError } from '../rows/run-report';
import { sendRows } from '../rows/send-rows';
import { orQuarantine, storeDeadLetters, withoutFailureStreak } from './quarantine';
import { emptyTally, pendingPage, reportedTally, countPage, type Tally } from './run-tally';
import type { PullRun, ReadPage } from './pull-run';

/**
 * Pulls one source until the vendor has nothing newer or the run is out of time.
 * Delivers at least once: a checkpoint is saved only after the workspace accepted every row of its page and
 * every dead letter is durable, so a crash in between repeats one page and loses none.
 * Never throws: the report holds the error, and the last saved checkpoint stays valid.
 */
export async function pull(source: PullSource, run: PullRun): Promise<RunReport> {
  const startedAt = run.clock.now();
  const tally = emptyTally();
  const report: Report = (outcome, more = {}) => {
    const { counts, events } = reportedTally(tally);
    const covered =
      run.range === undefined
        ? coveredRange(tally.from, leased?.checkpoint, outcome, startedAt)
        : deliveredRange(run.range, leased?.checkpoint, outcome);
    const reported = { ...run, startedAt, table: source.table.name };
    return buildReport(reported, counts, outcome, { ...events, ...covered, ...more });
  };

  let leased: LeasedCheckpoint | undefined;
  try {
    if ((await run.paused?.()) !== undefined) return report('paused');
    if (run.shutdown?.soon.aborted === true) return report('out-of-time');
    const answer = await run.checkpoints.acquire(run.id);
    if (answer === 'busy') return report('busy');
    leased = answer;
    // Another run has delivered this slice since it was chosen.
    if (run.range !== undefined && leased.checkpoint.unfinished === false) return report('busy');
    return report(await pullLeased(source, run, leased, startedAt, tally));
  } catch (error) {
    return reportOf(error, run, leased?.leaseLost, report);
  } finally {
    await leased?.release();
  }
}

type Report = (outcome: RunReport['outcome'], more?: Partial<RunReport>) => RunReport;

/** The report of a run that an error ended. */
function reportOf(error: unknown, run: PullRun, lost: AbortSignal | undefined, report: Report): RunReport {
  const cause = lost?.aborted === true ? (lost.reason as unknown) : error;
  if (cause === error && run.shutdown?.now.aborted === true) return report('out-of-time');
  // Not a failure: the run must wait, for its rate budget for example. The source continues at `resumeAt`.
  if (cause instanceof UnavailableError && cause.resumeAt !== undefined) {
    const nowMs = run.clock.now().getTime();
    const waitMs = boundedWait(cause.resumeAt.getTime() - nowMs, LONGEST_DECLARED_MS);
    const waitsFor = run.secrets.mask(cause.message);
    return report('out-of-time', { resumeAt: new Date(nowMs + waitMs).toISOString(), waitsFor });
  }
  return report(
    'failed',
    reportError(cause, run, (text) => run.secrets.mask(text)),
  );
}

/**
 * Prepares the checkpoint, then reads, sends and saves pages. If the vendor refuses the saved position and no longer keeps
 * its events, starts once more at the oldest event that it keeps.
 */
async function pullLeased(
  source: PullSource,
  run: PullRun,
  leased: LeasedCheckpoint,
  startedAt: Date,
  tally: Tally,
): Promise<'caught-up' | 'out-of-time' | 'paused'> {
  const { gone, range, startFrom } = await beginRun(source, run, leased, startedAt);
  tally.gone = gone;
  const handedOff = await run.handOff?.(leased.checkpoint);
  if (handedOff !== undefined) await leased.save(handedOff);
  tally.from = coverageBegins(leased.checkpoint);
  const reading = { startFrom, startedAt, range };
  try {
    return await pullPages(source, run, leased, reading, tally);
  } catch (error) {
    if (!isRefusal(error, tally.pages)) throw error;
    const again = run.range === undefined ? beginAtKept(source, leased.checkpoint, startedAt) : undefined;
    if (again === undefined) throw refusalAt(error, run, leased.checkpoint);
    tally.gone = [...tally.gone, ...reportGone(source, run, leased.checkpoint, again)];
    await leased.save({ ...again, savedAt: run.clock.now().toISOString() });
    return await pullPages(source, run, leased, reading, tally);
  }
}

async function pullPages(
  source: PullSource,
  run: PullRun,
  leased: LeasedCheckpoint,
  { range, startFrom, startedAt }: Pick<KeptTime, 'range' | 'startFrom'> & { readonly startedAt: Date },
  tally: Tally,
): Promise<'caught-up' | 'out-of-time' | 'paused'> {
  const abort = new AbortController();
  const { now, soon } = run.shutdown ?? NO_SHUTDOWN;
  const ends = [abort.signal, leased.leaseLost, now];
  const doing = `pulling ${formatId(run.id)}`;
  const { inTime, signal } = boundRead({ ...run, doing, ends });
  const { http, sink } = await run.connect(AbortSignal.any(ends), signal);
  const deduplicator = createDeduplicator(source, leased.checkpoint, run);
  const format = compileFormat(
    source,
    { ...run, instance: run.id.instance, startedAt, sink },
    deduplicator.pass,
  );
  const isNextKnown = (): boolean => leased.checkpoint.nextKnown === true;
  const context = contextOf(run, leased.checkpoint, {
    http,
    isNextKnown,
    startFrom,
    startedAt,
    signal,
    time: source.table.time,
  });
  const nextKnown = nextKnownBy(source, tally);
  const watch = watchPages(source, run, range, tally);

  const read = orDamaged(leased, pages(source, context, formatId(run.id), leased.checkpoint, range));
  const take = source.saveBeforeNext === true || source.pull.objects !== undefined ? oneByOne : prefetch;
  for await (const page of take(read, abort, inTime)) {
    tally.ledger = addLedgers(tally.ledger, pendingPage(page));
    await deduplicator.beginPage(page);
    const formatting = format(page.records);
    watch(page);
    const delivered = await orQuarantine(page, run, leased, formatting, () =>
      sendRows(sink, source.table, run.lateTable, formatting.encoded),
    );
    const kept = { ...(await deduplicator.persist(page, delivered.formatted.rows)), ...nextKnown(page) };
    const counts = await storeDeadLetters(delivered, run, tally.pages);
    await save(leased, page, counts, kept, run.clock);
    countPage(tally, page, delivered, counts);
    tally.unremembered = deduplicator.unremembered();
    await deduplicator.deleteUnreferenced();
    if (page.mustContinue === true) continue;
    if (run.clock.now() >= run.deadline || soon.aborted) return 'out-of-time';
    if ((await run.mayContinue?.()) === false) return 'paused';
  }
  // For a backfill slice, `unfinished: false` marks completion, even when it held no events.
  if (leased.checkpoint.unfinished === true || run.range !== undefined) {
    await leased.save({ ...leased.checkpoint, unfinished: false, savedAt: run.clock.now().toISOString() });
  }
  return 'caught-up';
}

function contextOf(
  run: PullRun,
  checkpoint: Checkpoint,
  made: Pick<PullContext, 'http' | 'isNextKnown' | 'startFrom' | 'startedAt' | 'signal' | 'time'>,
): PullContext {
  return {
    ...made,
    settings: run.settings,
    now: () => run.clock.now(),
    checkpoint: checkpoint.position,
    newest: checkpoint.boundary?.time,
    secret: secretKeeper(run.secrets),
    ...sleepAndPoll({ ...run, signal: made.signal }),
  };
}

/**
 * Sets `nextKnown` for a declared source once an answer has named a next page: in a window, when a page is not its last;
 * without windows, when a second page arrives.
 */
function nextKnownBy({ pull: { rest } }: PullSource, tally: Tally): (page: ReadPage) => Partial<Checkpoint> {
  if (rest === undefined) return () => ({});
  return ({ last, stays, window }) => {
    const isNamed = window === undefined ? tally.pages > 0 : last !== true;
    return isNamed && stays !== true ? { nextKnown: true } : {};
  };
}

/** Saves the checkpoint and ledger of a delivered page in one write. Writes nothing for an empty page that moved nothing. */
async function save(
  leased: LeasedCheckpoint,
  page: Page,
  counts: Ledger,
  kept: Partial<Checkpoint>,
  clock: Clock,
): Promise<void> {
  const { seen: _, ...checkpoint } = withoutFailureStreak(leased.checkpoint);
  const position = page.stays === true && kept.windows === undefined ? checkpoint.position : page.checkpoint;
  const next = { ...checkpoint, ...kept, position };
  if (counts.fetched === 0 && placeIn(next) === placeIn(checkpoint)) return;
  await leased.save({
    ...next,
    ledger: addLedgers(checkpoint.ledger, counts),
    unfinished: true,
    savedAt: clock.now().toISOString(),
  });
}

/** The position and windows of a checkpoint as text, for comparison. */
function placeIn({ position, windows }: Checkpoint): string {
  return canonicalJson([position, (windows ?? null) as Json]);
}
