import { sampleOf } from './sample';

const ALL = Array.from({ length: 19 }, (_, at) => at);

test('a sample is spread over all, others with each seed, and the same with one seed', () => {
  const samples = ALL.map((seed) => sampleOf('numbers', ALL, 5, seed));
  for (const sample of samples) expect(new Set(sample).size).toBe(5);
  expect(new Set(samples.flat())).toEqual(new Set(ALL));
  expect(sampleOf('numbers', ALL, 5, 7)).toEqual(samples[7]);
});

test('a list that is short enough is the sample', () => {
  expect(sampleOf('numbers', ALL, 19, 7)).toEqual(ALL);
});

test.each([NaN, -1, 0.5])('the seed %p would choose nothing, and is refused', (seed) => {
  expect(() => sampleOf('numbers', ALL, 5, seed)).toThrow('SAMPLE_SEED must be a whole number');
});
