import { decodedCopies } from './decoded-text';
import { SHORTEST_SECRET } from './secret-values';

/** From this length on, a value is also masked within a word. */
export const SHORTEST_PART = 6;
/** Fewer characters of Base64 occur in any text by chance. */
const SHORTEST_BASE64 = 8;
/** From this length on, one line of a multi-line key is masked by itself: it is long enough to be part of the key. */
const SHORTEST_LINE = 16;

/** A text to search for: anywhere, as a whole word, or as hexadecimal digits in any case (`text` has them in lower case). */
export interface EncodedForm {
  readonly kind: 'part' | 'word' | 'hex';
  readonly text: string;
}

/** A value, and each line of a multi-line key. */
export function partsOf(value: string): readonly string[] {
  if (value.trim().length < SHORTEST_SECRET) return [];
  const lines = value.split(/\r?\n/).filter((line) => line !== value && line.trim().length >= SHORTEST_LINE);
  return [value, ...lines];
}

/** The forms to search for in the copies of a text: see {@link decodedCopies}. */
export function encodedForms(part: string): readonly EncodedForm[] {
  // Form encoding writes a blank as `+`. A backslash before a code would be decoded as part of that code.
  const spelled = [part, part.replaceAll(' ', '+'), part.replaceAll('\\', '')].flatMap((text) => {
    const { exact, joined } = decodedCopies(text);
    return [...exact, ...(joined ? [joined] : [])].map((copy) => copy.text);
  });
  const bytes = [Buffer.from(part, 'utf8'), utf16Of(part)];
  const base64 = [Buffer.from(part, 'utf8').toString('base64'), ...bytes.flatMap(base64Forms)];
  const own = spelled.filter(({ length }) => length >= SHORTEST_SECRET);
  return [
    ...Array.from(new Set(own), (text): EncodedForm => ({
      kind: text.length < SHORTEST_PART ? 'word' : 'part',
      text,
    })),
    ...Array.from(new Set(base64.flatMap(bothAlphabets)), (text): EncodedForm => ({ kind: 'part', text })),
    // The hexadecimal digits of a short value occur in any long number by chance.
    ...(part.length < SHORTEST_PART ? [] : bytes).map((each): EncodedForm => ({
      kind: 'hex',
      text: each.toString('hex'),
    })),
  ];
}

/** UTF-16 without the last byte, which is zero for ASCII: these bytes occur in either byte order. */
function utf16Of(text: string): Buffer {
  return Buffer.from(text, 'utf16le').subarray(0, -1);
}

/**
 * The Base64 characters that encode only these bytes, for each of the three offsets at which they may begin in longer data.
 */
function base64Forms(bytes: Buffer): readonly string[] {
  return [0, 1, 2].map((before) => {
    const all = Buffer.concat([Buffer.alloc(before), bytes]);
    return all.toString('base64').slice(Math.ceil((before * 8) / 6), Math.floor((all.length * 8) / 6));
  });
}

/** A Base64 text in the standard and the URL alphabet; empty if it is too short. */
function bothAlphabets(form: string): readonly string[] {
  return form.length < SHORTEST_BASE64 ? [] : [form, form.replaceAll('+', '-').replaceAll('/', '_')];
}
