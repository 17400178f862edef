import { isAscii } from 'node:buffer';
import type { Json } from '../contract/json';
import { readNumber } from './json-number';

/** A part of a text that is decoded whole, where it has more to be known than one thing. */
const SHORT_BYTES = 256 * 1024;

/** Elements of an array, or members of an object, without its brackets. */
export interface Piece {
  readonly text: Buffer;
  readonly from: number;
  readonly end: number;
  readonly isArray: boolean;
}

/** What the engine's parser would read wrongly or a second time: a number that a double may not hold, a container that was parsed in pieces. */
export interface Known {
  readonly start: number;
  readonly end: number;
  /** Absent for a number: it is still to be read. */
  readonly value?: Json;
}

/** True of a number that cannot be taken for one of {@link standIn}. */
function isPlain(value: Json): boolean {
  return typeof value === 'number' && Math.abs(value) <= 2 ** 53;
}

/** What stands in a piece for its known value at an index: an integer that no other number of the piece is read as. Blanks around it keep it one token. */
function standIn(index: number): number {
  return -(2 ** 53) - 2 * (index + 1);
}

/**
 * Parses the elements or members that stand between two bytes by the engine's own parser, and puts what is known in its
 * places. Numbers are read as {@link readNumber} reads them. @throws SyntaxError
 */
export function parsePiece(
  { end, from, isArray, text }: Piece,
  known: readonly Known[],
): Json[] | Record<string, Json> {
  const sliceOf = slicer(text, from, end, known.length);
  const values: Json[] = [];
  let inner = '';
  let at = from;
  for (const one of known) {
    const value = one.value ?? readNumber(sliceOf(one.start, one.end));
    if (value === undefined || isPlain(value)) continue;
    inner += `${sliceOf(at, one.start)} ${standIn(values.length)} `;
    at = one.end;
    values.push(value);
  }
  inner += sliceOf(at, end);
  const parsed = JSON.parse(isArray ? `[${inner}]` : `{${inner}}`) as Json[] | Record<string, Json>;
  if (values.length > 0) restore(parsed, values);
  return parsed;
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

/** Reads parts of a text from a whole that is made once, where that is short and its characters are bytes. */
function slicer(text: Buffer, from: number, end: number, parts: number): (a: number, b: number) => string {
  const isShort = end - from <= SHORT_BYTES;
  if (parts < 2 || !isShort || !isAscii(text.subarray(from, end)))
    return (a, b) => text.toString('utf8', a, b);
  const whole = text.toString('latin1', from, end);
  return (a, b) => whole.slice(a - from, b - from);
}

/** Puts known values where their stand-ins are. */
function restore(parsed: Json[] | Record<string, Json>, values: readonly Json[]): void {
  const lowest = standIn(values.length - 1);
  const todo: (Json[] | Record<string, Json>)[] = [parsed];
  let left = values.length;
  const put = (holder: Json[] | Record<string, Json>, key: number | string, member: Json): void => {
    if (typeof member === 'number') {
      if (member >= -(2 ** 53) || member < lowest) return;
      const value = values[(-member - 2 ** 53) / 2 - 1] as Json;
      (holder as Record<string, Json>)[key] = value;
      if (typeof value === 'string') noteNumber(holder, String(key));
      left--;
    } else if (typeof member === 'object' && member !== null) {
      todo.push(member as Json[] | Record<string, Json>);
    }
  };
  // A name that stands twice hides a value: the walk ends without it.
  for (let holder = todo.pop(); holder !== undefined && left > 0; holder = todo.pop()) {
    if (Array.isArray(holder)) for (let i = 0; i < holder.length; i++) put(holder, i, holder[i] as Json);
    else for (const key of Object.keys(holder)) put(holder, key, holder[key] as Json);
  }
}

/** Which members of an object or array are numbers that were kept as text. */
const asText = new WeakMap<object, Set<string>>();

/** Remembers a number that stayed text. */
export function noteNumber(holder: object, key: string): void {
  const keys = asText.get(holder);
  if (keys === undefined) asText.set(holder, new Set([key]));
  else keys.add(key);
}

/** True when a parsed object's member is a number that stayed text because no number holds it. Of a copy it is not known. */
export function isNumberAsText(holder: object, key: string): boolean {
  return asText.get(holder)?.has(key) === true;
}
