import type { Boundary } from '../../shared/contract/checkpoint';
import { MAX_BOUNDARY_IDS, walkBoundary, type BoundaryWalk } from '../../shared/windows/watermark';

const T1 = '2026-11-21T00:00:01.000Z';
const T2 = '2026-11-21T00:00:02.000Z';
const LATER = '2026-11-21T01:00:00.000Z';
const HASH = 'a'.repeat(64);

/** Walks one page of records without ids, and gives what each became. */
function hashes(
  walk: BoundaryWalk,
  rereads: boolean,
  records: readonly (readonly [string | undefined, string])[],
) {
  walk.page(rereads, LATER);
  return records.map(([time, hash]) => walk.hashed(time, hash));
}

describe('records with an id', () => {
  test('are duplicates exactly when they were delivered at the newest time', () => {
    const walk = walkBoundary({ time: T1, ids: ['a', 'b'] });
    walk.page(true, LATER);
    const found = [walk.known(T1, 'a'), walk.known(T1, 'c'), walk.known(T1, 'b')];
    expect(found.map(({ duplicate }) => duplicate)).toEqual([true, false, true]);
  });

  test('are new at any other time', () => {
    const walk = walkBoundary({ time: T1, ids: ['a'] });
    walk.page(true, LATER);
    expect([walk.known('2026-11-21T00:00:00.999Z', 'a').duplicate, walk.known(T2, 'a').duplicate]).toEqual([
      false,
      false,
    ]);
  });

  test('are new without a time', () => {
    const walk = walkBoundary({ time: T1, ids: ['a'] });
    walk.page(true, LATER);
    expect(walk.known(undefined, 'a').duplicate).toBe(false);
  });

  test('keep their whole id as EventId, and a long one is remembered by its hash', () => {
    const long = 'x'.repeat(500);
    const walk = walkBoundary(undefined);
    walk.page(false, LATER);
    expect(walk.known(T1, long).id).toBe(long);
    expect(walk.boundary()?.ids[0]).toHaveLength(22);
    walk.page(true, LATER);
    expect(walk.known(T1, long).duplicate).toBe(true);
  });

  test('are the same at times of unequal precision', () => {
    const walk = walkBoundary({ time: T1, ids: ['a'] });
    walk.page(true, LATER);
    expect(walk.known('2026-11-21T00:00:01.0000000Z', 'a').duplicate).toBe(true);
    expect(walk.known('2026-11-21T00:00:01.0000001Z', 'a').duplicate).toBe(false);
  });
});

describe('equal records without an id', () => {
  test('get an ordinal each, on one page and across its border', () => {
    const walk = walkBoundary(undefined);
    const first = hashes(walk, false, [
      [T1, HASH],
      [T1, HASH],
    ]);
    const second = hashes(walk, false, [[T1, HASH]]);
    expect([...first, ...second].map(({ id }) => id)).toEqual([HASH, `${HASH}-1`, `${HASH}-2`]);
    expect([...first, ...second].some(({ duplicate }) => duplicate)).toBe(false);
  });

  test('are dropped by a re-read as often as they were delivered, and the next one is new', () => {
    const before = walkBoundary(undefined);
    hashes(before, false, [
      [T1, HASH],
      [T1, HASH],
    ]);
    const walk = walkBoundary(before.boundary());
    const again = hashes(walk, true, [
      [T1, HASH],
      [T1, HASH],
      [T1, HASH],
    ]);
    expect(again.map(({ duplicate }) => duplicate)).toEqual([true, true, false]);
    expect(again.map(({ id }) => id)).toEqual([HASH, `${HASH}-1`, `${HASH}-2`]);
  });

  test('are counted on over the pages of one re-read', () => {
    const before = walkBoundary(undefined);
    hashes(before, false, [
      [T1, HASH],
      [T1, HASH],
    ]);
    const walk = walkBoundary(before.boundary());
    const again = [
      ...hashes(walk, true, [[T1, HASH]]),
      ...hashes(walk, false, [
        [T1, HASH],
        [T1, HASH],
      ]),
    ];
    expect(again.map(({ duplicate }) => duplicate)).toEqual([true, true, false]);
  });

  test('are never duplicates where the source goes on behind them', () => {
    const before = walkBoundary(undefined);
    hashes(before, false, [[T1, HASH]]);
    expect(hashes(walkBoundary(before.boundary()), false, [[T1, HASH]])).toEqual([
      { id: `${HASH}-1`, duplicate: false },
    ]);
  });

  test('have the same ids when a page is read once more after a crash', () => {
    const saved: Boundary = { time: T1, ids: [] };
    const page = [
      [T1, HASH],
      [T1, HASH],
      [T2, HASH],
      [undefined, HASH],
    ] as const;
    expect(hashes(walkBoundary(saved), false, page)).toEqual(hashes(walkBoundary(saved), false, page));
  });

  test('without a time are told apart on their page', () => {
    const found = hashes(walkBoundary(undefined), false, [
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
    expect(new Set(hashes(walkBoundary(undefined), false, page).map(({ id }) => id)).size).toBe(100_000);
  });
});

describe('the memory', () => {
  test('is nothing until a record has a time', () => {
    const walk = walkBoundary(undefined);
    hashes(walk, false, [[undefined, HASH]]);
    expect(walk.boundary()).toBeUndefined();
  });

  test('holds the newest time and what stands there, whatever the order on the page', () => {
    const walk = walkBoundary(undefined);
    walk.page(false, LATER);
    for (const [time, id] of [
      [T2, 'a'],
      [T1, 'b'],
      [T2, 'c'],
    ] as const)
      walk.known(time, id);
    expect(walk.boundary()).toEqual({ time: T2, ids: ['a', 'c'] });
  });

  test('does not go back, and stays as it was when nothing came', () => {
    const saved: Boundary = { time: T2, ids: ['a'] };
    const walk = walkBoundary(saved);
    walk.page(true, LATER);
    walk.known(T1, 'b');
    expect(walk.boundary()).toEqual(saved);
  });

  test('does not follow a record from the future, so that nothing before it is skipped', () => {
    const walk = walkBoundary({ time: T1, ids: ['a'] });
    walk.page(false, LATER);
    expect(walk.known('2099-01-01T00:00:00.000Z', 'wrong clock').duplicate).toBe(false);
    expect(walk.boundary()).toEqual({ time: T1, ids: ['a'] });
  });

  test('is bounded in ids and in bytes; what is past it is sent twice and never dropped', () => {
    const ids = Array.from(
      { length: MAX_BOUNDARY_IDS + 5 },
      (_, i) => `${i}-${'\u{1f40c}'.repeat(15)}\u0001"`,
    );
    const before = walkBoundary(undefined);
    before.page(false, LATER);
    for (const id of ids) before.known(T1, id);
    const saved = before.boundary();
    expect(saved?.ids).toHaveLength(MAX_BOUNDARY_IDS);
    expect(Buffer.byteLength(JSON.stringify(saved))).toBeLessThan(44 * 1024);
    const walk = walkBoundary(saved);
    walk.page(true, LATER);
    expect(ids.filter((id) => !walk.known(T1, id).duplicate)).toEqual(ids.slice(MAX_BOUNDARY_IDS));
  });

  test('is never fuller than its bound through ordinals either', () => {
    const walk = walkBoundary(undefined);
    for (let page = 0; page < 3; page++)
      hashes(
        walk,
        false,
        Array.from({ length: 600 }, () => [T1, HASH] as const),
      );
    expect(walk.boundary()?.ids).toHaveLength(MAX_BOUNDARY_IDS);
  });
});
