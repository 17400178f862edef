/** A decoded text, with the start and end of each character in the original. Without `starts` and `ends` it is the original. */
export interface DecodedText {
  readonly text: string;
  readonly starts?: readonly number[];
  readonly ends?: readonly number[];
}

/** An encoding of characters: a pattern that finds it, and how to decode a match; `undefined` if the match is not valid. */
export interface Encoding {
  readonly pattern: RegExp;
  read(match: RegExpExecArray): string | undefined;
}

/** The copy with every match decoded; `undefined` if nothing changed. */
export function decodeWith(
  { ends, starts, text }: DecodedText,
  { pattern, read }: Encoding,
): DecodedText | undefined {
  const parts: string[] = [];
  const made: { readonly starts: number[]; readonly ends: number[] } = { starts: [], ends: [] };
  let done = 0;
  const add = (part: string, from: number, to?: number): void => {
    parts.push(part);
    for (let at = 0; at < part.length; at++) {
      const [first, last] = to === undefined ? [from + at, from + at] : [from, to - 1];
      made.starts.push(starts?.[first] ?? first);
      made.ends.push(ends?.[last] ?? last + 1);
    }
  };
  for (const match of text.matchAll(pattern)) {
    const said = read(match);
    if (said === undefined || said === match[0]) continue;
    add(text.slice(done, match.index), done);
    done = match.index + match[0].length;
    add(said, match.index, done);
  }
  if (done === 0) return undefined;
  add(text.slice(done), done);
  return { text: parts.join(''), ...made };
}

/** The copy, decoded with each encoding in turn; `undefined` if none changes it. */
export function decodeWithEach(copy: DecodedText, spellings: readonly Encoding[]): DecodedText | undefined {
  return spellings.reduce<DecodedText | undefined>(
    (made, spelling) => decodeWith(made ?? copy, spelling) ?? made,
    undefined,
  );
}
