import type { Backfill } from '../contract/backfill';
import type { SourceId } from '../contract/checkpoint';
import type { Log } from '../contract/run';
import type { WindowSpec } from '../contract/windows';
import type { Stores } from '../run/stores';

/** Default number of slices that are read at once. */
const WORKERS = 8;
/** Several slices per worker balance uneven ones. Each is long enough that its start costs less than its pages. */
const SLICES_PER_WORKER = 4;
const CALLS_PER_SLICE = 8;
const MIN_SLICE_MS = 5 * 60_000;

/** Input of a backfill job. */
export interface JobInput extends Pick<Backfill, 'id' | 'from' | 'to' | 'by' | 'isCatchUp' | 'account'> {
  readonly at: Date;
  readonly workers?: number | undefined;
  /** Estimated number of pages, when known. */
  readonly calls?: number;
}

/** Creates a backfill job and divides its range into slices. Pure. */
export function createJob(
  { connector, instance, source }: SourceId,
  spec: WindowSpec,
  { at, calls = Number.POSITIVE_INFINITY, workers = WORKERS, ...words }: JobInput,
): Backfill {
  const longMs = Date.parse(words.to) - Date.parse(words.from);
  const worthwhile = Math.max(calls / CALLS_PER_SLICE, Math.min(calls, workers));
  const most = Math.min(SLICES_PER_WORKER * workers, longMs / MIN_SLICE_MS, worthwhile);
  return {
    version: 1,
    connector,
    instance,
    source,
    ...words,
    parts: Math.max(1, Math.floor(most)),
    workers,
    stepMs: spec.stepMs ?? 1,
    at: at.toISOString(),
    state: 'running',
    changedAt: at.toISOString(),
  };
}

/** Requests one more worker. @throws UnavailableError */
export function requestWorker(
  { workers }: Pick<Stores, 'workers'>,
  { connector, id, instance, source }: Backfill,
  afterMs = 0,
): Promise<void> {
  return workers.send({ connector, instance, source, backfill: id }, Math.max(0, afterMs));
}

/** Requests workers, one message each. A message only names the backfill. @throws UnavailableError */
export async function requestWorkers(
  state: Pick<Stores, 'workers'>,
  job: Backfill,
  count: number,
): Promise<void> {
  await Promise.all(Array.from({ length: count }, () => requestWorker(state, job)));
}

/** Logs each backfill that cannot be read; the others are still listed. */
export function logDamagedJob({ log }: { readonly log: Log }): (problem: Error) => void {
  return ({ message }) => log.warn({ reason: message }, 'backfill cannot be read');
}
