import type { Page, RawRecord } from '../contract/connector';
import { ContractError } from '../contract/errors';
import type { Window, WindowPlan, WindowSpec } from '../contract/windows';
import { runToEnd, runCooperatively, pauseMeter } from '../values/cooperative';
import { CLOCK_ERROR_MS } from './far-future';
import { canonicalJson } from '../values/json/json';
import { compareIso } from '../values/time';
import { stampPosition } from './windowless-position';
import {
  advanceWindow,
  closeWindow,
  endByVendor,
  restartAtBound,
  splitWindow,
  type WindowProgress,
} from './window-progress';
import { floor, middleOf, nextWindow } from './window-plan';

/** A page of a window, with the plan that is right once it is delivered. */
export interface WindowPage extends Page {
  readonly window: Window;
  /** True for the first page of a read, whether that begins at a bound or goes on between two pages. */
  readonly first: boolean;
  readonly plan: WindowPlan;
  readonly timeRange: PageTimeRange;
  /**
   * True where a run whose time is over goes on all the same, because it would end no further than it began: the vendor's
   * clock has nothing of the window yet, nothing is left to be read, or only what live windows always leave for later.
   */
  readonly mustContinue?: boolean;
}

/** The event times of a page. */
export interface PageTimeRange {
  readonly oldest?: string;
  readonly newest?: string;
  /** True when each record is at least, or at most, as new as the one before. */
  readonly rising: boolean;
  readonly falling: boolean;
  /** True when a record says no time. */
  readonly hasUntimed: boolean;
}

/** What the walk through a plan needs. */
export interface WindowContext {
  readonly spec: WindowSpec;
  readonly plan: WindowPlan;
  /** Opens what may be worked at a time, beside the partitions that failed. */
  readonly refill: (plan: WindowPlan, now: string, failed: ReadonlySet<string>) => WindowPlan;
  /** When the run began; the vendor may know better. ISO 8601, UTC. */
  readonly now: string;
  /** Event time of a record. */
  readonly timeOf: (record: RawRecord) => string | undefined;
  /** False where records have no id: what is looked at again then always begins at a bound. */
  readonly hasIds: boolean;
  /** Reads a window from where it stands. */
  readonly read: (window: Window) => AsyncIterable<Page>;
}

/**
 * Works the windows of a plan, one after another, until none is left to be worked now. What is delivered of a
 * window leaves it at once: its rest is what the plan of the page holds. One that was read in vain before, or that
 * has more pages than the vendor gives, is cut in two. Where the vendor refuses to go on from the place that was saved,
 * which it may have forgotten, the window begins again at its bound. A partition that fails leaves the others their
 * turn; the first failure is thrown at the end.
 */
export async function* readWindows(frame: WindowContext): AsyncGenerator<WindowPage, void, undefined> {
  const failed = new Map<string, unknown>();
  const isLeft = ({ partition }: Window): boolean => partition !== undefined && failed.has(partition);
  let { plan, now } = frame;
  let saved = stamped(plan).plan;
  for (;;) {
    plan = frame.refill(plan, now, new Set(failed.keys()));
    const window = nextWindow(plan, isLeft);
    if (window === undefined) break;
    if (madeNoProgress(window)) {
      const cut = splitWindow(plan, window.id, middleOf(window, frame.spec));
      if (cut !== plan) {
        plan = cut;
        continue;
      }
    }
    try {
      for await (const page of readWindow({ ...frame, now }, plan, window)) {
        now = earlier(now, page.vendorNow);
        plan = saved = page.plan;
        yield { ...page, mustContinue: mayNotEnd(page.window, plan) || isDone(frame, plan, now, failed) };
      }
    } catch (error) {
      if (error instanceof ContractError && window.position !== undefined && plan.open.includes(window)) {
        plan = restartAtBound(plan, window.id);
        continue;
      }
      if (window.partition === undefined) throw error;
      failed.set(window.partition, error);
    }
  }
  // What stepped back without a window, because a clock was wrong, must not be forgotten.
  const left = stamped(plan);
  if (canonicalJson(left.plan as never) !== canonicalJson(saved as never)) {
    yield { ...emptyPage(frame, NO_WINDOW), ...left, mustContinue: true };
  }
  for (const error of failed.values()) throw error;
}

/**
 * True where a run must not end, or others would end there again and again: at a window that our clock opened and of which
 * the vendor's, which only its answer tells, has nothing yet; and behind the last live window, so that what goes second
 * gets a page of each run, however little time that has.
 */
function mayNotEnd({ from, lane, to }: Window, { open }: WindowPlan): boolean {
  const isNotYet = from >= to;
  return isNotYet || (lane === 'live' && open.length > 0 && open.every((window) => window.lane !== 'live'));
}

/** True where nothing of a plan is left to be read now. */
function isDone(
  { refill }: WindowContext,
  plan: WindowPlan,
  now: string,
  failed: ReadonlyMap<string, unknown>,
): boolean {
  return plan.open.length === 0 && failed.size === 0 && refill(plan, now, new Set()).open.length === 0;
}

/** Stands where no window is. */
const NO_WINDOW: Window = { id: 0, lane: 'live', from: '', to: '' };

function emptyPage({ timeOf }: WindowContext, window: Window): Omit<WindowPage, 'plan' | 'checkpoint'> {
  return {
    records: [],
    rereads: true,
    last: true,
    window,
    first: true,
    timeRange: runToEnd(timeRangeOf([], timeOf)),
  };
}

/** A read of it ended before it was at its end, and has left neither a place to go on nor a closer bound. */
function madeNoProgress({ position, pages = 0 }: Window): boolean {
  return position === undefined && pages > 0;
}

async function* readWindow(
  frame: WindowContext,
  begun: WindowPlan,
  window: Window,
): AsyncGenerator<WindowPage, void, undefined> {
  const { spec } = frame;
  let [plan, asked, count, first] = [begun, window, 0, true];
  let listedAt = window.position === undefined ? frame.now : (window.listedAt ?? window.from);
  let progress = trackProgress(frame, asked);
  for await (const page of frame.read(window)) {
    if (first) {
      const now = earlier(frame.now, page.vendorNow);
      listedAt = earlier(listedAt, now);
      plan = endByVendor(plan, window.id, spec, now);
      asked = windowOf(plan, window);
      progress = trackProgress(frame, asked);
    }
    const reach = await runCooperatively(timeRangeOf(page.records, frame.timeOf));
    const isOver = spec.maxPages !== undefined && ++count >= spec.maxPages && page.last !== true;
    const moved = progress(page, reach);
    plan = afterPage(plan, window, page, { spec, listedAt, moved });
    const cut = isOver ? cutRest(plan, asked, spec) : undefined;
    plan = cut ?? plan;
    const rereads = page.rereads === true || (first && window.position === undefined);
    yield { ...page, ...stamped(plan), rereads, window: asked, first, timeRange: reach };
    if (page.last === true || cut !== undefined) return;
    first = false;
  }
  plan = closeWindow(plan, window.id, spec, listedAt);
  yield { ...emptyPage(frame, asked), ...stamped(plan) };
}

/** The plan behind a page. Nobody knows what else the vendor has of one that stays: it moves no bound. */
function afterPage(
  plan: WindowPlan,
  { id }: Window,
  { last, stays }: Page,
  { spec, listedAt, moved }: { spec: WindowSpec; listedAt: string; moved: WindowProgress },
): WindowPlan {
  if (last === true) return closeWindow(plan, id, spec, listedAt);
  if (stays === true) return restartAtBound(plan, id);
  return advanceWindow(plan, id, moved, spec, listedAt);
}

/** The window as a plan has it by now. */
function windowOf({ open }: WindowPlan, window: Window): Window {
  return open.find(({ id }) => id === window.id) ?? window;
}

/** The earlier of our time and the vendor's, which is none where it is further behind than clocks are. */
function earlier(now: string, vendorNow: string | undefined): string {
  if (vendorNow === undefined || vendorNow >= now) return now;
  return Date.parse(now) - Date.parse(vendorNow) <= CLOCK_ERROR_MS ? vendorNow : now;
}

/** The page's own position stands in the plan; what is saved as the source's is what every version can read. */
function stamped(plan: WindowPlan): Pick<WindowPage, 'plan' | 'checkpoint'> {
  const { plan: stampedPlan, position } = stampPosition(plan);
  return { plan: stampedPlan, checkpoint: position };
}

/**
 * Follows how much of a window was delivered for certain: up to the newest time while its pages rise, down to the
 * oldest while they fall. A page out of order takes back what its read moved.
 */
function trackProgress(
  { spec, hasIds }: WindowContext,
  window: Window,
): (page: Page, reach: PageTimeRange) => WindowProgress {
  const falls = spec.order === 'newest-first';
  let sorted = true;
  let edge: string | undefined;
  return ({ checkpoint }, reach) => {
    sorted &&= isInOrder(reach, edge, falls);
    edge = (falls ? reach.oldest : reach.newest) ?? edge;
    const { from, to } = sorted && edge !== undefined ? moved(window, edge, spec) : window;
    const hasMoved = from !== window.from || to !== window.to;
    const mayGoOn = hasIds || window.lane === 'live' || !hasMoved;
    const isPlace = Object.keys(checkpoint).length > 0;
    return { from, to, position: isPlace && mayGoOn ? checkpoint : undefined };
  };
}

/** True when a page follows on the edge of those before it, and its records on one another. */
function isInOrder(
  { oldest, newest, rising, falling }: PageTimeRange,
  edge: string | undefined,
  falls: boolean,
): boolean {
  const near = falls ? newest : oldest;
  if (near === undefined || edge === undefined) return falls ? falling : rising;
  return falls ? falling && compareIso(near, edge) <= 0 : rising && compareIso(near, edge) >= 0;
}

/** The bounds of what is left when everything before an edge was delivered; that moment itself is looked at again. */
function moved(window: Window, edge: string, spec: WindowSpec): Pick<Window, 'from' | 'to'> {
  const { from, to } = window;
  const timeMs = floor(Date.parse(edge), spec);
  return spec.order === 'newest-first'
    ? { from, to: clamp(timeMs + (spec.stepMs ?? 1), window) }
    : { from: clamp(timeMs, window), to };
}

function clamp(timeMs: number, { from, to }: Window): string {
  const time = new Date(timeMs).toISOString();
  return time < from ? from : time > to ? to : time;
}

/** Cuts what is left of a window that has more pages than the vendor gives; `undefined` where it cannot be cut. */
function cutRest(plan: WindowPlan, { id, from, to }: Window, spec: WindowSpec): WindowPlan | undefined {
  const rest = plan.open.find((one) => one.id === id);
  if (rest === undefined) return undefined;
  if (rest.from !== from || rest.to !== to) return restartAtBound(plan, id);
  const cut = splitWindow(plan, id, middleOf(rest, spec));
  return cut === plan ? undefined : cut;
}

function* timeRangeOf(
  records: readonly RawRecord[],
  timeOf: WindowContext['timeOf'],
): Generator<undefined, PageTimeRange, undefined> {
  const isPauseDue = pauseMeter();
  let [rising, falling, timeless] = [true, true, false];
  let oldest: string | undefined;
  let newest: string | undefined;
  let before: string | undefined;
  for (const record of records) {
    if (isPauseDue(0)) yield;
    const time = timeOf(record);
    if (time === undefined) {
      timeless = true;
      continue;
    }
    const order = before === undefined ? 0 : compareIso(time, before);
    rising &&= order >= 0;
    falling &&= order <= 0;
    if (oldest === undefined || compareIso(time, oldest) < 0) oldest = time;
    if (newest === undefined || compareIso(time, newest) > 0) newest = time;
    before = time;
  }
  const range = oldest === undefined || newest === undefined ? {} : { oldest, newest };
  return { ...range, rising, falling, hasUntimed: timeless };
}
