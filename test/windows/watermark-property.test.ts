import type { WatermarkIds } from '../../shared/contract/checkpoint';
import { dedupAtWatermark } from '../../shared/windows/watermark';

/** An event of an invented feed; only the test knows its `serial`. */
interface FeedEvent {
  readonly serial: number;
  readonly time: string;
  readonly id: string | undefined;
  readonly hash: string;
}

/** A small random generator: the same numbers for the same seed. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const isoOf = (second: number): string => new Date(Date.UTC(2026, 10, 21) + second * 1_000).toISOString();

/** Few seconds and few texts, so that equal times and equal records are frequent. */
function growFeed(feed: FeedEvent[], random: (below: number) => number, withIds: boolean): void {
  let second =
    feed.length === 0 ? 0 : Number(new Date(feed.at(-1)?.time ?? 0)) / 1_000 - Date.UTC(2026, 10, 21) / 1_000;
  for (let more = random(6); more > 0; more--) {
    second += random(3) === 0 ? 1 : 0;
    const serial = feed.length;
    const time = isoOf(second);
    feed.push({ serial, time, id: withIds ? `event-${serial}` : undefined, hash: `${time} ${random(2)}` });
  }
}

/** One run: reads pages from the newest time on, inclusive. After a crash only the saved pages count. */
function readFeed(
  feed: readonly FeedEvent[],
  saved: WatermarkIds | undefined,
  random: (below: number) => number,
  deliver: (event: FeedEvent, duplicate: boolean) => void,
): WatermarkIds | undefined {
  const walk = dedupAtWatermark(saved);
  const shown = feed.filter(({ time }) => saved === undefined || time >= saved.time);
  const size = 1 + random(4);
  let kept = saved;
  for (let at = 0; at < shown.length; at += size) {
    walk.beginPage(at === 0 && saved !== undefined, '2027-01-01T00:00:00.000Z');
    const page = shown.slice(at, at + size).map((event) => {
      const { time, id, hash } = event;
      return { event, ...(id === undefined ? walk.checkHash(time, hash) : walk.checkId(time, id)) };
    });
    if (random(5) === 0) return kept;
    for (const { event, duplicate } of page) deliver(event, duplicate);
    kept = walk.watermarkIds();
  }
  return kept;
}

describe.each([
  ['with ids', true],
  ['without ids', false],
])('a feed %s, read again from its newest time', (_, withIds) => {
  test.each(Array.from({ length: 60 }, (_, seed) => seed))('delivers every event: seed %i', (seed) => {
    const random = numbers(seed * 7919 + 1);
    const feed: FeedEvent[] = [];
    let saved: WatermarkIds | undefined;
    /** By hash, because equal records are interchangeable. */
    const delivered = new Map<string, number>();
    const dropped: string[] = [];
    for (let run = 0; run < 25; run++) {
      growFeed(feed, random, withIds);
      saved = readFeed(feed, saved, random, ({ id, hash }, duplicate) => {
        const key = id ?? hash;
        if (duplicate && !delivered.has(key)) dropped.push(key);
        if (!duplicate) delivered.set(key, (delivered.get(key) ?? 0) + 1);
      });
    }
    readFeed(
      feed,
      saved,
      () => 3,
      ({ id, hash }, duplicate) => {
        if (!duplicate) delivered.set(id ?? hash, (delivered.get(id ?? hash) ?? 0) + 1);
      },
    );
    const missing = feed.filter(({ id, hash }) => {
      const needed = id === undefined ? feed.filter((event) => event.hash === hash).length : 1;
      return (delivered.get(id ?? hash) ?? 0) < needed;
    });
    expect({ missing, dropped }).toEqual({ missing: [], dropped: [] });
  });
});

test('a feed that is read without a crash delivers every event once', () => {
  const random = numbers(4711);
  const feed: FeedEvent[] = [];
  let saved: WatermarkIds | undefined;
  const delivered: number[] = [];
  for (let run = 0; run < 200; run++) {
    growFeed(feed, random, run % 2 === 0);
    saved = readFeed(
      feed,
      saved,
      () => 3,
      ({ serial }, duplicate) => {
        if (!duplicate) delivered.push(serial);
      },
    );
  }
  expect(delivered).toHaveLength(feed.length);
});
