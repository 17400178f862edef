import fc from 'fast-check';
import { runToEnd } from '../../shared/values/cooperative';
import { countHashes, holdsHash, mergeHashes, packHashes, dedupHash } from '../../shared/windows/dedup-hash';

const hashOf = (n: number): string => dedupHash('key', '2026-11-21T00:00:00.000Z', String(n));

test('a segment contains exactly what was packed, even after two were merged', () => {
  const numbers = fc.uniqueArray(fc.integer({ min: 0, max: 500 }), { maxLength: 80 });
  fc.assert(
    fc.property(numbers, numbers, (a, b) => {
      const merged = mergeHashes(runToEnd(packHashes(a.map(hashOf))), runToEnd(packHashes(b.map(hashOf))));
      expect(countHashes(merged)).toBe(a.length + b.length);
      for (let n = 0; n <= 500; n++)
        expect(holdsHash(merged, hashOf(n))).toBe(a.includes(n) || b.includes(n));
    }),
    { numRuns: 40 },
  );
});

test('an id at another time, or of another source, is another event', () => {
  const hashes = [
    dedupHash('key', '2026-11-21T00:00:00.000Z', 'a'),
    dedupHash('key', '2026-11-21T00:00:00.001Z', 'a'),
    dedupHash('key', undefined, 'a'),
    dedupHash('other', undefined, 'a'),
  ];
  expect(new Set(hashes).size).toBe(4);
  expect(hashes.map((hash) => hash.length)).toEqual([16, 16, 16, 16]);
});
