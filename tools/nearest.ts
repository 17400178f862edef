/**
 * ` Did you mean okta?` where a known word is near the one that was typed; else nothing. Case does not count.
 * @param known what could have been meant
 */
export function didYouMean(word: string, known: readonly string[]): string {
  const typed = word.toLowerCase();
  const limit = typed.length < 4 ? 1 : typed.length < 9 ? 2 : 3;
  const [best] = known
    .map((name) => ({ name, edits: editsBetween(typed, name.toLowerCase()) }))
    .filter(({ edits }) => edits <= limit)
    .sort((a, b) => a.edits - b.edits);
  return best === undefined ? '' : ` Did you mean ${best.name}?`;
}

/** How many letters must be added, dropped, changed or swapped with their neighbour (optimal string alignment). */
function editsBetween(a: string, b: string): number {
  let [before, row] = [[] as number[], Array.from({ length: b.length + 1 }, (_, column) => column)];
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      next[j] = Math.min(
        (row[j] ?? 0) + 1,
        (next[j - 1] ?? 0) + 1,
        (row[j - 1] ?? 0) + (isSame ? 0 : 1),
        isSwapped ? (before[j - 2] ?? 0) + 1 : Infinity,
      );
    }
    [before, row] = [row, next];
  }
  return row[b.length] ?? 0;
}
