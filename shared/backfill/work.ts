import type { Backfill } from '../contract/backfill';
import { formatId, type Checkpoint, type CheckpointStore, type SourceId } from '../contract/checkpoint';
import { SettingError } from '../contract/errors';
import { boundAccount } from '../pull/vendor-account';
import { readOrTell } from '../values/damaged';
import { bringsNothing } from '../pull/no-progress';
import { slicesOf } from '../windows/range';
import { namedAccount, runSource, type FoundSource, type RunTools } from '../run/run-source';
import { wakeWorker } from './job';

/** How often it is asked whether an operator has paused or cancelled a backfill. */
const CHECK_INTERVAL_MS = 5_000;
/** A worker whose turn comes later than this is left to the sweep, as is one after another that brought nothing. */
const LONG_WAIT_MS = 60_000;

/**
 * Works the backfill of that id as one of its workers, if it is running.
 * @returns `busy` where others hold all that is left: one of them may have died
 * @throws SettingError where there is no such backfill; UnavailableError when storage is not there
 */
export async function runWorker(
  found: FoundSource,
  backfill: string,
  tools: RunTools,
): Promise<'busy' | undefined> {
  // One that waited for a place until its time was over is found by the sweep.
  if (tools.clock.now() > tools.deadline) return undefined;
  const order = await tools.state.backfills.read(found.id, backfill);
  if (order === undefined) {
    throw new SettingError(
      `working the backfill ${backfill} of ${formatId(found.id)}: there is none. Nothing is read.`,
    );
  }
  return order.state === 'running' ? workBackfill(found, order, tools) : undefined;
}

/**
 * One worker of a backfill: takes a part that nobody holds, works it to its end, takes the next, until none is free or
 * its time is over; then it asks for another in its place. It ends where as many are at work as were ordered, where a
 * part fails or brings nothing, and where the vendor lets nobody ask for long: `sweep` finds what is left then.
 * @throws UnavailableError when storage is not there
 */
async function workBackfill(
  found: FoundSource,
  order: Backfill,
  tools: RunTools,
): Promise<'busy' | undefined> {
  const { clock, deadline, state } = tools;
  const ranges = slicesOf(order);
  const done = new Set<number>();
  const mayGoOn = mayGoOnCheck(order, tools);
  const account = boundAccount(order.account, namedAccount(found));
  if (account !== order.account) await state.backfills.bind(order, order.id, account);
  for (;;) {
    const number = await freeSlice(order, done, tools);
    if (number === undefined || number === 'busy') return number;
    const range = ranges[number] as (typeof ranges)[number];
    const report = await runSource(found, tools, {
      part: sliceName(order, number),
      range,
      account,
      mayGoOn,
    });
    if (report.outcome === 'caught-up') done.add(number);
    else if (report.outcome !== 'busy') {
      const waitMs = Date.parse(report.resumeAt ?? report.startedAt) - clock.now().getTime();
      if (report.outcome === 'out-of-time' && !bringsNothing(report) && waitMs < LONG_WAIT_MS)
        await wakeWorker(state, order, waitMs);
      return undefined;
    }
    if (clock.now() >= deadline) {
      await wakeWorker(state, order);
      return undefined;
    }
  }
}

/** As a lease, a checkpoint and a ledger name a part. */
export function sliceName({ id }: Pick<Backfill, 'id'>, number: number): string {
  return `${id}.${number}`;
}

/** A part that is neither done nor held; `busy` where others hold what is left. Where all are done the backfill is finished. */
async function freeSlice(
  order: Backfill,
  done: Set<number>,
  { clock, log, state }: RunTools,
): Promise<number | 'busy' | undefined> {
  const begun = new Map(
    (await state.checkpoints.parts(order, order.id)).map(({ isHeld, number }) => [number, isHeld]),
  );
  if ([...begun.values()].filter((isHeld) => isHeld).length >= order.workers) return 'busy';
  const numbers = Array.from({ length: order.parts }, (_, number) => number);
  const free = numbers.filter((number) => !done.has(number) && begun.get(number) !== true);
  // Workers that begin at once should not all reach for the same.
  const first = Math.floor(clock.random() * free.length);
  const turned = [...free.slice(first), ...free.slice(0, first)];
  // What was begun may fail each time: it must not keep the others from being begun.
  const fresh = turned.find((number) => !begun.has(number));
  if (fresh !== undefined) return fresh;
  for (const number of turned) {
    if (!isDone(await readSlice(order, number, state))) return number;
    done.add(number);
  }
  if (done.size < order.parts) return 'busy';
  await state.backfills.setState(order, order.id, 'finished', clock.now());
  log.info({ ...idOf(order), backfill: order.id, from: order.from, to: order.to }, 'backfill finished');
  await dropDedupIndex(order, state);
  return undefined;
}

/** What is stored of a part; `undefined` where it cannot be read: its run says why. @throws UnavailableError */
export async function readSlice(
  order: Backfill,
  number: number,
  { checkpoints }: { readonly checkpoints: Pick<CheckpointStore, 'read'> },
): Promise<Checkpoint | undefined> {
  return readOrTell(checkpoints.read({ ...idOf(order), part: sliceName(order, number) }), () => undefined);
}

/** True for a part of which everything is delivered. */
export function isDone(part: Checkpoint | undefined): boolean {
  return part?.unfinished === false;
}

/** What its parts remember is of no use once it is over. Never throws. */
export async function dropDedupIndex(
  order: Backfill,
  { seen }: Pick<RunTools['state'], 'seen'>,
): Promise<void> {
  await Promise.all(
    Array.from({ length: order.parts }, (_, number) =>
      seen.drop({ ...idOf(order), part: sliceName(order, number) }, [''], new Set()),
    ),
  );
}

/** The source that a backfill is of. */
export function idOf({ connector, instance, source }: SourceId): SourceId {
  return { connector, instance, source };
}

/** Asks now and then whether the backfill and its source still run. */
function mayGoOnCheck(order: Backfill, { clock, state }: RunTools): () => Promise<boolean> {
  let askedMs = clock.now().getTime();
  return async () => {
    if (clock.now().getTime() - askedMs < CHECK_INTERVAL_MS) return true;
    askedMs = clock.now().getTime();
    const now = await state.backfills.read(order, order.id);
    return now?.state === 'running' && (await state.pauses.read(order)) === undefined;
  };
}
