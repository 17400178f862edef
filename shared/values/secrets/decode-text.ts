import { decodeWithEach, type DecodedText } from './decoded-text';
import { CODES, JOINTS } from './encodings';

/** Enough for an address within HTML within JSON. A text that is encoded in more layers is not an echo of a request. */
const MAX_LAYERS = 4;

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
