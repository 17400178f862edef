/** The resources of the process and its storage at one moment, after a forced garbage collection. */
export interface Sample {
  /** Simulated hours since the start. */
  readonly hour: number;
  readonly heapBytes: number;
  /** Open sockets and pipes, timers and other resources that keep a process alive. */
  readonly handles: number;
  readonly blobs: number;
}

/** The growth of a soak after its warm-up. */
export interface Flatness {
  readonly heapGrowthBytes: number;
  readonly handlesGrowth: number;
  readonly blobsGrowth: number;
  /** A sentence for each resource that grew; empty if none did. */
  readonly problems: readonly string[];
}

/** The accepted growth over the end of the warm-up: the noise of a heap, and of kept connections. */
export interface Allowance {
  readonly heapBytes: number;
  readonly handles: number;
  readonly blobs: number;
}

/**
 * Compares the last quarter of the samples with the second quarter, which follows the warm-up. Compares the mean of the heap
 * and the maximum of the blobs. Of the handles it compares the minimum, because a pool of kept connections varies and a leak
 * never goes down.
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
