import type { Backfill, BackfillProgress } from '../contract/backfill';
import { EMPTY_LEDGER, addLedgers, type CheckpointStore } from '../contract/checkpoint';
import { slicesOf } from '../windows/backfill-range';
import { isDone, readSlice } from './worker';

/** The progress of a backfill, from the checkpoints of its slices. @throws UnavailableError */
export async function progressOf(
  { checkpoints }: { readonly checkpoints: Pick<CheckpointStore, 'read' | 'sliceLeases'> },
  job: Backfill,
): Promise<BackfillProgress> {
  const begun = await checkpoints.sliceLeases(job, job.id);
  const parts = await Promise.all(
    begun.map(async ({ isLeased, number }) => {
      return { checkpoint: await readSlice(job, number, { checkpoints }), isLeased, number };
    }),
  );
  const done = new Set(parts.filter(({ checkpoint }) => isDone(checkpoint)).map(({ number }) => number));
  return {
    ...job,
    done: done.size,
    worked: parts.filter(({ isLeased }) => isLeased).length,
    ledger: parts
      .map(({ checkpoint }) => checkpoint?.ledger ?? EMPTY_LEDGER)
      .reduce(addLedgers, EMPTY_LEDGER),
    left: joined(slicesOf(job).filter((_, number) => !done.has(number))),
  };
}

/** Joins adjacent ranges. */
function joined(spans: readonly { readonly from: string; readonly to: string }[]): BackfillProgress['left'] {
  const all: { readonly from: string; readonly to: string }[] = [];
  for (const { from, to } of spans) {
    const last = all.at(-1);
    if (last?.to === from) all.splice(-1, 1, { from: last.from, to });
    else all.push({ from, to });
  }
  return all;
}
