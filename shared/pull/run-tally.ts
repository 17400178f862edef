import { EMPTY_LEDGER, addLedgers, type GoneSpan, type Ledger } from '../contract/checkpoint';
import type { Page } from '../contract/connector';
import type { RunReport } from '../contract/run';
import type { RunCounts } from '../rows/run-report';
import { compareIso } from '../values/time';
import type { DeliveredPage } from './quarantine';
import type { ReadPage } from './pull-run';

/** Counts of one run; the loop adds to them page by page. */
export interface Tally {
  pages: number;
  drifted: number;
  unremembered: number;
  leftPartitions: number;
  quarantined: number;
  outOfOrder: number;
  mayBeCut: number;
  /** Finished windows, except live ones. */
  windowsDone: number;
  gone: readonly GoneSpan[];
  ledger: Ledger;
  /** The event time at which the run starts. */
  from?: string | undefined;
  oldest?: string;
  newest?: string;
}

/** The tally of a run that has read nothing. */
export function emptyTally(): Tally {
  return {
    pages: 0,
    drifted: 0,
    unremembered: 0,
    leftPartitions: 0,
    quarantined: 0,
    outOfOrder: 0,
    mayBeCut: 0,
    windowsDone: 0,
    gone: [],
    ledger: EMPTY_LEDGER,
  };
}

/** The members of a report that come from a tally: its counts, and the times of its events. */
export function reportedTally({ gone, ledger, newest, oldest, quarantined, ...counts }: Tally): {
  readonly counts: RunCounts;
  readonly events: Pick<RunReport, 'gone' | 'newest' | 'oldest'>;
} {
  return {
    counts: { ...counts, ...ledger, setAside: quarantined },
    events: {
      ...(oldest === undefined ? {} : { oldest }),
      ...(newest === undefined ? {} : { newest }),
      ...(gone.length === 0 ? {} : { gone }),
    },
  };
}

/** The ledger of a page that was read and not yet formatted. */
export function pendingPage(page: Page): Ledger {
  return { ...EMPTY_LEDGER, fetched: page.records.length, pending: page.records.length };
}

/** Moves a saved page's records from pending to their outcomes. */
export function countPage(
  tally: Tally,
  page: ReadPage,
  { formatted, isQuarantined }: DeliveredPage,
  counts: Ledger,
): void {
  tally.pages++;
  tally.leftPartitions = page.plan?.leftPartitions ?? 0;
  if (isQuarantined) tally.quarantined++;
  if (isDoneWindow(page)) tally.windowsDone++;
  tally.ledger = addLedgers(tally.ledger, { ...counts, fetched: 0, pending: -page.records.length });
  const { drifted, newest, oldest } = formatted.summary;
  tally.drifted += drifted;
  if (oldest !== undefined && (tally.oldest === undefined || compareIso(oldest, tally.oldest) < 0))
    tally.oldest = oldest;
  if (newest !== undefined && (tally.newest === undefined || compareIso(newest, tally.newest) > 0))
    tally.newest = newest;
}

/** True for the last page of a window, except a live one. */
function isDoneWindow({ plan, window }: ReadPage): boolean {
  if (window === undefined || window.lane === 'live') return false;
  return plan.open.every(({ id }) => id !== window.id);
}
