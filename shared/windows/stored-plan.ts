import type { WatermarkIds } from '../contract/checkpoint';
import type { JsonObject } from '../contract/json';
import type { WindowPlan, WindowSpec } from '../contract/windows';
import { canonicalJson } from '../values/json/json';
import { toIso } from '../values/time';
import { EMPTY_PLAN, floor, openRange } from './window-plan';

/**
 * The position from which a version without windows would continue: that of the only open live window, or the oldest event
 * time that was never delivered. Also returns the plan with that position recorded, so that {@link planOf} can tell whether
 * another version has written since.
 */
export function stampPosition(plan: WindowPlan): {
  readonly plan: WindowPlan;
  readonly position: JsonObject;
} {
  const position = positionOf(plan);
  return { plan: { ...plan, position: canonicalJson(position) }, position };
}

function positionOf({ frontiers, open }: WindowPlan): JsonObject {
  const frontier = frontiers[''];
  if (frontier === undefined) return {};
  const live = open.filter(({ lane }) => lane === 'live');
  const [only] = live;
  if (only?.position !== undefined && live.length === 1) return only.position;
  return { since: live.reduce((since, { from }) => (from < since ? from : since), frontier.live) };
}

/** The members of a checkpoint that determine its plan. */
export interface SavedPosition {
  readonly windows?: WindowPlan | undefined;
  readonly position: JsonObject | null;
  readonly boundary?: WatermarkIds | undefined;
}

/**
 * The plan of a checkpoint. If a version without windows wrote the position, a new plan that continues there, so that
 * delivered events are not read again.
 */
export function planOf(
  { windows, position, boundary }: SavedPosition,
  spec: WindowSpec,
  startedAt: string,
): WindowPlan {
  if (windows !== undefined && windows.position === canonicalJson(position)) return windows;
  if (position === null) return EMPTY_PLAN;
  const { since, until, ...token } = position;
  const from = timeIn(since) ?? boundary?.time;
  if (from === undefined && Object.keys(token).length === 0) return EMPTY_PLAN;
  const now = new Date(floor(Date.parse(startedAt) - spec.lag.minMs, spec)).toISOString();
  const start = bound(from ?? now, spec);
  const frontier = { start, live: start, recheck: startedAt, final: start };
  const plan: WindowPlan = { ...EMPTY_PLAN, frontiers: { '': frontier } };
  if (Object.keys(token).length === 0) return plan;
  const to = timeIn(until) ?? now;
  const range = { lane: 'live', from: start < to ? start : bound(to, spec, 1), to } as const;
  const opened = openRange(plan, range, {}).plan;
  const open = opened.open.map((window) => ({ ...window, position }));
  return { ...opened, open, frontiers: { '': { ...frontier, live: to } } };
}

function timeIn(value: unknown): string | undefined {
  return typeof value === 'string' && toIso(value) === value ? value : undefined;
}

function bound(time: string, spec: WindowSpec, stepsBack = 0): string {
  return new Date(floor(Date.parse(time), spec) - stepsBack * (spec.stepMs ?? 1)).toISOString();
}
