/** Does work that pauses, and lets everything else go on wherever it does. */
export async function inPieces<T>(work: Iterator<undefined, T, undefined>): Promise<T> {
  for (let step = work.next(); ; step = work.next()) {
    if (step.done === true) return step.value;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Does work that pauses without a pause: for what is short. */
export function inOneGo<T>(work: Iterator<undefined, T, undefined>): T {
  for (let step = work.next(); ; step = work.next()) if (step.done === true) return step.value;
}
