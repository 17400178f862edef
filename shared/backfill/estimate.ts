import type { BackfillEstimate } from '../contract/backfill';
import type { Page } from '../contract/connector';
import type { RunReport } from '../contract/run';
import type { WindowSpec } from '../contract/windows';
import { formatRows } from '../rows/format-page';
import { leastBackfillMs } from '../rate-limit/low-priority';
import { stringifyJson } from '../values/json/json';
import { windowsOf as rateWindowsOf } from '../rate-limit/declared-limits';
import { compileRecordPath } from '../values/json-path';
import { toIso } from '../values/time';
import { declaredBudget } from '../rate-limit/run-budget';
import { ownerOf, type ResolvedSource } from '../run/run-source';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Input of an estimate. */
export interface EstimateInput {
  readonly found: ResolvedSource;
  readonly spec: WindowSpec;
  readonly range: { readonly from: string; readonly to: string };
  /** The sampled page, the start of its sample window, and the time of the request. */
  readonly page: Page | undefined;
  readonly probedFrom: string;
  readonly now: Date;
  /** Recent runs of the source, backfills included. */
  readonly runs: readonly RunReport[];
}

/**
 * Estimates the cost of a range from one sampled page and from recent runs. The event rate comes from the runs when they
 * cover a day, because a page covers only a moment; row and page sizes come from the page. Pure.
 */
export function estimate(measured: EstimateInput): BackfillEstimate {
  const { found, now, page, range, runs, spec } = measured;
  const longMs = Date.parse(range.to) - Date.parse(range.from);
  const seen = page === undefined ? undefined : sampleOf(measured, page);
  const lately = recentRuns(runs);
  const perMs =
    lately !== undefined && (lately.coveredMs >= DAY_MS || seen === undefined)
      ? lately.records / lately.coveredMs
      : (seen?.perMs ?? 0);
  const records = Math.round(perMs * longMs);
  const rows = formatRows(found.source, page?.records ?? [], now);
  const bytes = rows.reduce<number>((sum, row) => sum + Buffer.byteLength(stringifyJson(row)) + 1, 0);
  const rowBytes = rows.length === 0 ? 0 : bytes / rows.length;
  const windows = Math.ceil(longMs / (spec.maxMs ?? longMs));
  const aPage = Math.max(1, page?.records.length ?? 0);
  const calls = Math.max(windows, Math.ceil(records / aPage));
  const { budget, share } = declaredBudget(ownerOf(found));
  const limits = rateWindowsOf(budget.limits, share);
  return {
    records,
    calls,
    gigabytes: Math.round((records * rowBytes) / 1e6) / 1e3,
    ...(limits.length === 0 ? {} : { atLeastMs: leastBackfillMs(limits, calls) }),
    basis: basisOf(seen, lately, rowBytes),
  };
}

/** The measurements, a sentence each. */
function basisOf(seen: Sample | undefined, lately: RecentRuns | undefined, rowBytes: number): string[] {
  const page =
    seen === undefined
      ? 'The vendor showed no event of the range on the page that was asked for.'
      : `One page of the range: ${seen.records} events of ${duration(seen.longMs)}, ${Math.round(rowBytes)} bytes a row.`;
  if (lately === undefined) return [page];
  return [page, `Its own runs lately: ${lately.records} events of ${duration(lately.coveredMs)}.`];
}

interface Sample {
  readonly records: number;
  readonly longMs: number;
  readonly perMs: number;
}

interface RecentRuns {
  readonly records: number;
  readonly coveredMs: number;
}

/** The event rate of one page. A page that is not the last covers the time between its oldest and newest event. */
function sampleOf({ found, probedFrom, range }: EstimateInput, page: Page): Sample | undefined {
  const timeAt = compileRecordPath(found.source.table.time);
  const times = page.records.flatMap((record) => toIso(timeAt(record)) ?? []).map(Date.parse);
  const records = page.records.length;
  if (records === 0 && page.last !== true) return undefined;
  const allMs = Date.parse(range.to) - Date.parse(probedFrom);
  const shownMs = Math.max(1_000, Math.max(...times) - Math.min(...times));
  const longMs = page.last === true || times.length < 2 ? allMs : shownMs;
  return { records, longMs, perMs: records / longMs };
}

function recentRuns(runs: readonly RunReport[]): RecentRuns | undefined {
  const covering = runs.filter(({ coveredFrom, part }) => coveredFrom !== undefined && part === undefined);
  const coveredMs = covering.reduce(
    (sum, { coveredFrom = '', coveredTo = '' }) => sum + Date.parse(coveredTo) - Date.parse(coveredFrom),
    0,
  );
  const records = covering.reduce((sum, { duplicate, fetched }) => sum + fetched - duplicate, 0);
  return coveredMs < HOUR_MS ? undefined : { records, coveredMs };
}

function duration(ms: number): string {
  if (ms < 2 * 60_000) return `${Math.round(ms / 1e3)} s`;
  if (ms < 2 * HOUR_MS) return `${Math.round(ms / 60_000)} min`;
  return ms < 2 * DAY_MS ? `${Math.round(ms / HOUR_MS)} h` : `${Math.round(ms / DAY_MS)} d`;
}
