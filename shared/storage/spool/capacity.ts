import type { ContainerClient } from '@azure/storage-blob';
import { UnavailableError } from '../../contract/errors';
import type { Clock } from '../../contract/run';

/** The most bytes of pushed bodies that wait in memory for their blob. Beyond it, callers are told to retry. */
const MAX_WAITING_BYTES = 96 * 1024 * 1024;
const WAITING_RETRY_MS = 2_000;
/** The greatest age of a measurement of the spool. A slow measurement is made less often. */
const MEASURE_EVERY_MS = 60_000;
const MEASURE_SHARE = 10;
/** When a caller may retry after the spool was full. */
const FULL_RETRY_MS = 60_000;

/** Limits the spool: the bodies waiting in this process, and those in storage. */
export interface SpoolCapacity {
  /** Admits a waiting body. @throws UnavailableError when there is no room */
  admit(bytes: number): Promise<void>;
  /** Ends the wait of a body. */
  release(bytes: number): void;
  /** Counts stored bytes. */
  add(bytes: number): void;
}

/** Measures the spool from time to time and counts in between. The limit is exact to about a minute's pushes. */
export function createSpoolCapacity(
  blobs: ContainerClient,
  prefix: string,
  { clock, maxBytes }: { readonly clock: Clock; readonly maxBytes: number },
): SpoolCapacity {
  let waiting = 0;
  let stored = 0;
  let measuredAt = -Infinity;
  let everyMs = MEASURE_EVERY_MS;
  let measuring: Promise<void> | undefined;

  const measure = async (): Promise<void> => {
    const startedAt = clock.now().getTime();
    const before = stored;
    let sum = 0;
    try {
      for await (const { properties } of blobs.listBlobsFlat({ prefix }))
        sum += properties.contentLength ?? 0;
      stored = sum + (stored - before);
    } catch {
      // If storage cannot be listed, the write of the body reports it.
    }
    const tookMs = clock.now().getTime() - startedAt;
    measuredAt = startedAt;
    everyMs = Math.max(MEASURE_EVERY_MS, tookMs * MEASURE_SHARE);
    measuring = undefined;
  };

  return {
    async admit(bytes) {
      const isFirst = measuredAt === -Infinity;
      // A clock that was set back must not keep a full spool full.
      if (Math.abs(clock.now().getTime() - measuredAt) >= everyMs) measuring ??= measure();
      if (isFirst) await measuring;
      if (stored + bytes > maxBytes) {
        throw new UnavailableError(
          `storing pushed records: the spool holds ${stored} bytes, and may hold ${maxBytes}. See why it is not delivered, or raise SPOOL_MAX_GB.`,
          { retryAfterMs: FULL_RETRY_MS },
        );
      }
      if (waiting > 0 && waiting + bytes > MAX_WAITING_BYTES) {
        throw new UnavailableError(
          'storing pushed records: too much is being stored at once. The caller is asked to retry.',
          { retryAfterMs: WAITING_RETRY_MS },
        );
      }
      waiting += bytes;
    },
    release(bytes) {
      waiting -= bytes;
    },
    add(bytes) {
      stored += bytes;
    },
  };
}
