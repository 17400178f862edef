import type { Checkpoint, GoneSpan } from '../contract/checkpoint';
import type { Span } from '../contract/explanation';
import { later, union, uncovered } from './spans';

/** Spans of one kind meet, so that a few hold years; of more than this the oldest are forgotten. */
const MOST_SPANS = 32;

/** A checkpoint that remembers what is gone, beside what was before. What was gone at its start is not gone once more. */
export function withGone(checkpoint: Checkpoint, fresh: readonly GoneSpan[]): Checkpoint {
  let gone = checkpoint.gone ?? [];
  for (const { from, to, ...kind } of fresh) {
    const isSame = (one: GoneSpan): boolean => one.what === kind.what && one.atStart === kind.atStart;
    const never = gone.filter((one) => one.what === kind.what && one.atStart === true);
    const merged = union([...gone.filter(isSame), ...uncovered({ from, to }, never)]);
    gone = [...gone.filter((one) => !isSame(one)), ...merged.map((span) => ({ ...span, ...kind }))];
  }
  return newIn(checkpoint, { gone }).length === 0
    ? checkpoint
    : { ...checkpoint, gone: gone.slice(-MOST_SPANS) };
}

/** The spans that one checkpoint says are gone, and another does not. */
export function newIn(
  { gone: before = [] }: Pick<Checkpoint, 'gone'>,
  { gone = [] }: Pick<Checkpoint, 'gone'>,
): readonly GoneSpan[] {
  return gone.filter(
    ({ atStart, from, to, what }) =>
      !before.some(
        (one) => one.from === from && one.to === to && one.what === what && one.atStart === atStart,
      ),
  );
}

/** What nobody delivers any more, whatever its kind: neither a checkpoint nor a run vouches for it. */
export function undelivered({ gone = [] }: Pick<Checkpoint, 'gone'>): readonly Span[] {
  return gone.filter(({ atStart, what }) => atStart !== true && what === undefined);
}

/** Where what begins at a time begins once nothing of it is gone that nobody delivers any more. */
export function behindGone(from: string, checkpoint: Pick<Checkpoint, 'gone'>): string {
  return undelivered(checkpoint).reduce((begin, { to }) => later(begin, to), from);
}
