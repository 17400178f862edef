import type { PushBody } from '../contract/push';
import type { Clock } from '../contract/run';

/** Why a body was not read to its end. */
export type Unread = 'too-large' | 'no-room' | 'too-slow' | 'cut-off';

/** Reserves more room than the body itself, this much in all. False when there is no room: the sender must retry. */
export type ReserveRoom = (bytes: number) => boolean;

/** Bounds what bodies of posts take up in memory, all together, from their first byte until they are answered. */
export interface InFlight {
  /**
   * Reads a body whole and gives it to `use`. Its bytes count until that has ended, and whatever `use` holds besides.
   * @param reservedBytes taken at once, before anything is read: 0 for a sender who is not known yet, who could hold
   *   room by an announcement alone
   */
  read<T>(
    body: PushBody,
    reservedBytes: number,
    use: (bytes: Uint8Array, hold: ReserveRoom) => Promise<T>,
  ): Promise<T | Unread>;
}

/** What one pool may hold. */
export interface InFlightBounds {
  readonly maxBytes: number;
  readonly maxBodyBytes: number;
  /** What every post counts for at least, however little it sends: a connection and its headers cost memory too. */
  readonly minPostBytes: number;
  /** A slower sender is given up. */
  readonly withinMs: number;
  /** When room is short, a sender that takes longer than this gives way to the next, the slowest first. Default: none does. */
  readonly withinMsWhenFull?: number;
  readonly clock: Clock;
}

/** A body that is still read. */
interface Reading {
  readonly sinceMs: number;
  readonly giveUp: () => void;
}

/** A body finds room as long as no other one is in memory, whatever its size up to `maxBodyBytes`. */
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
      let held = 0;
      let hasGivenWay = false;
      const stop = new AbortController();
      const release = (): void => {
        readings.delete(reading);
        inFlight -= held;
        held = 0;
      };
      const reading: Reading = {
        sinceMs: clock.now().getTime(),
        giveUp() {
          hasGivenWay = true;
          release();
          stop.abort();
        },
      };
      const hold = (bytes: number): boolean => {
        const more = Math.max(0, bytes - held);
        if (hasGivenWay) return false;
        if (inFlight > held && inFlight + more > maxBytes) makeRoom(more, reading);
        if (inFlight > held && inFlight + more > maxBytes) return false;
        held += more;
        inFlight += more;
        return true;
      };
      const admit = (bytes: number): Unread | undefined =>
        bytes > maxBodyBytes ? 'too-large' : hold(Math.max(bytes, minPostBytes)) ? undefined : 'no-room';
      try {
        const refused = admit(reservedBytes);
        if (refused !== undefined) return refused;
        readings.add(reading);
        const bytes = await readWhole(body, admit, () => clock.sleep(withinMs, stop.signal));
        readings.delete(reading);
        stop.abort();
        if (hasGivenWay) return 'too-slow';
        return typeof bytes === 'string' ? bytes : await use(bytes, hold);
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
      if (step.done === true) return Buffer.concat(pieces);
      bytes += step.value.length;
      const refused = admit(bytes);
      if (refused !== undefined) return refused;
      pieces.push(step.value);
    }
  } catch {
    return 'cut-off';
  }
}
