import { CODES, JOINTS, type Encoding } from './encodings';

/** Enough for an address within HTML within JSON. A text that is encoded in more layers is not an echo of a request. */
const MAX_LAYERS = 4;

/** A decoded text, with the start and end of each character in the original. Without `starts` and `ends` it is the original. */
export interface DecodedText {
  readonly text: string;
  readonly starts?: readonly number[];
  readonly ends?: readonly number[];
}

/** The copy with every match decoded; `undefined` if nothing changed. */
function decodeWith(
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
function decodeWithEach(copy: DecodedText, spellings: readonly Encoding[]): DecodedText | undefined {
  return spellings.reduce<DecodedText | undefined>(
    (made, spelling) => decodeWith(made ?? copy, spelling) ?? made,
    undefined,
  );
}

/** Decodes all codes to their characters, also codes of codes, up to four layers. `undefined` if there are none. */
function withoutCodes(copy: DecodedText): DecodedText | undefined {
  let plain = decodeWithEach(copy, CODES);
  for (let layer = 1; layer < MAX_LAYERS && plain !== undefined; layer++) {
    const further = decodeWithEach(plain, CODES);
    if (further === undefined) break;
    plain = further;
  }
  return plain;
}

/** A text, and its decoded copies. */
export interface DecodedCopies {
  /** The text itself, and the text with its codes decoded. */
  readonly exact: readonly DecodedText[];
  /**
   * Decoded to plain letters, without line breaks and the blanks after them, characters without width, control characters,
   * backslashes, and separators between hexadecimal bytes. May contain words that the text does not.
   */
  readonly joined?: DecodedText;
}

/** The text itself, and its decoded copies that differ from it. */
export function decodedCopies(text: string): DecodedCopies {
  const plain = withoutCodes({ text });
  const joined = decodeWithEach(plain ?? { text }, JOINTS);
  return {
    exact: [{ text }, ...(plain ? [plain] : [])],
    // Joining can complete a code that a line break had split.
    ...(joined && { joined: withoutCodes(joined) ?? joined }),
  };
}
