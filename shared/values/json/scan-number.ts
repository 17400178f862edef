import type { Json } from '../../contract/json';
import { isExactDoubleOf } from './exact-double';
import { findNumeral, numberKind, numeral, type NumberKind } from './number-kind';
import type { KnownValue } from './parse-piece';

/** The parsing state that scanning a number needs. */
export interface NumberScan {
  readonly text: Buffer;
  readonly pieceBytes: number;
  /** Where the current piece began. */
  at: number;
  readonly open: { readonly isArray: boolean };
  /** In the order of the text. */
  readonly known: KnownValue[];
  /** The text from {@link at} on for about a piece, with a character for each byte; decoded when it is first needed. */
  characters: string | undefined;
}

/** A double holds every shorter number, except `-0` and numbers with an exponent. */
const LONG_NUMBER = 16;
/** A shorter number below 0 without an exponent cannot be mistaken for a stand-in. */
const STAND_IN_LENGTH = 10;
const [MINUS, ZERO] = [0x2d, 0x30];

/** Scans a number, and notes it if the engine's own parser would read it wrongly. @returns where it ends */
export function scanNumber(passing: NumberScan, start: number): number {
  const { text } = passing;
  findNumeral(text, start);
  const { digitsEnd, end } = numeral;
  const length = end - start;
  const isNegative = text[start] === MINUS;
  const isSpecial =
    end > digitsEnd || (isNegative && (length >= STAND_IN_LENGTH || text[start + 1] === ZERO));
  if (isSpecial || length >= LONG_NUMBER) noteNumber(passing, start, end);
  return end;
}

function noteNumber(passing: NumberScan, start: number, end: number): void {
  const { known, open, text } = passing;
  const kind = numberKind(text, start);
  if (kind === 'plain') return;
  if (kind === 'text' && open.isArray) {
    known.push({ start, end, value: undefined });
    return;
  }
  const value = valueOf(kind, charactersOf(passing, start, end), start);
  if (value !== undefined) known.push({ start, end, value });
}

/** The characters of a number: sliced from the decoded piece, which costs less than decoding each number. */
function charactersOf(passing: NumberScan, start: number, end: number): string {
  const { at, pieceBytes, text } = passing;
  const last = at + pieceBytes;
  if (end > last) return text.toString('latin1', start, end);
  passing.characters ??= text.toString('latin1', at, last);
  return passing.characters.slice(start - at, end - at);
}

/** @returns `undefined` for a number that the engine's own parser reads correctly */
function valueOf(kind: NumberKind, characters: string, start: number): Json | undefined {
  if (kind === 'integer') return BigInt(characters);
  if (kind === 'text') return characters;
  if (kind === 'number') return Number(characters);
  return isDecimalHeld(characters, numeral.point - start, numeral.digitsEnd - start) ? undefined : characters;
}

function isDecimalHeld(characters: string, point: number, digitsEnd: number): boolean {
  const value = Math.abs(Number(characters));
  if (value === 0 || value === Infinity) return false;
  const whole = characters.slice(characters.startsWith('-') ? 1 : 0, point);
  const fraction = characters.slice(point + 1, digitsEnd);
  const written = whole + fraction;
  let count = written.length;
  while (written.charCodeAt(count - 1) === ZERO) count--;
  const power = Number(characters.slice(digitsEnd + 1)) - fraction.length + written.length - count;
  return isExactDoubleOf(value, BigInt(written.slice(0, count)), power);
}
