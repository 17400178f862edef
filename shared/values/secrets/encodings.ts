/** An encoding of characters: a pattern that finds it, and how to decode a match; `undefined` if the match is not valid. */
export interface Encoding {
  readonly pattern: RegExp;
  read(match: RegExpExecArray): string | undefined;
}

/** The ASCII punctuation that HTML has names for. @see https://html.spec.whatwg.org/multipage/named-characters.html */
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

/** Percent-encoding in an address. An address within another is encoded twice: `%25`. */
const percent: Encoding = {
  pattern: /%(?:25)*(?:([0-7][\da-f])|u([\da-f]{4}))/gi,
  read: ([, byte, unit = '']) => fromHex(byte ?? unit),
};

/** A percent-encoded character beyond ASCII: its UTF-8 bytes. */
const percentBytes: Encoding = {
  pattern:
    /%[cd][\da-f]%[89ab][\da-f]|%e[\da-f]%[89ab][\da-f]%[89ab][\da-f]|%f[0-4]%[89ab][\da-f]%[89ab][\da-f]%[89ab][\da-f]/gi,
  read: ([bytes]) => fromBytes(bytes),
};

/**
 * Escapes of JSON, JavaScript, C and Python. JSON within JSON has the same escapes with more backslashes. Several backslashes
 * without an escape after them decode to one.
 */
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

/**
 * HTML character references by number or by name, also within HTML (`&amp;`). Like browsers, accepts numbers and the names
 * amp, lt, gt and quot without a semicolon.
 */
const entity: Encoding = {
  pattern: /&(?:amp;)*(?:#x([\da-f]{1,12});?|#(\d{1,12});?|([a-z]{2,7});|(amp|lt|gt|quot))/gi,
  read: ([, hex, decimal, name, bare = '']) => {
    if (name !== undefined) return NAMED.get(name);
    if (hex !== undefined) return characterOf(parseInt(hex, 16));
    return decimal === undefined ? NAMED.get(bare) : characterOf(Number(decimal));
  },
};

/** Codes: encodings that can hardly be mistaken for plain text. */
export const CODES: readonly Encoding[] = [percent, percentBytes, backslash, entity];

/** Hexadecimal bytes with separators: `5a 71`, `5a:71`, `0x5a, 0x71`. */
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

/** A soft line break of quoted-printable. */
const softBreak: Encoding = { pattern: /=(?:\r?\n|(?:\\+r)?\\+n)/g, read: () => '' };

/** The other escapes: octal digits, and the letter escapes of C and JavaScript. */
const otherBackslash: Encoding = {
  pattern: /(?<!\\)\\+(?:([0-3][0-7]{2}|[0-7]{1,2})|([nr])|(t)|[bfv])?/g,
  read: ([, octal, end, tab]) => {
    if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8));
    return end === undefined ? ((tab && '\t') ?? '') : '\n';
  },
};

/** A line break, with the blanks at the start of the next line. */
const lineBreak: Encoding = { pattern: /[\r\n\u2028\u2029][\t ]*/g, read: () => '' };

/** Characters without width, and control characters. */
const nothing: Encoding = {
  pattern: /(?![\t\r\n])[\p{Cc}\p{Default_Ignorable_Code_Point}]/gu,
  read: () => '',
};

/** Full-width letters and other variants of ASCII letters; and accented letters, which become a letter and an accent. */
const otherLetter: Encoding = {
  pattern: /[^\0-\x7f]/gu,
  read: ([letter]) => letter.normalize('NFKD'),
};

/** Encodings that split a word or spell it differently, but may also be plain text. */
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
