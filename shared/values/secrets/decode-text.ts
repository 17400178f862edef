import { decodeWithEach, type DecodedText } from './decoded-text';
import { CODES, JOINTS } from './encodings';

/** An address within HTML within JSON: what is encoded in more ways at once is no echo. */
const MAX_LAYERS = 4;

/** Without its codes: they are the characters that they stand for, codes of codes too, up to four layers. */
function withoutCodes(copy: DecodedText): DecodedText | undefined {
  let plain = decodeWithEach(copy, CODES);
  for (let layer = 1; layer < MAX_LAYERS && plain !== undefined; layer++) {
    const further = decodeWithEach(plain, CODES);
    if (further === undefined) break;
    plain = further;
  }
  return plain;
}

/** A text, and what it says where it is read as something else. */
export interface DecodedCopies {
  /** As it is, and without codes. */
  readonly exact: readonly DecodedText[];
  /**
   * In plain letters without codes, line breaks and the blanks behind them, without what has no width, control characters,
   * backslashes, and what stands between bytes in hexadecimal digits: words stand in it that are none.
   */
  readonly joined?: DecodedText;
}

/** The copies of a text that say something else than it does, and the text itself. */
export function decodedCopies(text: string): DecodedCopies {
  const plain = withoutCodes({ text });
  const joined = decodeWithEach(plain ?? { text }, JOINTS);
  return {
    exact: [{ text }, ...(plain ? [plain] : [])],
    // A code that was broken is one again.
    ...(joined && { joined: withoutCodes(joined) ?? joined }),
  };
}
