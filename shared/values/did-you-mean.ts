/** The most suggestions that only share a beginning. */
const MAX_BEGUN = 4;

/**
 * The hint after a sentence about an unknown name: ` Did you mean acme? Known: acme, edr.`
 * @param known all names
 * @param title the text before them
 */
export function unknownNameHint(word: string, known: readonly string[], title = 'Known'): string {
  return `${didYouMean(word, known)} ${title}: ${known.join(', ') || 'none'}.`;
}

/**
 * ` Did you mean acme?` if known words are similar to the typed one or begin with it; otherwise empty. Ignores case.
 * @param known all candidates
 */
export function didYouMean(word: string, known: readonly string[]): string {
  const meant = nearest(word.toLowerCase(), known);
  if (meant.length === 0) return '';
  return ` Did you mean ${meant.length > 1 ? 'one of ' : ''}${meant.join(', ')}?`;
}

/** @param typed in lower case */
function nearest(typed: string, known: readonly string[]): readonly string[] {
  const limit = typed.length < 4 ? 1 : typed.length < 9 ? 2 : 3;
  const near = known
    .map((name) => ({ name, edits: editsBetween(typed, name.toLowerCase()) }))
    .filter(({ edits }) => edits <= limit)
    .sort((a, b) => a.edits - b.edits);
  if (near.length > 0) return near.filter(({ edits }) => edits === near[0]?.edits).map(({ name }) => name);
  const begun = known.filter((name) => typed.length > 2 && name.toLowerCase().startsWith(typed));
  return begun.slice(0, MAX_BEGUN);
}

/** The edit distance: insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). */
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
