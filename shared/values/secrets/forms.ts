/** A shorter value would mask half of every sentence. */
const SHORTEST = 4;
/** From this length on a value is masked in the middle of a word too. */
export const SHORTEST_PART = 6;
/** Fewer characters of Base64 stand in any text by chance. */
const SHORTEST_BASE64 = 8;
/** A line of a key in several lines is masked alone, where it is long enough to be a part of the key. */
const SHORTEST_LINE = 16;

/** Text of one form, or a pattern for every form that a text is written in. */
export type Pattern = string | RegExp;

/** A value, and each line of a key in several lines. */
export function partsOf(value: string): readonly string[] {
  if (value.trim().length < SHORTEST) return [];
  const lines = value.split(/\r?\n/).filter((line) => line !== value && line.trim().length >= SHORTEST_LINE);
  return [value, ...lines];
}

export function patternsOf(part: string): readonly Pattern[] {
  return [asText(part), ...base64Forms(part).map(asText), ...hexForms(part)];
}

/** Its bytes in hexadecimal digits, of either case. A short one stands in any number by chance. */
function hexForms(part: string): readonly RegExp[] {
  return part.length < SHORTEST_PART ? [] : [new RegExp(Buffer.from(part, 'utf8').toString('hex'), 'gi')];
}

function asText(value: string): Pattern {
  if (value.length < SHORTEST_PART)
    return new RegExp(`(?<![A-Za-z0-9])${formsOf(value)}(?![A-Za-z0-9])`, 'g');
  return /^[\w.-]+$/.test(value) ? value : new RegExp(formsOf(value), 'g');
}

/** A pattern for a text as it is, and in addresses, forms, HTML and JSON, JSON within JSON too. */
function formsOf(text: string): string {
  return Array.from(text.matchAll(/(\\+)("?)|./gsu), ([part, backslashes, quote]) => {
    if (backslashes !== undefined) return backslashForms(backslashes.length, quote === '"');
    return /[\w.-]/.test(part) ? escaped(part) : anyOf(charactersFor(part));
  }).join('');
}

/**
 * Each backslash stands as one to four of them, and so they are counted together, with those of a quotation mark behind
 * them: no text may be read in two ways, or as many as double with each one would be tried.
 */
function backslashForms(count: number, isQuoted: boolean): string {
  const codes = `${anyOf(codesFor('\\'))}{${count}}`;
  const each = anyOf([String.raw`\\{${count},${4 * count}}`, codes]);
  if (!isQuoted) return each;
  const quoteCodes = anyOf(codesFor('"'));
  return anyOf([
    String.raw`\\{${count},${4 * count + 3}}"`,
    String.raw`${codes}\\{0,3}"`,
    `${each}${quoteCodes}`,
  ]);
}

function anyOf(forms: readonly string[]): string {
  return `(?:${forms.join('|')})`;
}

/**
 * What one character may stand as. A quotation mark has one backslash before it in JSON and three in JSON within JSON; a
 * line break, a code and PHP's slash have one or two, and what stands before those stays, so that JSON remains JSON.
 */
function charactersFor(character: string): string[] {
  const [, letter] = /^\\([a-z])$/.exec(JSON.stringify(character).slice(1, -1)) ?? [];
  const special: Readonly<Record<string, string>> = {
    '"': String.raw`\\{1,3}"`,
    '/': String.raw`(?<!\\)\\{1,2}\/`,
    ' ': String.raw`\+`,
  };
  const own = [special[character], escaped(character), letter && String.raw`(?<!\\)\\{1,2}${letter}`];
  return [...own.filter((form) => form !== undefined), ...codesFor(character)];
}

/** The codes that one character is written as. */
function codesFor(character: string): string[] {
  const bytes = [...Buffer.from(character, 'utf8')];
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
  const code = character.codePointAt(0) ?? 0;
  return [
    String.raw`(?<!\\)\\{1,2}` + units.map((unit) => `u${eitherCase(unit, 4)}`).join(String.raw`\\{1,2}`),
    // An address within an address is encoded again.
    bytes.map((byte) => `%(?:25){0,3}${eitherCase(byte, 2)}`).join(''),
    `&#(?:x0*${eitherCase(code, 1)}|0*${code});`,
    ENTITIES[character],
  ].filter((form) => form !== undefined);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

/** A number in hexadecimal digits, as a pattern. */
function eitherCase(number: number, digits: number): string {
  const hex = number.toString(16).padStart(digits, '0');
  return hex.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
}

/**
 * What the Base64 of any text with this value in it has in common, wherever in three bytes the value begins: the
 * characters that are made of its bytes alone. Its own Base64 is masked whole.
 */
function base64Forms(value: string): readonly string[] {
  const bytes = Buffer.from(value, 'utf8');
  const own = bytes.toString('base64');
  const inside = [0, 1, 2].map((before) => {
    const all = Buffer.concat([Buffer.alloc(before), bytes]);
    return all.toString('base64').slice(Math.ceil((before * 8) / 6), Math.floor((all.length * 8) / 6));
  });
  const forms = [own, ...inside].filter((form) => form.length >= SHORTEST_BASE64);
  return [...new Set(forms.flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')]))];
}
