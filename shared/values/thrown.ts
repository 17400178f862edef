/** What a thrown value says of itself. Anything can be thrown: what says nothing is told by its type. Never throws. */
export function thrownText(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return typeof thrown;
  }
}
