import type { Page, RawRecord } from '../contract/connector';
import { ContractError, UnavailableError } from '../contract/errors';
import type { Window, WindowPlan, WindowSpec } from '../contract/windows';
import { runToEnd, runCooperatively } from '../values/cooperative';
import { CLOCK_ERROR_MS } from './far-future';
import { canonicalJson } from '../values/json/json';
import { stampPosition } from './stored-plan';
import {
  advanceWindow,
  closeWindow,
  endByVendor,
  restartAtBound,
  splitWindow,
  type PageTimeRange,
  trackProgress,
  timeRangeOf,
  type WindowProgress,
} from './window-progress';
import { middleOf, nextWindow } from './window-plan';

/** A page of a window, with the plan to save once it is delivered. */
export interface WindowPage extends Page {
  readonly window: Window;
  /** True for the first page of a read that begins at a bound or continues between two pages. */
  readonly first: boolean;
  readonly plan: WindowPlan;
  readonly timeRange: PageTimeRange;
  /**
   * True when a run must continue even if its time is over, because ending here would make no progress: the vendor's clock
   * has not reached the window, or nothing is left to read, or only passes that live windows always postpone.
   */
  readonly mustContinue?: boolean;
}

/** The input of {@link readWindows}. */
export interface WindowContext {
  readonly spec: WindowSpec;
  readonly plan: WindowPlan;
  /** Opens the windows that can be read at a time. */
  readonly refill: (plan: WindowPlan, now: string, failed: ReadonlySet<string>) => WindowPlan;
  /** When the run began, by our clock. ISO 8601, UTC. */
  readonly now: string;
  /** The event time of a record. */
  readonly timeOf: (record: RawRecord) => string | undefined;
  /** False when records have no id. Repeated reads then always begin at a bound. */
  readonly hasIds: boolean;
  /** Reads a window from its position. */
  readonly read: (window: Window) => AsyncIterable<Page>;
}

/**
 * Reads the windows of a plan, one after another, until none can be read now. Each page's plan holds the remainder of its
 * window after that page. A window that made no progress before, or has more pages than the vendor returns, is split. When
 * the vendor refuses a saved position, which it may have forgotten, the window restarts at its bound. When a partition
 * fails, the others continue, and the first failure is thrown at the end.
 */
export async function* readWindows(context: WindowContext): AsyncGenerator<WindowPage, void, undefined> {
  const failed = new Map<string, unknown>();
  const isLeft = ({ partition }: Window): boolean => partition !== undefined && failed.has(partition);
  let { plan, now } = context;
  let saved = stamped(plan).plan;
  for (;;) {
    plan = context.refill(plan, now, new Set(failed.keys()));
    const window = nextWindow(plan, isLeft);
    if (window === undefined) break;
    if (madeNoProgress(window)) {
      const cut = splitWindow(plan, window.id, middleOf(window, context.spec));
      if (cut !== plan) {
        plan = cut;
        continue;
      }
    }
    try {
      for await (const page of readWindow({ ...context, now }, plan, window)) {
        now = earlier(now, page.vendorNow);
        plan = saved = page.plan;
        yield { ...page, mustContinue: mayNotEnd(page.window, plan) || isDone(context, plan, now, failed) };
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
  // A watermark that stepped back without a window, because a clock was wrong, must be saved.
  const left = stamped(plan);
  if (canonicalJson(left.plan as never) !== canonicalJson(saved as never)) {
    yield { ...emptyPage(context, NO_WINDOW), ...left, mustContinue: true };
  }
  if (failed.size > 0) throw mostUrgent([...failed.values()]);
}

/** The error that somebody must hear of; where all parts only wait, the one that goes on first. */
function mostUrgent(errors: readonly unknown[]): unknown {
  const resumeMs = (error: unknown): number =>
    error instanceof UnavailableError ? (error.resumeAt?.getTime() ?? 0) : 0;
  return [...errors].sort((a, b) => resumeMs(a) - resumeMs(b))[0];
}

/**
 * True when a run must not end here, or every later run would end here too: at a window that our clock opened and the
 * vendor's clock, known from its answer, has not reached; and after the last live window, so that the other passes get at
 * least one page of every run.
 */
function mayNotEnd({ from, lane, to }: Window, { open }: WindowPlan): boolean {
  const isNotYet = from >= to;
  return isNotYet || (lane === 'live' && open.length > 0 && open.every((window) => window.lane !== 'live'));
}

/** True when nothing of a plan can be read now. */
function isDone(
  { refill }: WindowContext,
  plan: WindowPlan,
  now: string,
  failed: ReadonlyMap<string, unknown>,
): boolean {
  return plan.open.length === 0 && failed.size === 0 && refill(plan, now, new Set()).open.length === 0;
}

/** The window of a page that belongs to none. */
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

/** True when an unfinished read left neither a position nor a closer bound. */
function madeNoProgress({ position, pages = 0 }: Window): boolean {
  return position === undefined && pages > 0;
}

async function* readWindow(
  context: WindowContext,
  begun: WindowPlan,
  window: Window,
): AsyncGenerator<WindowPage, void, undefined> {
  const { spec } = context;
  let [plan, asked, count, first] = [begun, window, 0, true];
  let listedAt = window.position === undefined ? context.now : (window.listedAt ?? window.from);
  let progress = trackProgress(context, asked);
  for await (const page of context.read(window)) {
    if (first) {
      const now = earlier(context.now, page.vendorNow);
      listedAt = earlier(listedAt, now);
      plan = endByVendor(plan, window.id, spec, now);
      asked = windowOf(plan, window);
      progress = trackProgress(context, asked);
    }
    const range = await runCooperatively(timeRangeOf(page.records, context.timeOf));
    const isOver = spec.maxPages !== undefined && ++count >= spec.maxPages && page.last !== true;
    const moved = progress(page, range);
    plan = afterPage(plan, window, page, { spec, listedAt, moved });
    const cut = isOver ? cutRest(plan, asked, spec) : undefined;
    plan = cut ?? plan;
    const rereads = page.rereads === true || (first && window.position === undefined);
    yield { ...page, ...stamped(plan), rereads, window: asked, first, timeRange: range };
    if (page.last === true || cut !== undefined) return;
    first = false;
  }
  plan = closeWindow(plan, window.id, spec, listedAt);
  yield { ...emptyPage(context, asked), ...stamped(plan) };
}

/** The plan after a page. A page with `stays` moves no bound, because the rest of the window is unknown. */
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

/** The current state of a window in a plan. */
function windowOf({ open }: WindowPlan, window: Window): Window {
  return open.find(({ id }) => id === window.id) ?? window;
}

/** The earlier of our time and the vendor's. A vendor's time that is too far behind is ignored. */
function earlier(now: string, vendorNow: string | undefined): string {
  if (vendorNow === undefined || vendorNow >= now) return now;
  return Date.parse(now) - Date.parse(vendorNow) <= CLOCK_ERROR_MS ? vendorNow : now;
}

/** Adds the position that versions without windows can read. The page's own position is in the plan. */
function stamped(plan: WindowPlan): Pick<WindowPage, 'plan' | 'checkpoint'> {
  const { plan: stampedPlan, position } = stampPosition(plan);
  return { plan: stampedPlan, checkpoint: position };
}

/** Splits the remainder of a window with more pages than the vendor returns. `undefined` when it cannot be split. */
function cutRest(plan: WindowPlan, { id, from, to }: Window, spec: WindowSpec): WindowPlan | undefined {
  const rest = plan.open.find((one) => one.id === id);
  if (rest === undefined) return undefined;
  if (rest.from !== from || rest.to !== to) return restartAtBound(plan, id);
  const cut = splitWindow(plan, id, middleOf(rest, spec));
  return cut === plan ? undefined : cut;
}
