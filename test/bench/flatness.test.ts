import { judgeFlatness, type Sample } from './flatness';

const ALLOWED = { heapBytes: 1_000, handles: 1, blobs: 0 };
const samples = (change: (index: number) => Partial<Sample>): Sample[] =>
  Array.from({ length: 16 }, (_, hour) => ({
    hour,
    heapBytes: 50_000,
    handles: 3,
    blobs: 8,
    ...change(hour),
  }));

test('values that rise during warm-up and then stay are flat', () => {
  const warm = samples((hour) => (hour < 4 ? { heapBytes: hour * 10_000, handles: hour, blobs: hour } : {}));
  expect(judgeFlatness(warm, ALLOWED)).toEqual({
    heapGrowthBytes: 0,
    handlesGrowth: 0,
    blobsGrowth: 0,
    problems: [],
  });
});

test('connections that are kept for a while are not a leak', () => {
  const busy = samples((hour) => ({ handles: hour >= 12 && hour % 2 === 0 ? 9 : 3 }));
  expect(judgeFlatness(busy, ALLOWED)).toMatchObject({ handlesGrowth: 0, problems: [] });
});

test.each([
  [
    'a heap',
    (hour: number) => ({ heapBytes: 50_000 + 200 * hour }),
    'the heap grew by 1600 bytes, and 1000 is allowed',
  ],
  ['handles', (hour: number) => ({ handles: hour }), 'handles grew by 8, and 1 is allowed'],
  ['blobs', (hour: number) => ({ blobs: hour === 15 ? 9 : 8 }), 'blobs grew by 1, and 0 is allowed'],
])('%s that keeps rising is reported', (_, change, problem) => {
  expect(judgeFlatness(samples(change), ALLOWED).problems).toEqual([problem]);
});

test('too few samples throw instead of giving a result', () => {
  expect(() => judgeFlatness(samples(() => ({})).slice(0, 7), ALLOWED)).toThrow('it has 7 samples');
});
