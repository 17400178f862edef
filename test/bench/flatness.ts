/** What the process and its storage hold at one moment, after a forced collection of garbage. */
export interface Sample {
  /** Simulated hours since the beginning. */
  readonly hour: number;
  readonly heapBytes: number;
  /** Open sockets and pipes, timers and whatever else keeps a process alive. */
  readonly handles: number;
  readonly blobs: number;
}

/** How far a soak went up after its warm-up. */
export interface Flatness {
  readonly heapGrowthBytes: number;
  readonly handlesGrowth: number;
  readonly blobsGrowth: number;
  /** A sentence for each that is not flat; empty when all are. */
  readonly problems: readonly string[];
}

/** What a sample may be above those of the warm-up's end: the noise of a heap, and of connections kept alive. */
export interface Allowance {
  readonly heapBytes: number;
  readonly handles: number;
  readonly blobs: number;
}

/**
 * Compares the last quarter of the samples with the quarter that follows a warm-up of one quarter: the mean of the
 * heap, the least of the handles, since a pool of kept connections breathes and a leak never goes down, the most of
 * the blobs.
 * @throws Error for fewer than eight samples
 */
export function judgeFlatness(samples: readonly Sample[], allowed: Allowance): Flatness {
  if (samples.length < 8)
    throw new Error(`judging a soak: it has ${samples.length} samples, and eight are few.`);
  const quarter = Math.floor(samples.length / 4);
  const [early, late] = [samples.slice(quarter, 2 * quarter), samples.slice(-quarter)];
  const growth = (of: (sample: Sample) => number, summary: (values: readonly number[]) => number): number =>
    summary(late.map(of)) - summary(early.map(of));
  const heapGrowthBytes = Math.round(growth(({ heapBytes }) => heapBytes, mean));
  const handlesGrowth = growth(({ handles }) => handles, least);
  const blobsGrowth = growth(({ blobs }) => blobs, most);
  const problems = [
    [heapGrowthBytes, allowed.heapBytes, 'the heap', 'bytes'] as const,
    [handlesGrowth, allowed.handles, 'handles', ''] as const,
    [blobsGrowth, allowed.blobs, 'blobs', ''] as const,
  ].flatMap(([grown, limit, what, unit]) =>
    grown <= limit ? [] : [`${what} grew by ${grown} ${unit}`.trim() + `, and ${limit} is allowed`],
  );
  return { heapGrowthBytes, handlesGrowth, blobsGrowth, problems };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function least(values: readonly number[]): number {
  return Math.min(...values);
}

function most(values: readonly number[]): number {
  return Math.max(...values);
}
