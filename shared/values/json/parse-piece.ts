import { isAscii } from 'node:buffer';
import { randomInt } from 'node:crypto';
import type { Json } from '../../contract/json';
import { isNumberAsText, noteNumber } from './number-as-text';

/** Elements of an array, or members of an object, without the brackets. */
export interface Piece {
  readonly text: Buffer;
  readonly from: number;
  readonly end: number;
  readonly isArray: boolean;
}

/**
 * A value that the engine's parser must not read, because it would read it wrongly, again, or for too long without a pause: a
 * number that a double does not hold, or a container or string that was parsed in pieces.
 */
export interface KnownValue {
  readonly start: number;
  readonly end: number;
  /** `undefined` for a number in an array that stays text: it is put in quotation marks. */
  readonly value: Json | undefined;
  /** True for a string: any other text is a number that stays text. @default false */
  readonly isString?: boolean;
}

/**
 * The stand-in for the known value at an index is the negative of the sum of this number and the index. The engine reads an
 * integer of nine digits several times faster than a longer one, and an array of such integers takes other values without
 * being copied. A number of the text itself that looks like a stand-in becomes a known value too. No text can target it,
 * because each process draws its own number.
 */
export const FIRST_STAND_IN = randomInt(100, 1000) * 1_000_000;
export const STAND_IN_DIGITS = 9;
/** The spaces around it keep it a token of its own. */
const STAND_IN = ` -${FIRST_STAND_IN} `;
/** Fewer bytes than this are copied one by one. */
const SHORT_BYTES = 64;
const [BLANK, QUOTE, MINUS, ZERO] = [0x20, 0x22, 0x2d, 0x30];

/** True if a number between -10^9 and 0 with these first nine digits could be mistaken for a stand-in. */
export function isLikeStandIn(digits: number): boolean {
  return digits >= FIRST_STAND_IN && digits < FIRST_STAND_IN + 1_000_000;
}

/**
 * Parses the elements or members between two bytes with the engine's own parser, and inserts the known values.
 * @throws SyntaxError
 */
export function parsePiece(
  { end, from, isArray, text }: Piece,
  known: readonly KnownValue[],
): Json[] | Record<string, Json> {
  const values: KnownValue[] = [];
  const inner =
    known.length === 0 ? text.toString('utf8', from, end) : withKnown(text, from, end, known, values);
  const parsed = JSON.parse(isArray ? `[${inner}]` : `{${inner}}`) as Json[] | Record<string, Json>;
  if (values.length > 0) restore(parsed, values);
  return parsed;
}

/** The text with stand-ins, or numbers in quotation marks, for its known values. @param values gets those with a stand-in */
function withKnown(
  text: Buffer,
  from: number,
  end: number,
  known: readonly KnownValue[],
  values: KnownValue[],
): string {
  let length = end - from;
  for (const one of known) length += STAND_IN.length + one.start - one.end;
  for (const one of known) if (one.value === undefined) length += one.end - one.start;
  const made = Buffer.allocUnsafe(length);
  let [at, to] = [from, 0];
  for (const one of known) {
    const { end: after, start } = one;
    to = copy(text, at, start, made, to);
    at = after;
    if (one.value === undefined) {
      made[to] = QUOTE;
      to = copy(text, start, after, made, to + 1);
      made[to++] = QUOTE;
    } else {
      values.push(one);
      to = writeStandIn(made, to, FIRST_STAND_IN + values.length - 1);
    }
  }
  const all = made.subarray(0, copy(text, at, end, made, to));
  return all.toString(isAscii(all) ? 'latin1' : 'utf8');
}

/** @returns where the copy ends */
function copy(text: Buffer, from: number, end: number, made: Buffer, to: number): number {
  if (end - from >= SHORT_BYTES) return to + text.copy(made, to, from, end);
  for (let at = from; at < end; at++) made[to++] = text[at] as number;
  return to;
}

/** @param digits the nine digits of the stand-in @returns where it ends */
function writeStandIn(made: Buffer, to: number, digits: number): number {
  const end = to + STAND_IN.length;
  made[to] = made[end - 1] = BLANK;
  made[to + 1] = MINUS;
  for (let [at, left] = [end - 2, digits]; at > to + 1; at--) {
    const rest = (left / 10) | 0;
    made[at] = ZERO + left - rest * 10;
    left = rest;
  }
  return end;
}

/** Adds the members of a further piece of an object to those of earlier ones. @returns how many the piece has */
export function addMembers(made: Record<string, Json>, piece: Readonly<Record<string, Json>>): number {
  const names = Object.keys(piece);
  for (const name of names) {
    const value = piece[name] as Json;
    if (name === '__proto__')
      Object.defineProperty(made, name, { value, configurable: true, enumerable: true, writable: true });
    else made[name] = value;
    if (isNumberAsText(piece, name)) noteNumber(made, name);
  }
  return names.length;
}

/** Replaces the stand-ins by their known values. */
function restore(parsed: Json[] | Record<string, Json>, values: readonly KnownValue[]): void {
  const todo = [parsed];
  let left = values.length;
  // A repeated name hides a stand-in: the loop then ends when no container is left.
  for (let holder = todo.pop(); holder !== undefined && left > 0; holder = todo.pop())
    left -= Array.isArray(holder)
      ? restoreElements(holder, values, todo)
      : restoreMembers(holder, values, todo);
}

/** @param todo gets the nested containers @returns how many values were restored */
function restoreElements(holder: Json[], values: readonly KnownValue[], todo: object[]): number {
  let put = 0;
  for (let at = 0; at < holder.length; at++) {
    const element = holder[at] as Json;
    if (isStandIn(element, values.length)) {
      holder[at] = knownOf(element, values).value as Json;
      put++;
    } else if (typeof element === 'object' && element !== null) todo.push(element);
  }
  return put;
}

/** @param todo gets the nested containers @returns how many values were restored */
function restoreMembers(holder: Record<string, Json>, values: readonly KnownValue[], todo: object[]): number {
  let put = 0;
  // `for in` also gives inherited members; parsed values have none.
  for (const name in holder) {
    const member = holder[name] as Json;
    if (isStandIn(member, values.length)) {
      const { isString, value } = knownOf(member, values);
      holder[name] = value as Json;
      if (typeof value === 'string' && isString !== true) noteNumber(holder, name);
      put++;
    } else if (typeof member === 'object' && member !== null) todo.push(member);
  }
  return put;
}

function isStandIn(member: Json, count: number): member is number {
  return (
    typeof member === 'number' &&
    member <= -FIRST_STAND_IN &&
    member > -FIRST_STAND_IN - count &&
    Number.isInteger(member)
  );
}

function knownOf(member: number, values: readonly KnownValue[]): KnownValue {
  return values[-member - FIRST_STAND_IN] as KnownValue;
}
