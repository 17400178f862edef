/** Characters of work between two pauses: some milliseconds. */
const PIECE_CHARACTERS = 64 * 1024;
/** The minimum that each record counts. */
const RECORD_CHARACTERS = 100;

/** Meters work. @returns a function that adds the characters made of a record, and returns true when a pause is due */
export function pauseMeter(): (characters: number) => boolean {
  let made = 0;
  return (characters) => {
    made += RECORD_CHARACTERS + characters;
    if (made < PIECE_CHARACTERS) return false;
    made = 0;
    return true;
  };
}

/** Bytes that are copied between two pauses: where the memory is new, the system first has to provide each page of it. */
const COPY_BYTES = 1024 * 1024;

/** Joins pieces as `Buffer.concat` does, and pauses. */
export function* joinBytes(pieces: readonly Uint8Array[]): Generator<undefined, Buffer, undefined> {
  const joined = Buffer.allocUnsafe(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let [at, pauseAt] = [0, COPY_BYTES];
  for (const piece of pieces) {
    for (let from = 0; from < piece.length; from += COPY_BYTES) {
      const part = piece.subarray(from, from + COPY_BYTES);
      joined.set(part, at);
      at += part.length;
      if (at < pauseAt) continue;
      pauseAt = at + COPY_BYTES;
      yield;
    }
  }
  return joined;
}

/** Runs work to its end. Yields to the event loop at each of its pauses. */
export async function runCooperatively<T>(work: Iterator<undefined, T, undefined>): Promise<T> {
  for (let step = work.next(); ; step = work.next()) {
    if (step.done === true) return step.value;
    await yieldToEventLoop();
  }
}

/** Runs work to its end without pauses. For short work. */
export function runToEnd<T>(work: Iterator<undefined, T, undefined>): T {
  for (let step = work.next(); ; step = work.next()) if (step.done === true) return step.value;
}

/** Lets other work of the process run. */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The items of work, without its pauses. For short work. */
export function* withoutPauses<T>(items: Iterable<T | undefined>): Generator<T, void, undefined> {
  for (const item of items) if (item !== undefined) yield item;
}
