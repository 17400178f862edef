import type { Span } from '../contract/coverage-report';
import { compareIso } from '../values/time';
import type { Checkpoint, GoneSpan } from '../contract/checkpoint';

/** The later of two times as `toIso` writes them. */
export function later(a: string, b: string): string {
  return compareIso(a, b) >= 0 ? a : b;
}

/** The earlier of two times. */
export function earlier(a: string, b: string): string {
  return compareIso(a, b) <= 0 ? a : b;
}

/** The part of a span that lies within another; `undefined` where none does. */
export function within<T extends Span>(span: T, limits: Span): T | undefined {
  const [from, to] = [later(span.from, limits.from), earlier(span.to, limits.to)];
  return compareIso(from, to) < 0 ? { ...span, from, to } : undefined;
}

/** The parts of a span that no other span covers, in order. @param others in any order; they may overlap */
export function uncovered(span: Span, others: readonly Span[]): Span[] {
  const left: Span[] = [];
  let at = span.from;
  for (const other of [...others].sort((a, b) => compareIso(a.from, b.from))) {
    if (compareIso(other.to, at) <= 0) continue;
    if (compareIso(other.from, span.to) >= 0) break;
    if (compareIso(at, other.from) < 0) left.push({ from: at, to: other.from });
    at = later(at, other.to);
  }
  if (compareIso(at, span.to) < 0) left.push({ from: at, to: span.to });
  return left;
}

/** Merges overlapping and adjacent spans, in order. @param others in any order; they may overlap */
export function union(others: readonly Span[]): Span[] {
  const all: Span[] = [];
  for (const { from, to } of [...others].sort((a, b) => compareIso(a.from, b.from))) {
    const last = all.at(-1);
    if (last !== undefined && compareIso(from, last.to) <= 0)
      all.splice(-1, 1, { from: last.from, to: later(last.to, to) });
    else all.push({ from, to });
  }
  return all;
}

/** The length of a span in milliseconds. */
export function lengthMs({ from, to }: Span): number {
  return Date.parse(to) - Date.parse(from);
}

/** The most gone spans of a checkpoint. Adjacent spans are merged, so few cover years; beyond this the oldest are dropped. */
const MOST_SPANS = 32;

/** Adds gone spans to a checkpoint. A range that was already gone at the start is not added again. */
export function addGone(checkpoint: Checkpoint, fresh: readonly GoneSpan[]): Checkpoint {
  let gone = checkpoint.gone ?? [];
  for (const { from, to, ...kind } of fresh) {
    const isSame = (one: GoneSpan): boolean => one.what === kind.what && one.atStart === kind.atStart;
    const never = gone.filter((one) => one.what === kind.what && one.atStart === true);
    const merged = union([...gone.filter(isSame), ...uncovered({ from, to }, never)]);
    gone = [...gone.filter((one) => !isSame(one)), ...merged.map((span) => ({ ...span, ...kind }))];
  }
  return newlyGone(checkpoint, { gone }).length === 0
    ? checkpoint
    : { ...checkpoint, gone: gone.slice(-MOST_SPANS) };
}

/** The gone spans that the second checkpoint has and the first has not. */
export function newlyGone(
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

/** The gone ranges that were missed entirely. No checkpoint and no run covers them. */
export function undelivered({ gone = [] }: Pick<Checkpoint, 'gone'>): readonly Span[] {
  return gone.filter(({ atStart, what }) => atStart !== true && what === undefined);
}

/** A start time moved past all ranges that were missed entirely. */
export function behindGone(from: string, checkpoint: Pick<Checkpoint, 'gone'>): string {
  return undelivered(checkpoint).reduce((begin, { to }) => later(begin, to), from);
}
