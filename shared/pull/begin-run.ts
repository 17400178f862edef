import { formatId, type Checkpoint, type GoneSpan, type LeasedCheckpoint } from '../contract/checkpoint';
import type { PullSource, Retention } from '../contract/connector';
import { SettingError } from '../contract/errors';
import type { PullRange, WindowPlan, WindowSpec } from '../contract/windows';
import { farFuture } from '../windows/far-future';
import { compareIso } from '../values/time';
import { askableSince, cutToKept, keptSince } from '../windows/vendor-retention';
import { planOf, stampPosition } from '../windows/stored-plan';
import { coverageBegins } from './coverage';
import { earlier, later, newlyGone, addGone } from '../windows/time-spans';
import { windowSpecOf } from '../windows/window-context';
import { bindState } from './vendor-account';
import type { PullRun } from './pull-run';

/** A START within a minute of the vendor's oldest kept event means everything that the vendor keeps. */
const ALL_KEPT_MS = 60_000;
const DAY_MS = 24 * 3_600_000;

/** The event times that a run reads, without those that the vendor no longer keeps. */
export interface KeptTime {
  /** Where a source without a position begins to read. */
  readonly startFrom: Date;
  /** For a backfill slice: the remaining range. */
  readonly range: PullRange | undefined;
  /** The spans that this run is the first to skip. */
  readonly gone: readonly GoneSpan[];
}

/**
 * Binds the state to the vendor's account and stores where the source begins, before the first request: so a first run that
 * fails loses no time. If the source declares a retention, moves a start, a window or a backfill slice that is older forward
 * to what the vendor still keeps: the vendor would refuse it in every run. Skipped spans are stored in the checkpoint and
 * logged.
 * @throws SettingError if the state belongs to another account, or holds a time in the future
 * @throws UnavailableError if storage cannot be reached
 */
export async function beginRun(
  source: PullSource,
  run: PullRun,
  leased: LeasedCheckpoint,
  startedAt: Date,
): Promise<KeptTime> {
  const before = leased.checkpoint;
  if (run.range === undefined) refuseFuture(before, run, startedAt);
  const bound = bindState(before, run);
  const begun = run.range === undefined ? beginOf(bound, source, run.startFrom, startedAt) : bound;
  const { checkpoint, range } = keptOf(begun, source, run.range, startedAt);
  if (checkpoint !== before) await leased.save({ ...checkpoint, savedAt: run.clock.now().toISOString() });
  const gone = reportGone(source, run, before, checkpoint);
  const { startFrom = run.startFrom.toISOString() } = checkpoint;
  const { retention } = source;
  const kept = retention === undefined ? startFrom : later(startFrom, askableSince(retention, startedAt));
  return { startFrom: new Date(kept), range, gone };
}

/**
 * Refuses a checkpoint with a time in the future. The source would read nothing until then, without an error; moving the
 * time back to now would skip events that were never read.
 */
function refuseFuture(checkpoint: Checkpoint, { id, startFrom }: PullRun, startedAt: Date): void {
  const found = farFuture(checkpoint, startedAt, startFrom);
  if (found === undefined) return;
  const name = formatId(id);
  throw new SettingError(
    `running ${name}: its checkpoint is damaged: its ${found.member} says ${found.time}, which is in the future, and nothing would be read until then. Set the time to read from with "npx tributary state set ${name} --since <time>", or restore a replaced checkpoint with "npx tributary state restore ${name}". If the clock of this app is wrong, set it right.`,
    { isDamage: true },
  );
}

/** Logs the spans that `after` skips and `before` did not. @returns these spans */
export function reportGone(
  source: PullSource,
  run: Pick<PullRun, 'id' | 'runId' | 'log'>,
  before: Checkpoint,
  after: Checkpoint,
): readonly GoneSpan[] {
  const gone = newlyGone(before, after);
  for (const { from, to, what } of gone) {
    run.log.warn(
      {
        ...run.id,
        runId: run.runId,
        from,
        to,
        ...(what === undefined ? {} : { what }),
        ...daysOf(source, what),
      },
      'the vendor does not keep this any more: the source goes on at what is left',
    );
  }
  return gone;
}

function daysOf({ retention }: PullSource, what: string | undefined): { readonly days?: number } {
  const days = what === undefined ? retention?.days : retention?.except?.days;
  return days === undefined ? {} : { days };
}

/** Adds to a checkpoint where its source begins: at START, or at the oldest event that the vendor keeps if START is older. */
function beginOf(
  checkpoint: Checkpoint,
  { retention }: PullSource,
  start: Date,
  startedAt: Date,
): Checkpoint {
  if (checkpoint.startFrom !== undefined) return checkpoint;
  const asked = start.toISOString();
  if (retention === undefined) return { ...checkpoint, startFrom: asked };
  const startFrom = later(asked, askableSince(retention, startedAt));
  const isAll = Date.parse(keptSince(retention, startedAt)) - start.getTime() <= ALL_KEPT_MS;
  const never = [...(isAll ? [] : span(asked, startFrom)), ...partlyGone(retention, startFrom, startedAt)];
  return addGone(
    { ...checkpoint, startFrom },
    never.map((one) => ({ ...one, atStart: true as const })),
  );
}

/** Removes what the vendor no longer keeps from a checkpoint, or from the range of a backfill slice without a window plan. */
function keptOf(
  checkpoint: Checkpoint,
  source: PullSource,
  range: PullRange | undefined,
  startedAt: Date,
): { readonly checkpoint: Checkpoint; readonly range: PullRange | undefined } {
  const { retention } = source;
  if (retention === undefined) return { checkpoint, range };
  const since = askableSince(retention, startedAt);
  const spec = windowSpecOf(source, range);
  const plan = spec && planIn(checkpoint, spec, range, startedAt);
  if (spec !== undefined && plan !== undefined) {
    const from = range === undefined ? coverageBegins(checkpoint) : undefined;
    const partly = from === undefined ? [] : partlyGone(retention, from, startedAt);
    const known = addGone(checkpoint, partly);
    return { checkpoint: cutPlan(known, plan, since, spec, range !== undefined), range };
  }
  if (range !== undefined) {
    const from = earlier(later(range.from, since), range.to);
    const left = from === range.from ? range : { ...range, from, ownsFrom: true };
    return { checkpoint: addGone(checkpoint, span(range.from, from)), range: left };
  }
  return { checkpoint: beforeFirstPage(checkpoint, since), range };
}

/** The window plan that a run continues; `undefined` before the first one. */
function planIn(
  checkpoint: Checkpoint,
  spec: WindowSpec,
  range: PullRange | undefined,
  startedAt: Date,
): WindowPlan | undefined {
  if (range !== undefined) return checkpoint.windows;
  const plan = planOf(checkpoint, spec, startedAt.toISOString());
  return Object.keys(plan.frontiers).length > 0 || plan.open.length > 0 ? plan : undefined;
}

function cutPlan(
  checkpoint: Checkpoint,
  plan: WindowPlan,
  since: string,
  spec: WindowSpec,
  isSlice: boolean,
): Checkpoint {
  const { gone, plan: left } = cutToKept(plan, since, spec);
  if (left === plan) return checkpoint;
  // A slice keeps its position: only versions without windows read it, and they have no slices.
  const { plan: windows, position } = isSlice
    ? { plan: left, position: checkpoint.position }
    : stampPosition(left);
  return addGone({ ...checkpoint, position, windows }, gone);
}

/** Skips a start that is older than the vendor keeps. While nothing is delivered, the longer span is recorded once a day. */
function beforeFirstPage(checkpoint: Checkpoint, since: string): Checkpoint {
  const { gone = [], position, startFrom } = checkpoint;
  if (position !== null || startFrom === undefined) return checkpoint;
  const isTold = gone.some(
    ({ from, to }) => from === startFrom && Date.parse(since) - Date.parse(to) < DAY_MS,
  );
  return isTold ? checkpoint : addGone(checkpoint, span(startFrom, since));
}

/** The span after `from` whose events with a shorter retention (`except`) the vendor no longer keeps. */
function partlyGone({ days, except }: Retention, from: string, startedAt: Date): GoneSpan[] {
  if (except === undefined) return [];
  const kept = later(from, keptSince({ days }, startedAt));
  return span(kept, keptSince(except, startedAt)).map((one) => ({ ...one, what: except.what }));
}

function span(from: string, to: string): GoneSpan[] {
  return compareIso(from, to) < 0 ? [{ from, to }] : [];
}
