import type { Encoding } from './decoded-text';

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

const fromHex = (digits: string): string => String.fromCharCode(parseInt(digits, 16));

/** Of an address; one within another is encoded again. */
const percent: Encoding = {
  pattern: /%(?:25)*(?:([0-7][\da-f])|u([\da-f]{4}))/gi,
  read: ([, byte, unit = '']) => fromHex(byte ?? unit),
};

/** A character beyond ASCII in an address: its bytes in UTF-8. */
const percentBytes: Encoding = {
  pattern:
    /%[cd][\da-f]%[89ab][\da-f]|%e[\da-f]%[89ab][\da-f]%[89ab][\da-f]|%f[0-4]%[89ab][\da-f]%[89ab][\da-f]%[89ab][\da-f]/gi,
  read: ([bytes]) => fromBytes(bytes),
};

/** Of JSON, JavaScript, C and Python. In JSON within JSON there are only more backslashes; before no code they are one. */
const backslash: Encoding = {
  pattern:
    /(?<!\\)\\+(?:u([\da-fA-F]{4})|x([\da-fA-F]{2})|U([\da-fA-F]{8})|u\{([\da-fA-F]{1,8})\}|(["'/])|(?<=\\\\)(?!\\))/g,
  read: ([, unit, byte, long, braced, mark]) => {
    if (mark !== undefined) return mark;
    if (unit !== undefined) return fromHex(unit);
    const code = byte ?? long ?? braced;
    return code === undefined ? '\\' : characterOf(parseInt(code, 16));
  },
};

/** Of HTML, by number or by name, in HTML too. Browsers read a number without its semicolon, and these names. */
const entity: Encoding = {
  pattern: /&(?:amp;)*(?:#x([\da-f]{1,12});?|#(\d{1,12});?|([a-z]{2,7});|(amp|lt|gt|quot))/gi,
  read: ([, hex, decimal, name, bare = '']) => {
    if (name !== undefined) return NAMED.get(name);
    if (hex !== undefined) return characterOf(parseInt(hex, 16));
    return decimal === undefined ? NAMED.get(bare) : characterOf(Number(decimal));
  },
};

/** Codes: what is written so can hardly be read as anything else. */
export const CODES: readonly Encoding[] = [percent, percentBytes, backslash, entity];

/** Bytes in hexadecimal digits, apart from each other: `5a 71`, `5a:71`, `0x5a, 0x71`. */
const bytesApart: Encoding = {
  pattern:
    /(?<![\da-z])(?:0x)?(?:[\da-f]{2}){1,4}(?![\da-z])(?:[\s:,;-]{1,3}(?:0x)?(?:[\da-f]{2}){1,4}(?![\da-z])){3,}/gi,
  read: ([bytes]) => bytes.replace(/0x|[\s:,;-]/gi, ''),
};

/** Quoted-printable. @see https://www.rfc-editor.org/rfc/rfc2045#section-6.7 */
const quotedPrintable: Encoding = {
  pattern:
    /=(?:[0-7][\dA-F]|[CD][\dA-F]=[89AB][\dA-F]|E[\dA-F]=[89AB][\dA-F]=[89AB][\dA-F]|F[0-4]=[89AB][\dA-F]=[89AB][\dA-F]=[89AB][\dA-F])/g,
  read: ([bytes]) => fromBytes(bytes),
};

/** What quoted-printable ends a line with that goes on. */
const softBreak: Encoding = { pattern: /=(?:\r?\n|(?:\\+r)?\\+n)/g, read: () => '' };

/** What else stands behind backslashes: octal digits, and what C and JavaScript have letters for. */
const otherBackslash: Encoding = {
  pattern: /(?<!\\)\\+(?:([0-3][0-7]{2}|[0-7]{1,2})|([nr])|(t)|[bfv])?/g,
  read: ([, octal, end, tab]) => {
    if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8));
    return end === undefined ? ((tab && '\t') ?? '') : '\n';
  },
};

/** The end of a line with the blanks before the next one. */
const lineBreak: Encoding = { pattern: /[\r\n\u2028\u2029][\t ]*/g, read: () => '' };

/** What has no width, and control characters. */
const nothing: Encoding = {
  pattern: /(?![\t\r\n])[\p{Cc}\p{Default_Ignorable_Code_Point}]/gu,
  read: () => '',
};

/** Full-width and other letters that stand for one of ASCII, and accents in one character with their letter. */
const otherLetter: Encoding = {
  pattern: /[^\0-\x7f]/gu,
  read: ([letter]) => letter.normalize('NFKD'),
};

/** What breaks a word or spells it in another way, but may well be text. */
export const JOINTS: readonly Encoding[] = [
  ...[softBreak, quotedPrintable, nothing, otherLetter, otherBackslash, lineBreak, bytesApart],
];

function fromBytes(bytes: string): string | undefined {
  try {
    return decodeURIComponent(bytes.replaceAll('=', '%'));
  } catch {
    return undefined;
  }
}

function characterOf(code: number): string | undefined {
  return code > 0x10ffff ? undefined : String.fromCodePoint(code);
}
