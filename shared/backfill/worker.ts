import type { Backfill } from '../contract/backfill';
import { formatId, type Checkpoint, type CheckpointStore, type SourceId } from '../contract/checkpoint';
import { SettingError } from '../contract/errors';
import { boundAccount } from '../pull/vendor-account';
import { readOrReport } from '../values/damage-errors';
import { madeNoProgress } from '../pull/no-progress';
import { slicesOf } from '../windows/backfill-range';
import { namedAccount, runSource, type ResolvedSource, type RunTools } from '../run/run-source';
import { requestWorker } from './job';

/** How often a worker checks whether an operator has paused or cancelled the backfill. */
const CHECK_INTERVAL_MS = 5_000;
/** A worker that must wait longer than this requests no successor: the sweep resumes the work. */
const LONG_WAIT_MS = 60_000;

/**
 * Runs one worker of a backfill, if the backfill is running.
 * @returns `busy` when other workers hold every remaining slice; one of them may have died
 * @throws SettingError when there is no such backfill; UnavailableError when storage cannot be reached
 */
export async function runWorker(
  found: ResolvedSource,
  backfill: string,
  tools: RunTools,
): Promise<'busy' | undefined> {
  // The worker's time ended while it was queued: the sweep resumes the work.
  if (tools.clock.now() > tools.deadline) return undefined;
  const job = await tools.state.backfills.read(found.id, backfill);
  if (job === undefined) {
    throw new SettingError(
      `reading the backfill ${backfill} of ${formatId(found.id)}: it does not exist. Nothing is read.`,
    );
  }
  return job.state === 'running' ? workBackfill(found, job, tools) : undefined;
}

/**
 * Reads free slices one after another, each to its end. When its time is over, it requests a successor. It ends without
 * one when no slice is free, the job has enough workers, a slice fails or makes no progress, or the vendor's rate limit
 * blocks for a minute or more: `sweep` resumes the rest.
 * @throws UnavailableError when storage cannot be reached
 */
async function workBackfill(
  found: ResolvedSource,
  job: Backfill,
  tools: RunTools,
): Promise<'busy' | undefined> {
  const { clock, deadline, state } = tools;
  const ranges = slicesOf(job);
  const done = new Set<number>();
  const mayContinue = mayContinueCheck(job, tools);
  const account = boundAccount(job.account, namedAccount(found));
  if (account !== job.account) await state.backfills.bind(job, job.id, account);
  for (;;) {
    const number = await freeSlice(job, done, tools);
    if (number === undefined || number === 'busy') return number;
    const range = ranges[number] as (typeof ranges)[number];
    const report = await runSource(found, tools, {
      part: sliceName(job, number),
      range,
      account,
      mayContinue,
    });
    if (report.outcome === 'caught-up') done.add(number);
    else if (report.outcome !== 'busy') {
      const waitMs = Date.parse(report.resumeAt ?? report.startedAt) - clock.now().getTime();
      if (report.outcome === 'out-of-time' && !madeNoProgress(report) && waitMs < LONG_WAIT_MS)
        await requestWorker(state, job, waitMs);
      return undefined;
    }
    if (clock.now() >= deadline) {
      await requestWorker(state, job);
      return undefined;
    }
  }
}

/** A slice's name in leases, checkpoints and ledgers. */
function sliceName({ id }: Pick<Backfill, 'id'>, number: number): string {
  return `${id}.${number}`;
}

/** A slice that is neither done nor leased; `busy` when other workers hold the rest. Finishes the backfill when all are done. */
async function freeSlice(
  job: Backfill,
  done: Set<number>,
  { clock, log, state }: RunTools,
): Promise<number | 'busy' | undefined> {
  const begun = new Map(
    (await state.checkpoints.sliceLeases(job, job.id)).map(({ isLeased, number }) => [number, isLeased]),
  );
  if ([...begun.values()].filter((isLeased) => isLeased).length >= job.workers) return 'busy';
  const numbers = Array.from({ length: job.parts }, (_, number) => number);
  const free = numbers.filter((number) => !done.has(number) && begun.get(number) !== true);
  // A random start keeps workers that begin together from contending for one slice.
  const first = Math.floor(clock.random() * free.length);
  const turned = [...free.slice(first), ...free.slice(0, first)];
  // Unstarted slices come first: one that fails again and again must not block them.
  const fresh = turned.find((number) => !begun.has(number));
  if (fresh !== undefined) return fresh;
  for (const number of turned) {
    if (!isDone(await readSlice(job, number, state))) return number;
    done.add(number);
  }
  if (done.size < job.parts) return 'busy';
  await state.backfills.setState(job, job.id, 'finished', clock.now());
  log.info({ ...idOf(job), backfill: job.id, from: job.from, to: job.to }, 'backfill finished');
  await dropDedupIndex(job, state);
  return undefined;
}

/** A slice's checkpoint; `undefined` when it cannot be read: its run reports why. @throws UnavailableError */
export async function readSlice(
  job: Backfill,
  number: number,
  { checkpoints }: { readonly checkpoints: Pick<CheckpointStore, 'read'> },
): Promise<Checkpoint | undefined> {
  return readOrReport(checkpoints.read({ ...idOf(job), part: sliceName(job, number) }), () => undefined);
}

/** True when everything of a slice is delivered. `unfinished: false` marks that, even for an empty slice. */
export function isDone(slice: Checkpoint | undefined): boolean {
  return slice?.unfinished === false;
}

/** Deletes the dedup indexes of a backfill's slices, which an ended backfill does not need. Never throws. */
export async function dropDedupIndex(
  job: Backfill,
  { dedupSegments }: Pick<RunTools['state'], 'dedupSegments'>,
): Promise<void> {
  await Promise.all(
    Array.from({ length: job.parts }, (_, number) =>
      dedupSegments.drop({ ...idOf(job), part: sliceName(job, number) }, [''], new Set()),
    ),
  );
}

/** The source of a backfill. */
function idOf({ connector, instance, source }: SourceId): SourceId {
  return { connector, instance, source };
}

/** A check, at most every {@link CHECK_INTERVAL_MS}, that neither the backfill nor its source was stopped. */
function mayContinueCheck(job: Backfill, { clock, state }: RunTools): () => Promise<boolean> {
  let askedMs = clock.now().getTime();
  return async () => {
    if (clock.now().getTime() - askedMs < CHECK_INTERVAL_MS) return true;
    askedMs = clock.now().getTime();
    const now = await state.backfills.read(job, job.id);
    return now?.state === 'running' && (await state.pauses.read(job)) === undefined;
  };
}
