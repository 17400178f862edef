/** Characters that are read or written between two pauses: some milliseconds of work. */
const PIECE_CHARACTERS = 64 * 1024;
/** What any record counts as, also one that nothing is made of. */
const RECORD_CHARACTERS = 100;

/** @returns a function that is told how long what was made of each record is, and says when it is time for a pause */
export function pauseMeter(): (characters: number) => boolean {
  let made = 0;
  return (characters) => {
    made += RECORD_CHARACTERS + characters;
    if (made < PIECE_CHARACTERS) return false;
    made = 0;
    return true;
  };
}

/** Does work that pauses, and lets everything else go on wherever it does. */
export async function runCooperatively<T>(work: Iterator<undefined, T, undefined>): Promise<T> {
  for (let step = work.next(); ; step = work.next()) {
    if (step.done === true) return step.value;
    await yieldToEventLoop();
  }
}

/** Does work that pauses without a pause: for what is short. */
export function runToEnd<T>(work: Iterator<undefined, T, undefined>): T {
  for (let step = work.next(); ; step = work.next()) if (step.done === true) return step.value;
}

/** Lets everything else go on. */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The items of work that pauses between them, without a pause: for what is short. */
export function* withoutPauses<T>(items: Iterable<T | undefined>): Generator<T, void, undefined> {
  for (const item of items) if (item !== undefined) yield item;
}
