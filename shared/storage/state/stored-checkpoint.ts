import {
  EMPTY_LEDGER,
  isBalanced,
  type WatermarkIds,
  type Checkpoint,
  type FailureStreak,
  type GoneSpan,
  type Ledger,
  type RedeliveredDeadLetters,
} from '../../contract/checkpoint';
import type { Json } from '../../contract/json';
import type {
  Watermarks,
  LatenessHistogram,
  StoredDedupIndex,
  Window,
  WindowPlan,
} from '../../contract/windows';
import { isPathSegment } from '../../values/names';
import {
  isAmount,
  isCount,
  isFlag,
  isRecord,
  isText,
  isTime,
  isTrue,
  listOf,
  mapOf,
  maybe,
  objectOf,
  oneOf,
  wrongMember,
  type StoredCheck,
  type StoredMembers,
} from '../../values/stored-checks';

const COUNTS = Object.keys(EMPTY_LEDGER);

/** The counts of a ledger. */
export const LEDGER: StoredMembers<Ledger> = {
  fetched: isCount,
  accepted: isCount,
  duplicate: isCount,
  filtered: isCount,
  deadLettered: isCount,
  pending: isCount,
};

export const isGone = spanOf(
  objectOf<GoneSpan>({ from: isTime, to: isTime, what: maybe(isText), atStart: maybe(isTrue) }),
);

export const isReplayed = objectOf<RedeliveredDeadLetters>({ page: isText, letters: listOf(isText) });

const FRONTIER: StoredMembers<Watermarks> = {
  start: isTime,
  live: isTime,
  recheck: isTime,
  final: isTime,
  unlisted: maybe(isTrue),
};

const WINDOW: StoredMembers<Window> = {
  id: isCount,
  lane: oneOf('live', 'recheck', 'final', 'backfill'),
  partition: maybe(isText),
  from: isTime,
  to: isTime,
  position: maybe(isRecord),
  listedAt: maybe(isTime),
  pages: maybe(isCount),
};

const PLAN: StoredMembers<WindowPlan> = {
  nextId: isCount,
  frontiers: mapOf(objectOf<Watermarks>(FRONTIER)),
  open: listOf(spanOf(objectOf<Window>(WINDOW))),
  leftPartitions: maybe(isCount),
  rest: maybe(listOf(spanOf(objectOf({ partition: maybe(isText), from: isTime, to: isTime })))),
  position: maybe(isText),
};

const isBucket: StoredCheck = (value) => typeof value === 'string' && isTime(`${value}:00.000Z`);

const SEEN: StoredMembers<StoredDedupIndex> = {
  key: isText,
  bucketMs: (value) => isCount(value) && value !== 0,
  buckets: mapOf(listOf(isSegment), isBucket),
};
/** True for a stored dedup index. */
export const isDedupIndex = objectOf<StoredDedupIndex>(SEEN);

/** All members of a checkpoint that this version knows. Unknown members are kept unchanged. */
const MEMBERS: StoredMembers<Checkpoint> = {
  version: oneOf(1),
  position: (value) => value === null || isRecord(value),
  ledger: objectOf<Ledger>(LEDGER),
  startFrom: maybe(isTime),
  unfinished: maybe(isFlag),
  savedAt: maybe(isTime),
  account: maybe(mapOf(isText)),
  nextKnown: maybe(isFlag),
  gone: maybe(listOf(isGone)),
  windows: maybe(objectOf<WindowPlan>(PLAN)),
  boundary: maybe(objectOf<WatermarkIds>({ time: isTime, ids: listOf(isText) })),
  seen: maybe(isDedupIndex),
  lag: maybe(objectOf<LatenessHistogram>({ at: isTime, weights: mapOf(isAmount) })),
  failing: maybe(objectOf<FailureStreak>({ error: isText, times: isCount, since: isTime })),
  replayed: maybe(isReplayed),
};

const isCheckpoint = objectOf<Checkpoint>(MEMBERS);

/** Why a stored value is not a valid checkpoint of a source; `undefined` if it is. */
export function checkpointProblem(value: Json): string | undefined {
  return isCheckpoint(value) ? lostPosition(value) : sliceProblem(value);
}

/**
 * Why a source's checkpoint has lost its position; `undefined` if it has not. Without a position the source begins at its
 * start, and delivered events come again. Three valid checkpoints have no position although records were delivered: after
 * a reset (the ledger alone), after a page that did not move the position (`boundary`), and after a start at the oldest
 * event that the vendor keeps (`gone`).
 */
function lostPosition({ position, startFrom, ...left }: Checkpoint): string | undefined {
  if (position !== null) return undefined;
  const { boundary, failing, gone, nextKnown, seen, unfinished, windows } = left;
  const ofRuns = [boundary, failing, gone, nextKnown, seen, unfinished, windows];
  const hasMoved =
    windows !== undefined || nextKnown === true || (boundary !== undefined && seen === undefined);
  const mayBeginAnew = gone?.some(({ atStart }) => atStart !== true) === true;
  const isLost =
    startFrom === undefined ? ofRuns.some((one) => one !== undefined) : hasMoved && !mayBeginAnew;
  if (!isLost) return undefined;
  const until =
    boundary === undefined ? '' : `, and the newest event that it delivered is of ${boundary.time}`;
  return `it has data of earlier runs, but no position${until}`;
}

/** Why a stored value is not a valid checkpoint of a source or of a backfill slice, which may have no position; `undefined` if it is. */
export function sliceProblem(value: Json): string | undefined {
  const wrong = isRecord(value) ? wrongMember<Checkpoint>(value, MEMBERS) : 'version';
  return wrong === undefined ? undefined : (PROBLEMS[wrong] ?? `its ${wrong} is not what any version wrote`);
}

const PROBLEMS: Readonly<Record<string, string>> = {
  version: 'it is not a checkpoint of version 1',
  position: 'its position is missing or not an object',
  ledger: `its ledger needs ${COUNTS.join(', ')}, each a whole number that a count may be`,
  account: 'its account needs a hash for each setting',
  boundary: 'its boundary needs a time and a list of ids',
  windows: 'its windows need `frontiers` and a list of open ones, each from a time to a later one',
  seen: 'what it has seen needs a key and buckets',
  startFrom: 'its startFrom is not a time such as 2026-01-31T00:00:00.000Z',
  savedAt: 'its savedAt is not a time such as 2026-01-31T00:00:00.000Z',
};

/**
 * The checkpoint that an operator imports, or why it must not be stored. Unlike in a stored one, its counts must balance.
 */
export function importedCheckpoint(value: Json): Checkpoint | string {
  if (!isCheckpoint(value)) return sliceProblem(value) ?? '';
  if (isBalanced(value.ledger)) return lostPosition(value) ?? value;
  return 'its ledger does not balance: fetched = accepted + duplicate + filtered + deadLettered + pending';
}

/** Adds to a check that `from` is not after `to`. */
function spanOf(check: StoredCheck): StoredCheck {
  return (value) => {
    if (!check(value)) return false;
    const { from, to } = value as { readonly from: string; readonly to: string };
    return from <= to;
  };
}

/** A segment's name and how many hashes it holds. */
function isSegment(value: unknown): boolean {
  return Array.isArray(value) && isPathSegment(value[0]) && isCount(value[1]);
}
