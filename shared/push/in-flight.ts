import type { PushBody } from '../contract/push';
import type { Clock } from '../contract/run';

/** Why a body was not read to its end. */
export type Unread = 'too-large' | 'no-room' | 'too-slow' | 'cut-off';

/** Bounds what bodies of posts take up in memory, all together, from their first byte until they are answered. */
export interface InFlight {
  /**
   * Reads a body whole and gives it to `use`. Its bytes count until that has ended.
   * @param reservedBytes taken at once, before anything is read: 0 for a sender who is not known yet, who could hold
   *   room by an announcement alone
   */
  read<T>(body: PushBody, reservedBytes: number, use: (bytes: Uint8Array) => Promise<T>): Promise<T | Unread>;
}

/** What one way in may hold. */
export interface InFlightBounds {
  readonly maxBytes: number;
  readonly maxBodyBytes: number;
  /** Whoever sends for longer is not waited for. */
  readonly withinMs: number;
  readonly clock: Clock;
}

/** A body finds room as long as no other one is in memory, whatever its size up to `maxBodyBytes`. */
export function createInFlight({ clock, maxBodyBytes, maxBytes, withinMs }: InFlightBounds): InFlight {
  let inFlight = 0;
  return {
    async read(body, reservedBytes, use) {
      let held = 0;
      const hold = (bytes: number): boolean => {
        const more = Math.max(0, bytes - held);
        if (inFlight > held && inFlight + more > maxBytes) return false;
        held += more;
        inFlight += more;
        return true;
      };
      const admit = (bytes: number): Unread | undefined =>
        bytes > maxBodyBytes ? 'too-large' : hold(bytes) ? undefined : 'no-room';
      try {
        const bytes =
          admit(reservedBytes) ?? (await readWhole(body, admit, (stop) => clock.sleep(withinMs, stop)));
        return typeof bytes === 'string' ? bytes : await use(bytes);
      } finally {
        inFlight -= held;
      }
    },
  };
}

/**
 * Collects the pieces of a body, as long as they are admitted. A body that is given up is left as it is: to cancel it
 * would cut the connection before its sender has the answer.
 */
async function readWhole(
  body: PushBody,
  admit: (bytes: number) => Unread | undefined,
  waitForEnd: (stop: AbortSignal) => Promise<void>,
): Promise<Uint8Array | Unread> {
  if (body instanceof Uint8Array) return admit(body.length) ?? body;
  const stop = new AbortController();
  const late = waitForEnd(stop.signal).then(
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
  } finally {
    stop.abort();
  }
}
