import type { Outage, PausedSpan, Span } from '../../contract/coverage-report';
import type { Json } from '../../contract/json';
import type { AuditEvent, Pause } from '../../contract/operator';
import type { RunReport } from '../../contract/run';
import { isPause } from '../../storage/state/pauses';
import { compareIso } from '../../values/time';
import { endOf } from './covered-spans';
import { lengthMs, uncovered, within } from '../../windows/time-spans';

/** The periods in which the source was paused. @param acts oldest first */
export function pausedSpans(acts: readonly AuditEvent[], now: Pause | undefined): PausedSpan[] {
  const spans: PausedSpan[] = [];
  for (const { after, at, before, by, what } of acts) {
    if (what !== 'pause' && what !== 'resume') continue;
    const last = spans.at(-1);
    const open = last !== undefined && last.to === undefined ? spans.pop() : undefined;
    // The start of a damaged pause is unknown.
    const begun = open ?? pauseIn(before);
    if (begun !== undefined) spans.push({ ...begun, to: at, resumedBy: by });
    const pause = what === 'pause' ? pauseIn(after) : undefined;
    if (pause !== undefined) spans.push(pause);
  }
  const isKnown = now === undefined || spans.some(({ since, to }) => to === undefined && since === now.since);
  return isKnown ? spans : [...spans, now];
}

function pauseIn(before: Json): Pause | undefined {
  return isPause(before) ? before : undefined;
}

/**
 * The periods without a successful run: from a first failure to the next success, and long times without any run while
 * the source was not paused.
 * @param runs of the requested range, oldest first @param quietMs the longest normal time between two runs
 */
export function outages(
  asked: Span,
  runs: readonly RunReport[],
  pauses: readonly PausedSpan[],
  now: string,
  quietMs: number,
): Outage[] {
  const found: Outage[] = [];
  let failing: Failing | undefined;
  let last: string | undefined;
  for (const run of runs) {
    if (last !== undefined) found.push(...silence(last, run.startedAt, pauses, quietMs, true));
    last = endOf(run);
    if (isDown(run)) {
      failing = failedAgain(failing, run);
    } else if (failing !== undefined) {
      found.push({ ...failing, to: run.startedAt, isOver: true });
      failing = undefined;
    }
  }
  if (failing !== undefined) found.push({ ...failing, to: now, isOver: false });
  else if (last !== undefined) found.push(...silence(last, now, pauses, quietMs, false));
  return found.flatMap((outage) => within(outage, asked) ?? []).sort((a, b) => compareIso(a.from, b.from));
}

/** Consecutive runs that failed or were late. */
interface Failing {
  readonly from: string;
  readonly failures: number;
  readonly cause: string;
}

function isDown({ outcome }: RunReport): boolean {
  return outcome === 'failed' || outcome === 'late';
}

/** A late run has made no progress since it began to wait. */
function failedAgain(
  { failures, from }: Partial<Failing> = {},
  { error, startedAt, waitingSince = startedAt }: RunReport,
): Failing {
  const { message = '', name = 'Error' } = error ?? {};
  return { from: from ?? waitingSince, failures: (failures ?? 0) + 1, cause: `${name}: ${message}` };
}

function silence(
  from: string,
  to: string,
  pauses: readonly PausedSpan[],
  quietMs: number,
  isOver: boolean,
): Outage[] {
  const stopped = pauses.map((pause) => ({ from: pause.since, to: pause.to ?? to }));
  return uncovered({ from, to }, stopped)
    .filter((span) => lengthMs(span) > quietMs)
    .map((span) => ({ ...span, failures: 0, cause: 'nothing ran', isOver }));
}
