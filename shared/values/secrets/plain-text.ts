/** A character that is written as a code: of an address, of JSON or JavaScript, of HTML by number or by name. */
const CODE =
  /%(?:([2-7][\da-f])|u([\da-f]{4}))|(?<!\\)\\+(?:u([\da-f]{4})|x([2-7][\da-f]))|&(?:#(?:x0*([\da-f]{2,4})|0*(\d{2,5}))|([a-z]{2,6}));/gi;

/** The marks of ASCII that HTML has a name for. @see https://html.spec.whatwg.org/multipage/named-characters.html */
const NAMED: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '!': 'excl',
    '"': 'quot QUOT',
    '#': 'num',
    $: 'dollar',
    '%': 'percnt',
    '&': 'amp AMP',
    "'": 'apos',
    '(': 'lpar',
    ')': 'rpar',
    '*': 'ast midast',
    '+': 'plus',
    ',': 'comma',
    '.': 'period',
    '/': 'sol',
    ':': 'colon',
    ';': 'semi',
    '<': 'lt LT',
    '=': 'equals',
    '>': 'gt GT',
    '?': 'quest',
    '@': 'commat',
    '[': 'lsqb lbrack',
    '\\': 'bsol',
    ']': 'rsqb rbrack',
    '^': 'Hat',
    _: 'lowbar',
    '`': 'grave',
    '{': 'lcub lbrace',
    '|': 'verbar vert',
    '}': 'rcub rbrace',
  }).flatMap(([character, names]) => names.split(' ').map((name) => [name, character])),
);

/** An address within HTML within JSON: what is encoded more often is no echo. */
const MAX_LAYERS = 4;

/** A text without codes, and where each of its characters stands in the text that it was made of. */
export interface PlainText {
  readonly text: string;
  /** Where each character begins, and behind the last one the length of the text. */
  readonly starts: readonly number[];
}

/**
 * The text with its codes as the characters that they stand for, codes of codes too, up to four layers; `undefined` where
 * it holds none.
 */
export function plainText(text: string): PlainText | undefined {
  let plain = decoded(text);
  for (let layer = 1; layer < MAX_LAYERS && plain !== undefined; layer++) {
    const { starts } = plain;
    const further = decoded(plain.text);
    if (further === undefined) break;
    plain = { text: further.text, starts: further.starts.map((at) => starts[at] ?? text.length) };
  }
  return plain;
}

/** Takes one layer of codes off. */
function decoded(text: string): PlainText | undefined {
  const parts: string[] = [];
  const starts: number[] = [];
  let done = 0;
  for (const match of text.matchAll(CODE)) {
    const character = characterOf(match);
    if (character === undefined || character < ' ') continue;
    for (let at = done; at < match.index; at++) starts.push(at);
    parts.push(text.slice(done, match.index), character);
    starts.push(match.index);
    done = match.index + match[0].length;
  }
  if (done === 0) return undefined;
  for (let at = done; at <= text.length; at++) starts.push(at);
  return { text: parts.join('') + text.slice(done), starts };
}

function characterOf([, ...groups]: RegExpMatchArray): string | undefined {
  const name = groups.pop();
  if (name !== undefined) return NAMED.get(name);
  const decimal = groups.pop();
  const hex = groups.find((digits) => digits !== undefined) ?? '';
  return String.fromCharCode(decimal === undefined ? parseInt(hex, 16) : Number(decimal));
}
