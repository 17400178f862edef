import type { Json } from '../../../shared/contract/json';
import type { VendorEvent } from '../../../shared/contract/simulator';
import { compilePath } from '../../../shared/values/json-path';
import { toIso } from '../../../shared/values/time';
import { copier, timeWriter, withNumbers, type RecordShape } from './event-copies';
import { pick, seeded } from '../random';

/** One record that the vendor has published. */
export type Published = VendorEvent;

/** What one source has published so far, in the order of publication. */
export type Feed = () => readonly Published[];

/**
 * The fixtures as they are: published in their order, none before the ones it stands behind.
 * @param newestAt moves all their times, so that the newest is here
 */
export function fixedFeed(pages: readonly (readonly Json[])[], time: string, newestAt?: Date): Feed {
  if (newestAt !== undefined) return fixedFeed(moved(pages, time, newestAt), time);
  const timeAt = compilePath(time);
  let atMs = 0;
  const published = pages.flatMap((records, page) =>
    records.map((record): Published => {
      const timeMs = Date.parse(toIso(timeAt(record)) ?? '') || atMs;
      atMs = Math.max(atMs, timeMs);
      return { record, atMs, timeMs, page };
    }),
  );
  return () => published;
}

function moved(
  pages: readonly (readonly Json[])[],
  time: string,
  newestAt: Date,
): readonly (readonly Json[])[] {
  const timeAt = compilePath(time);
  const withTime = timeWriter(time);
  const msOf = (record: Json): number => Date.parse(toIso(timeAt(record)) ?? '');
  const times = pages
    .flat()
    .map(msOf)
    .filter((ms) => !Number.isNaN(ms));
  const byMs = newestAt.getTime() - Math.max(...times);
  return pages.map((records) =>
    records.map((record) => {
      const ms = msOf(record);
      return Number.isNaN(ms) ? record : withTime(record, new Date(ms + byMs));
    }),
  );
}

/** Larger than any page size of a source, so that a page with all records does not look full. */
const HISTORY = 210;
const HISTORY_MS = 6 * 3_600_000;
const GAP_MS = 20_000;
const LATE_ONE_IN = 10;
const MIN_LATE_MS = 60_000;
/** How late a vendor may publish whose reader meets late events too, because it reads in the order of publication. */
const MAX_LATE_MS = 20 * 60_000;
const MAX_PROMPT_MS = 2_000;

/** The events of a live vendor. A test may make them more difficult than usual, or fewer. */
export interface LiveEvents {
  /** How many events happened before its start. @default 210 */
  readonly history?: number;
  /** The time over which these are spread. @default 6 hours */
  readonly historyMs?: number;
  /** How long after its start it publishes. @default for ever */
  readonly livesMs?: number;
  /** How long it is between two events on average; each gap is from half to one and a half times as long. @default 20 seconds */
  readonly gapMs?: number;
  /** One in so many is published late. @default 10 */
  readonly lateOneIn?: number;
  /** Event times are whole multiples of this, so that many are equal. @default 1 */
  readonly timeStepMs?: number;
  /** The values of a record's numbers other than time and id. @default the numbers of the fixtures */
  readonly numbers?: readonly Json[];
}

/** The options of a live vendor. */
export interface LiveClock {
  readonly now: () => Date;
  readonly bornAt: Date;
  /** @default 20 minutes */
  readonly maxLateMs?: number | undefined;
  readonly events?: LiveEvents;
}

/**
 * A vendor at work: 210 events of the six hours before it was born, then a few a minute for as long as it is asked.
 * One in ten is published late: up to `maxLateMs` after it happened. The same seed and birth give the same events.
 */
export function liveFeed(
  templates: readonly Json[],
  table: RecordShape,
  seed: string,
  { now, bornAt, maxLateMs = MAX_LATE_MS, events = {} }: LiveClock,
): Feed {
  const { history = HISTORY, historyMs = HISTORY_MS, lateOneIn = LATE_ONE_IN } = events;
  const { gapMs = GAP_MS, livesMs = Infinity } = events;
  /** Rounding an event time down makes the event later. */
  const timeStepMs = Math.max(Math.min(events.timeStepMs ?? 1, maxLateMs), 1);
  const maxDelayMs = Math.max(maxLateMs - timeStepMs + 1, 0);
  const startMs = bornAt.getTime();
  // The birth is part of the seed: a simulator started again with it has the same past, with another gives no id again.
  const random = seeded(`${seed}/${startMs}`);
  const { numbers } = events;
  const copyOf = copier(table, random);
  const copy: typeof copyOf =
    numbers === undefined
      ? copyOf
      : (template, time) => withNumbers(copyOf(template, time), table, () => pick(random, numbers));
  const between = (min: number, max: number): number => Math.floor(min + random() * (max - min));
  const published: Published[] = [];
  const publish = (atMs: number): void => {
    const late = random() < 1 / lateOneIn;
    const delayMs = late
      ? between(Math.min(MIN_LATE_MS, maxDelayMs), maxDelayMs)
      : between(0, Math.min(MAX_PROMPT_MS, maxDelayMs));
    const timeMs = Math.floor((atMs - delayMs) / timeStepMs) * timeStepMs;
    published.push({ record: copy(pick(random, templates), new Date(timeMs)), atMs, timeMs, page: 0 });
  };
  const gap = (): number => between(gapMs / 2, gapMs * 1.5);
  let nextMs = startMs + gap();
  if (templates.length === 0) return () => published;
  const step = historyMs / history;
  for (let i = 0; i < history; i++) publish(startMs - historyMs + Math.floor(i * step) + between(0, step));
  return () => {
    const endMs = Math.min(now().getTime(), startMs + livesMs);
    for (; nextMs <= endMs; nextMs += gap()) publish(nextMs);
    return published;
  };
}
