import type { Backfill } from '../contract/backfill';
import type { SourceId } from '../contract/checkpoint';
import type { Log } from '../contract/run';
import type { WindowSpec } from '../contract/windows';
import type { State } from '../run/stores';

/** How many parts are worked at once, unless the operator says otherwise. */
export const WORKERS = 8;
/** More parts than workers, so that none is left with a long one; none so short that beginning it costs more than its pages. */
const SLICES_PER_WORKER = 4;
const CALLS_PER_SLICE = 8;
const MIN_SLICE_MS = 5 * 60_000;

/** What an order is made of. */
export interface JobInput extends Pick<Backfill, 'id' | 'from' | 'to' | 'by' | 'isCatchUp' | 'account'> {
  readonly at: Date;
  readonly workers?: number | undefined;
  /** How many pages there are to be read, where that is known. */
  readonly calls?: number;
}

/** The order of a backfill, cut into parts. Pure. */
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

/** Asks for one more worker. @throws UnavailableError */
export function wakeWorker(
  { workers }: Pick<State, 'workers'>,
  { connector, id, instance, source }: Backfill,
  afterMs = 0,
): Promise<void> {
  return workers.wake({ connector, instance, source, backfill: id }, Math.max(0, afterMs));
}

/** Asks for workers: a message each, which names the backfill and nothing else. @throws UnavailableError */
export async function wakeWorkers(
  state: Pick<State, 'workers'>,
  order: Backfill,
  count: number,
): Promise<void> {
  await Promise.all(Array.from({ length: count }, () => wakeWorker(state, order)));
}

/** Says which backfill cannot be read; the others are there all the same. */
export function logDamagedJob({ log }: { readonly log: Log }): (problem: Error) => void {
  return ({ message }) => log.warn({ reason: message }, 'backfill cannot be read');
}
