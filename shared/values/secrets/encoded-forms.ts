import { decodedCopies } from './decode-text';

/** A shorter value would mask half of every sentence. */
const SHORTEST = 4;
/** From this length on a value is masked in the middle of a word too. */
export const SHORTEST_PART = 6;
/** Fewer characters of Base64 stand in any text by chance. */
const SHORTEST_BASE64 = 8;
/** A line of a key in several lines is masked alone, where it is long enough to be a part of the key. */
const SHORTEST_LINE = 16;

/** What is looked for: anywhere, as a whole word, or as hexadecimal digits of either case, written in lower case. */
export interface EncodedForm {
  readonly kind: 'part' | 'word' | 'hex';
  readonly text: string;
}

/** A value, and each line of a key in several lines. */
export function partsOf(value: string): readonly string[] {
  if (value.trim().length < SHORTEST) return [];
  const lines = value.split(/\r?\n/).filter((line) => line !== value && line.trim().length >= SHORTEST_LINE);
  return [value, ...lines];
}

/** What to look for in the copies of a text: see {@link decodedCopies}. */
export function encodedForms(part: string): readonly EncodedForm[] {
  // A form writes a blank as `+`; and a backslash before a code is taken for a part of it.
  const spelled = [part, part.replaceAll(' ', '+'), part.replaceAll('\\', '')].flatMap((text) => {
    const { exact, joined } = decodedCopies(text);
    return [...exact, ...(joined ? [joined] : [])].map((copy) => copy.text);
  });
  const bytes = [Buffer.from(part, 'utf8'), utf16Of(part)];
  const base64 = [Buffer.from(part, 'utf8').toString('base64'), ...bytes.flatMap(base64Forms)];
  const own = spelled.filter(({ length }) => length >= SHORTEST);
  return [
    ...Array.from(new Set(own), (text): EncodedForm => ({
      kind: text.length < SHORTEST_PART ? 'word' : 'part',
      text,
    })),
    ...Array.from(new Set(base64.flatMap(bothAlphabets)), (text): EncodedForm => ({ kind: 'part', text })),
    // Of a short one they stand in any number by chance.
    ...(part.length < SHORTEST_PART ? [] : bytes).map((each): EncodedForm => ({
      kind: 'hex',
      text: each.toString('hex'),
    })),
  ];
}

/** Without its last byte, which is zero: so it stands in UTF-16 of either order of bytes. */
function utf16Of(text: string): Buffer {
  return Buffer.from(text, 'utf16le').subarray(0, -1);
}

/**
 * What the Base64 of any bytes with these in them has in common, wherever in three bytes they begin: the characters that
 * are made of them alone.
 */
function base64Forms(bytes: Buffer): readonly string[] {
  return [0, 1, 2].map((before) => {
    const all = Buffer.concat([Buffer.alloc(before), bytes]);
    return all.toString('base64').slice(Math.ceil((before * 8) / 6), Math.floor((all.length * 8) / 6));
  });
}

/** As it is and as it stands in an address; nothing where it is too short. */
function bothAlphabets(form: string): readonly string[] {
  return form.length < SHORTEST_BASE64 ? [] : [form, form.replaceAll('+', '-').replaceAll('/', '_')];
}
