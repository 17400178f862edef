import type { Window, WindowPlan, WindowSpec } from '../contract/windows';
import { MAX_OPEN_WINDOWS, earliest, endOf, iso, latest, moveWatermarks } from './window-plan';

/** Removes a delivered window from the plan. Its events older than any lag when they were listed need no final pass. */
export function closeWindow(plan: WindowPlan, id: number, spec: WindowSpec, listedAt: string): WindowPlan {
  const window = plan.open.find((one) => one.id === id);
  if (window === undefined) return plan;
  const open = plan.open.filter((one) => one.id !== id);
  return settle({ ...plan, open }, window, window.to, spec, listedAt);
}

/** How far a window was delivered. */
export interface WindowProgress {
  readonly from: string;
  readonly to: string;
  readonly position: Window['position'] | undefined;
}

/** Replaces a window by its undelivered remainder: the moved bounds, and the position of its read. */
export function advanceWindow(
  plan: WindowPlan,
  id: number,
  { from, to, position }: WindowProgress,
  spec: WindowSpec,
  listedAt: string,
): WindowPlan {
  const window = plan.open.find((one) => one.id === id);
  if (window === undefined) return plan;
  const { position: _, listedAt: __, pages = 0, ...old } = window;
  const hasMoved = from !== window.from || to !== window.to;
  const rest: Window = {
    ...old,
    ...{ from, to, pages: hasMoved ? 0 : pages + 1 },
    ...(position === undefined ? {} : { position, listedAt }),
  };
  const open = plan.open.map((one) => (one.id === id ? rest : one));
  return settle({ ...plan, open }, window, from, spec, listedAt);
}

/** Drops the position of a window's read, so that it restarts at the bound. */
export function restartAtBound(plan: WindowPlan, id: number): WindowPlan {
  const open = plan.open.map((one) => {
    const { position: _, listedAt: __, ...atBound } = one;
    return one.id === id ? atBound : one;
  });
  return { ...plan, open };
}

/** Splits a window in two at a time within it. Returns the same plan when no more windows may be open. */
export function splitWindow(plan: WindowPlan, id: number, at: string): WindowPlan {
  const window = plan.open.find((one) => one.id === id);
  if (window === undefined || at <= window.from || at >= window.to) return plan;
  if (plan.open.length >= MAX_OPEN_WINDOWS) return plan;
  const { position: _, listedAt: __, pages: ___, ...whole } = window;
  const halves = [
    { ...whole, to: at },
    { ...whole, id: plan.nextId, from: at },
  ];
  const open = plan.open.flatMap((one) => (one.id === id ? halves : [one]));
  return { ...plan, nextId: plan.nextId + 1, open };
}

/**
 * Shortens a window to its end by the vendor's clock. Otherwise events that the vendor publishes between that end and ours
 * would be skipped.
 */
export function endByVendor(plan: WindowPlan, id: number, spec: WindowSpec, vendorNow: string): WindowPlan {
  const window = plan.open.find((one) => one.id === id);
  if (window?.lane !== 'live' && window?.lane !== 'final') return plan;
  const { lane, from, to, partition = '' } = window;
  const lagMs = lane === 'live' ? spec.lag.minMs : spec.lag.maxMs;
  const end = latest(from, iso(endOf(vendorNow, lagMs, spec)));
  const frontier = plan.frontiers[partition];
  if (end >= to || frontier === undefined) return plan;
  const open = plan.open.map((one) => (one.id === id ? { ...window, to: end } : one));
  return moveWatermarks({ ...plan, open }, partition, { [lane]: earliest(frontier[lane], end) });
}

/** Moves the final watermark over a live range that was older than any lag when it was listed. */
function settle(
  plan: WindowPlan,
  { lane, partition = '', from }: Window,
  deliveredTo: string,
  spec: WindowSpec,
  listedAt: string,
): WindowPlan {
  const frontier = plan.frontiers[partition];
  if (lane !== 'live' || frontier === undefined || frontier.final < from) return plan;
  const end = earliest(deliveredTo, iso(endOf(listedAt, spec.lag.maxMs, spec)));
  return end > frontier.final ? moveWatermarks(plan, partition, { final: end }) : plan;
}
