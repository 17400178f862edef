/**
 * A part of what would make a run of the tests longer with each connector: others in each run, spread evenly. The standard error
 * output says which seed chooses the same ones again.
 * @param what the plural, for that line
 * @param most how many are chosen
 * @param seed `SAMPLE_SEED`; a random number if it is not set
 */
export function sampleOf<T>(
  what: string,
  all: readonly T[],
  most: number,
  seed = Number(process.env['SAMPLE_SEED'] ?? Math.floor(Math.random() * 1_000)),
): readonly T[] {
  if (!Number.isInteger(seed) || seed < 0)
    throw new Error(`choosing a sample of the ${what}: SAMPLE_SEED must be a whole number, 0 or more.`);
  if (all.length <= most) return all;
  process.stderr.write(`${most} of ${all.length} ${what}: SAMPLE_SEED=${seed}\n`);
  return Array.from(
    { length: most },
    (_, at) => all[(seed + Math.floor((at * all.length) / most)) % all.length] as T,
  );
}
