/** A character that is written as a code: of an address, of JSON or JavaScript, of HTML; encoded again, too. */
const CODE =
  /%(?:25)*([2-7][\da-f])|(?<!\\)\\+(?:u([\da-f]{4})|x([2-7][\da-f]))|&(?:amp;)*#(?:x0*([\da-f]{2,4})|0*(\d{2,5}));/gi;

/** A text without codes, and where each of its characters stands in the text that it was made of. */
export interface PlainText {
  readonly text: string;
  /** Where each character begins, and behind the last one the length of the text. */
  readonly starts: readonly number[];
}

/** The text with its codes as the characters that they stand for; `undefined` where it holds none. */
export function plainText(text: string): PlainText | undefined {
  const parts: string[] = [];
  const starts: number[] = [];
  let done = 0;
  for (const match of text.matchAll(CODE)) {
    const [code, ...digits] = match;
    const decimal = digits.pop();
    const hex = digits.find((one) => one !== undefined) ?? '';
    const character = String.fromCharCode(decimal === undefined ? parseInt(hex, 16) : Number(decimal));
    if (character < ' ') continue;
    for (let at = done; at < match.index; at++) starts.push(at);
    parts.push(text.slice(done, match.index), character);
    starts.push(match.index);
    done = match.index + code.length;
  }
  if (done === 0) return undefined;
  for (let at = done; at <= text.length; at++) starts.push(at);
  return { text: parts.join('') + text.slice(done), starts };
}
