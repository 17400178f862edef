import type { PushBody } from '../contract/push';
import type { Clock } from '../contract/run';
import { joinBytes, runCooperatively } from '../values/cooperative';

/** Why a body was not read to its end. */
export type Unread = 'too-large' | 'no-room' | 'too-slow' | 'cut-off';

/** Raises the reserved memory to this many bytes in all. False when there is no room: the caller must retry. */
export type ReserveRoom = (bytes: number) => boolean;

/** Bounds the memory of all request bodies together, from the first byte until the answer. */
export interface InFlight {
  /**
   * Reads a whole body and passes it to `use`. Its bytes, and what `use` reserves in addition, count until `use` has ended.
   * @param reservedBytes reserved before anything is read. 0 for an unverified caller, who could otherwise reserve memory
   *   by an announcement alone
   */
  read<T>(
    body: PushBody,
    reservedBytes: number,
    use: (bytes: Uint8Array, reserve: ReserveRoom) => Promise<T>,
  ): Promise<T | Unread>;
}

/** The bounds of one pool. */
export interface InFlightBounds {
  readonly maxBytes: number;
  readonly maxBodyBytes: number;
  /** The least that a request counts, because a connection and its headers cost memory too. */
  readonly minPostBytes: number;
  /** A slower caller is dropped. */
  readonly withinMs: number;
  /** When memory is short, callers that take longer than this are dropped, the slowest first. @default Infinity */
  readonly withinMsWhenFull?: number;
  readonly clock: Clock;
}

/** A body that is being read. */
interface Reading {
  readonly sinceMs: number;
  readonly giveUp: () => void;
}

/** A body of up to `maxBodyBytes` always fits while no other is in memory. */
export function createInFlight({
  clock,
  maxBodyBytes,
  maxBytes,
  minPostBytes,
  withinMs,
  withinMsWhenFull = Infinity,
}: InFlightBounds): InFlight {
  let inFlight = 0;
  /** The longest first. */
  const readings = new Set<Reading>();
  const makeRoom = (bytes: number, own: Reading): void => {
    const nowMs = clock.now().getTime();
    for (const reading of readings) {
      if (inFlight + bytes <= maxBytes || nowMs - reading.sinceMs < withinMsWhenFull) return;
      if (reading !== own) reading.giveUp();
    }
  };
  return {
    async read(body, reservedBytes, use) {
      let reserved = 0;
      let hasGivenWay = false;
      const stop = new AbortController();
      const release = (): void => {
        readings.delete(reading);
        inFlight -= reserved;
        reserved = 0;
      };
      const reading: Reading = {
        sinceMs: clock.now().getTime(),
        giveUp() {
          hasGivenWay = true;
          release();
          stop.abort();
        },
      };
      const reserve = (bytes: number): boolean => {
        const more = Math.max(0, bytes - reserved);
        if (hasGivenWay) return false;
        if (inFlight > reserved && inFlight + more > maxBytes) makeRoom(more, reading);
        if (inFlight > reserved && inFlight + more > maxBytes) return false;
        reserved += more;
        inFlight += more;
        return true;
      };
      const admit = (bytes: number): Unread | undefined =>
        bytes > maxBodyBytes ? 'too-large' : reserve(Math.max(bytes, minPostBytes)) ? undefined : 'no-room';
      try {
        const refused = admit(reservedBytes);
        if (refused !== undefined) return refused;
        readings.add(reading);
        const bytes = await readWhole(body, admit, () => clock.sleep(withinMs, stop.signal));
        readings.delete(reading);
        stop.abort();
        if (hasGivenWay) return 'too-slow';
        return typeof bytes === 'string' ? bytes : await use(bytes, reserve);
      } finally {
        release();
        stop.abort();
      }
    },
  };
}

/**
 * Collects the pieces of a body, as long as they are admitted and until `tooLate` settles. A body that is given up is
 * left as it is: to cancel it would cut the connection before its sender has the answer.
 */
async function readWhole(
  body: PushBody,
  admit: (bytes: number) => Unread | undefined,
  tooLate: () => Promise<void>,
): Promise<Uint8Array | Unread> {
  if (body instanceof Uint8Array) return admit(body.length) ?? body;
  const late = tooLate().then(
    () => 'too-slow' as const,
    () => 'too-slow' as const,
  );
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  try {
    for (const iterator = body[Symbol.asyncIterator](); ;) {
      const next = iterator.next();
      // It may fail after it was given up.
      next.catch(() => undefined);
      const step = await Promise.race([next, late]);
      if (step === 'too-slow') return step;
      if (step.done === true) return await runCooperatively(joinBytes(pieces));
      bytes += step.value.length;
      const refused = admit(bytes);
      if (refused !== undefined) return refused;
      pieces.push(step.value);
    }
  } catch {
    return 'cut-off';
  }
}
