import { EMPTY_LEDGER, addLedgers, type GoneSpan, type Ledger } from '../contract/checkpoint';
import type { Page } from '../contract/connector';
import type { RunReport } from '../contract/run';
import { compareIso } from '../values/time';
import type { DeliveredPage } from './quarantine';
import type { ReadPage } from './pull-run';

/** Counts of one run; what the loop adds to, page by page. */
export interface Tally {
  pages: number;
  drifted: number;
  unremembered: number;
  leftPartitions: number;
  quarantined: number;
  outOfOrder: number;
  mayBeCut: number;
  /** Windows that are done, beside the live ones. */
  windowsDone: number;
  gone: readonly GoneSpan[];
  ledger: Ledger;
  /** From when the run goes on, in event time. */
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

/** What a report says of a tally; counts that are usually zero are absent then. */
export function countsOf({
  drifted,
  gone,
  leftPartitions,
  ledger,
  mayBeCut,
  newest,
  oldest,
  outOfOrder,
  pages,
  windowsDone,
  quarantined,
  unremembered,
}: Tally): Ledger &
  Pick<
    RunReport,
    | 'pages'
    | 'drifted'
    | 'gone'
    | 'leftPartitions'
    | 'mayBeCut'
    | 'newest'
    | 'oldest'
    | 'outOfOrder'
    | 'windowsDone'
    | 'setAside'
    | 'unremembered'
  > {
  return {
    ...ledger,
    pages,
    drifted,
    ...(unremembered === 0 ? {} : { unremembered }),
    ...(leftPartitions === 0 ? {} : { leftPartitions }),
    ...(oldest === undefined ? {} : { oldest }),
    ...(newest === undefined ? {} : { newest }),
    ...(gone.length === 0 ? {} : { gone }),
    ...(mayBeCut === 0 ? {} : { mayBeCut }),
    ...(outOfOrder === 0 ? {} : { outOfOrder }),
    ...(windowsDone === 0 ? {} : { windowsDone }),
    ...(quarantined === 0 ? {} : { setAside: quarantined }),
  };
}

/** A page that was read and of which nothing has become anything yet. */
export function pendingPage(page: Page): Ledger {
  return { ...EMPTY_LEDGER, fetched: page.records.length, pending: page.records.length };
}

/** Moves a saved page's records from pending to what became of them. */
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

/** True for the last page of a window that is not a live one. */
function isDoneWindow({ plan, window }: ReadPage): boolean {
  if (window === undefined || window.lane === 'live') return false;
  return plan?.open.every(({ id }) => id !== window.id);
}
