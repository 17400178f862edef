import type { WatermarkIds } from '../../shared/contract/checkpoint';
import { MAX_WATERMARK_IDS, dedupAtWatermark, type WatermarkDedupPass } from '../../shared/windows/watermark';

const T1 = '2026-11-21T00:00:01.000Z';
const T2 = '2026-11-21T00:00:02.000Z';
const LATER = '2026-11-21T01:00:00.000Z';
const HASH = 'a'.repeat(64);

/** Deduplicates one page of records without ids. @returns the outcome of each */
function hashes(
  walk: WatermarkDedupPass,
  rereads: boolean,
  records: readonly (readonly [string | undefined, string])[],
) {
  walk.beginPage(rereads, LATER);
  return records.map(([time, hash]) => walk.checkHash(time, hash));
}

describe('records with an id', () => {
  test('are duplicates exactly when they were delivered at the newest time', () => {
    const walk = dedupAtWatermark({ time: T1, ids: ['a', 'b'] });
    walk.beginPage(true, LATER);
    const found = [walk.checkId(T1, 'a'), walk.checkId(T1, 'c'), walk.checkId(T1, 'b')];
    expect(found.map(({ duplicate }) => duplicate)).toEqual([true, false, true]);
  });

  test('are new at any other time', () => {
    const walk = dedupAtWatermark({ time: T1, ids: ['a'] });
    walk.beginPage(true, LATER);
    expect([
      walk.checkId('2026-11-21T00:00:00.999Z', 'a').duplicate,
      walk.checkId(T2, 'a').duplicate,
    ]).toEqual([false, false]);
  });

  test('are new without a time', () => {
    const walk = dedupAtWatermark({ time: T1, ids: ['a'] });
    walk.beginPage(true, LATER);
    expect(walk.checkId(undefined, 'a').duplicate).toBe(false);
  });

  test('keep their whole id as EventId, and a long one is stored by its hash', () => {
    const long = 'x'.repeat(500);
    const walk = dedupAtWatermark(undefined);
    walk.beginPage(false, LATER);
    expect(walk.checkId(T1, long).id).toBe(long);
    expect(walk.watermarkIds()?.ids[0]).toHaveLength(22);
    walk.beginPage(true, LATER);
    expect(walk.checkId(T1, long).duplicate).toBe(true);
  });

  test('are the same at times of different precision', () => {
    const walk = dedupAtWatermark({ time: T1, ids: ['a'] });
    walk.beginPage(true, LATER);
    expect(walk.checkId('2026-11-21T00:00:01.0000000Z', 'a').duplicate).toBe(true);
    expect(walk.checkId('2026-11-21T00:00:01.0000001Z', 'a').duplicate).toBe(false);
  });
});

describe('equal records without an id', () => {
  test('get an ordinal each, on one page and across pages', () => {
    const walk = dedupAtWatermark(undefined);
    const first = hashes(walk, false, [
      [T1, HASH],
      [T1, HASH],
    ]);
    const second = hashes(walk, false, [[T1, HASH]]);
    expect([...first, ...second].map(({ id }) => id)).toEqual([HASH, `${HASH}-1`, `${HASH}-2`]);
    expect([...first, ...second].some(({ duplicate }) => duplicate)).toBe(false);
  });

  test('are dropped by a re-read as often as they were delivered, and the next one is new', () => {
    const before = dedupAtWatermark(undefined);
    hashes(before, false, [
      [T1, HASH],
      [T1, HASH],
    ]);
    const walk = dedupAtWatermark(before.watermarkIds());
    const again = hashes(walk, true, [
      [T1, HASH],
      [T1, HASH],
      [T1, HASH],
    ]);
    expect(again.map(({ duplicate }) => duplicate)).toEqual([true, true, false]);
    expect(again.map(({ id }) => id)).toEqual([HASH, `${HASH}-1`, `${HASH}-2`]);
  });

  test('are counted across the pages of one re-read', () => {
    const before = dedupAtWatermark(undefined);
    hashes(before, false, [
      [T1, HASH],
      [T1, HASH],
    ]);
    const walk = dedupAtWatermark(before.watermarkIds());
    const again = [
      ...hashes(walk, true, [[T1, HASH]]),
      ...hashes(walk, false, [
        [T1, HASH],
        [T1, HASH],
      ]),
    ];
    expect(again.map(({ duplicate }) => duplicate)).toEqual([true, true, false]);
  });

  test('are never duplicates where the source continues after them', () => {
    const before = dedupAtWatermark(undefined);
    hashes(before, false, [[T1, HASH]]);
    expect(hashes(dedupAtWatermark(before.watermarkIds()), false, [[T1, HASH]])).toEqual([
      { id: `${HASH}-1`, duplicate: false },
    ]);
  });

  test('have the same ids when a page is read again after a crash', () => {
    const saved: WatermarkIds = { time: T1, ids: [] };
    const page = [
      [T1, HASH],
      [T1, HASH],
      [T2, HASH],
      [undefined, HASH],
    ] as const;
    expect(hashes(dedupAtWatermark(saved), false, page)).toEqual(
      hashes(dedupAtWatermark(saved), false, page),
    );
  });

  test('without a time are distinguished on their page', () => {
    const found = hashes(dedupAtWatermark(undefined), false, [
      [undefined, HASH],
      [undefined, HASH],
    ]);
    expect(found).toEqual([
      { id: HASH, duplicate: false },
      { id: `${HASH}-1`, duplicate: false },
    ]);
  });

  test('cost no more when there are many of them', () => {
    const page = Array.from({ length: 100_000 }, () => [T1, HASH] as const);
    expect(new Set(hashes(dedupAtWatermark(undefined), false, page).map(({ id }) => id)).size).toBe(100_000);
  });
});

describe('the stored watermark', () => {
  test('is empty until a record has a time', () => {
    const walk = dedupAtWatermark(undefined);
    hashes(walk, false, [[undefined, HASH]]);
    expect(walk.watermarkIds()).toBeUndefined();
  });

  test('contains the newest time and the ids there, whatever the order on the page', () => {
    const walk = dedupAtWatermark(undefined);
    walk.beginPage(false, LATER);
    for (const [time, id] of [
      [T2, 'a'],
      [T1, 'b'],
      [T2, 'c'],
    ] as const)
      walk.checkId(time, id);
    expect(walk.watermarkIds()).toEqual({ time: T2, ids: ['a', 'c'] });
  });

  test('does not go back, and stays unchanged without records', () => {
    const saved: WatermarkIds = { time: T2, ids: ['a'] };
    const walk = dedupAtWatermark(saved);
    walk.beginPage(true, LATER);
    walk.checkId(T1, 'b');
    expect(walk.watermarkIds()).toEqual(saved);
  });

  test('ignores a record from the future, so that nothing before it is skipped', () => {
    const walk = dedupAtWatermark({ time: T1, ids: ['a'] });
    walk.beginPage(false, LATER);
    expect(walk.checkId('2099-01-01T00:00:00.000Z', 'wrong clock').duplicate).toBe(false);
    expect(walk.watermarkIds()).toEqual({ time: T1, ids: ['a'] });
  });

  test('is limited in ids and in bytes; records beyond that are sent twice and never dropped', () => {
    const ids = Array.from(
      { length: MAX_WATERMARK_IDS + 5 },
      (_, i) => `${i}-${'\u{1f40c}'.repeat(15)}\u0001"`,
    );
    const before = dedupAtWatermark(undefined);
    before.beginPage(false, LATER);
    for (const id of ids) before.checkId(T1, id);
    const saved = before.watermarkIds();
    expect(saved?.ids).toHaveLength(MAX_WATERMARK_IDS);
    expect(Buffer.byteLength(JSON.stringify(saved))).toBeLessThan(44 * 1024);
    const walk = dedupAtWatermark(saved);
    walk.beginPage(true, LATER);
    expect(ids.filter((id) => !walk.checkId(T1, id).duplicate)).toEqual(ids.slice(MAX_WATERMARK_IDS));
  });

  test('stays within its limit with ordinals too', () => {
    const walk = dedupAtWatermark(undefined);
    for (let page = 0; page < 3; page++)
      hashes(
        walk,
        false,
        Array.from({ length: 600 }, () => [T1, HASH] as const),
      );
    expect(walk.watermarkIds()?.ids).toHaveLength(MAX_WATERMARK_IDS);
  });
});
