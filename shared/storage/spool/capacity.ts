import type { ContainerClient } from '@azure/storage-blob';
import { UnavailableError } from '../../contract/errors';
import type { Clock } from '../../contract/run';

/** What of pushed bodies may wait in memory for their blob; past it a caller is asked to come back. */
const MAX_WAITING_BYTES = 96 * 1024 * 1024;
const WAITING_RETRY_MS = 2_000;
/** How old a measurement of the spool may be; one that takes long is made more seldom. */
const MEASURE_EVERY_MS = 60_000;
const MEASURE_SHARE = 10;
/** When a caller may ask again whether a full spool has room. */
const FULL_RETRY_MS = 60_000;

/** Keeps a spool within its bounds: what waits in this process, and what lies in storage. */
export interface SpoolCapacity {
  /** Takes a body in, which waits from now on. @throws UnavailableError where there is no room: it is not taken */
  admit(bytes: number): Promise<void>;
  /** The body waits no more. */
  release(bytes: number): void;
  /** So much was stored. */
  add(bytes: number): void;
}

/** The spool is measured now and then, and counted between: its bound is kept to about a minute's pushes. */
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
      // Storage that cannot be listed does not store either: the body's own write says so.
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
          `storing what was pushed: the spool holds ${stored} bytes, and may hold ${maxBytes}. See why it is not delivered, or raise SPOOL_MAX_GB.`,
          { retryAfterMs: FULL_RETRY_MS },
        );
      }
      if (waiting > 0 && waiting + bytes > MAX_WAITING_BYTES) {
        throw new UnavailableError(
          'storing what was pushed: too much is being stored at once. The caller is asked to come back.',
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
