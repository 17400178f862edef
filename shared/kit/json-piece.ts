import { isAscii } from 'node:buffer';
import type { Json } from '../contract/json';

/** Elements of an array, or members of an object, without its brackets. */
export interface Piece {
  readonly text: Buffer;
  readonly from: number;
  readonly end: number;
  readonly isArray: boolean;
}

/** What the engine's parser would read wrongly or a second time: a number that a double does not hold, a container that was parsed in pieces. */
export interface Known {
  readonly start: number;
  readonly end: number;
  /** `undefined` for a number in an array that stays text: quotation marks make it one. */
  readonly value: Json | undefined;
}

/** The largest double below which all integers are doubles, as its first digits and the others. */
const [FIRST_DIGITS, OTHER_DIGITS] = [9_007_199, 254_740_992];
/** Characters of a {@link standIn}, with blanks around it that keep it one token. */
const STAND_IN = ` -${FIRST_DIGITS}${OTHER_DIGITS} `;
/** A part of a text of fewer bytes is copied byte by byte. */
const SHORT_BYTES = 64;
const [QUOTE, ZERO] = [0x22, 0x30];

/** What stands in a piece for its known value at an index: an integer that no other number of the piece is read as. */
function standIn(index: number): number {
  return -(2 ** 53) - 2 * (index + 1);
}

/**
 * Parses the elements or members that stand between two bytes by the engine's own parser, and puts what is known in its
 * places. @throws SyntaxError
 */
export function parsePiece(
  { end, from, isArray, text }: Piece,
  known: readonly Known[],
): Json[] | Record<string, Json> {
  const values: Json[] = [];
  const inner =
    known.length === 0 ? text.toString('utf8', from, end) : withKnown(text, from, end, known, values);
  const parsed = JSON.parse(isArray ? `[${inner}]` : `{${inner}}`) as Json[] | Record<string, Json>;
  if (values.length > 0) restore(parsed, values);
  return parsed;
}

/** The text with numbers as texts and stand-ins where they are known. @param values gets what is stood in for */
function withKnown(text: Buffer, from: number, end: number, known: readonly Known[], values: Json[]): string {
  let length = end - from;
  for (const one of known) length += STAND_IN.length + one.start - one.end;
  for (const one of known) if (one.value === undefined) length += one.end - one.start;
  const made = Buffer.allocUnsafe(length);
  let [at, to] = [from, 0];
  for (const { end: after, start, value } of known) {
    to = copy(text, at, start, made, to);
    at = after;
    if (value === undefined) {
      made[to] = QUOTE;
      to = copy(text, start, after, made, to + 1);
      made[to++] = QUOTE;
    } else {
      values.push(value);
      to = writeStandIn(made, to, OTHER_DIGITS + 2 * values.length);
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

/** The engine writes a number of so many digits some ten times slower. @param digits the last nine */
function writeStandIn(made: Buffer, to: number, digits: number): number {
  for (let at = 0; at < STAND_IN.length; at++) made[to + at] = STAND_IN.charCodeAt(at);
  for (let [at, left] = [to + STAND_IN.length - 2, digits]; left > 0; at--) {
    const rest = Math.trunc(left / 10);
    made[at] = ZERO + left - rest * 10;
    left = rest;
  }
  return to + STAND_IN.length;
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

/** Puts known values where their stand-ins are. */
function restore(parsed: Json[] | Record<string, Json>, values: readonly Json[]): void {
  const todo = [parsed];
  let left = values.length;
  // A name that stands twice hides a value: the walk ends without it.
  for (let holder = todo.pop(); holder !== undefined && left > 0; holder = todo.pop())
    left -= Array.isArray(holder)
      ? restoreElements(holder, values, todo)
      : restoreMembers(holder, values, todo);
}

/** @param todo gets the containers that are met @returns how many values it put */
function restoreElements(holder: Json[], values: readonly Json[], todo: object[]): number {
  const lowest = standIn(values.length - 1);
  let put = 0;
  for (let at = 0; at < holder.length; at++) {
    const element = holder[at] as Json;
    if (isStandIn(element, lowest)) {
      holder[at] = valueOf(element, values);
      put++;
    } else if (typeof element === 'object' && element !== null) todo.push(element);
  }
  return put;
}

/** @param todo gets the containers that are met @returns how many values it put */
function restoreMembers(holder: Record<string, Json>, values: readonly Json[], todo: object[]): number {
  const lowest = standIn(values.length - 1);
  let put = 0;
  // Own members and inherited ones: what was parsed has none of these.
  for (const name in holder) {
    const member = holder[name] as Json;
    if (isStandIn(member, lowest)) {
      const value = (holder[name] = valueOf(member, values));
      if (typeof value === 'string') noteNumber(holder, name);
      put++;
    } else if (typeof member === 'object' && member !== null) todo.push(member);
  }
  return put;
}

function isStandIn(member: Json, lowest: number): member is number {
  return typeof member === 'number' && member < -(2 ** 53) && member >= lowest;
}

function valueOf(member: number, values: readonly Json[]): Json {
  return values[(-member - 2 ** 53) / 2 - 1] as Json;
}

/** Makes nothing: the class below adds its field to the object that it is given. */
const Given = function (holder: object): object {
  return holder;
} as unknown as new (holder: object) => object;

/**
 * Which members of an object are numbers that were kept as text: a field of the object that nothing else sees. Millions
 * of objects in a `WeakMap` stop the process for seconds, whenever the map grows and memory is collected.
 */
class NumberNames extends Given {
  #names: Set<string>;

  private constructor(holder: object, names: Set<string>) {
    super(holder);
    this.#names = names;
  }

  /** @param alone of this one name: many objects share it, so that none is made for each */
  static note(holder: object, name: string, alone: Set<string>): void {
    if (!(#names in holder)) new NumberNames(holder, alone);
    else if (holder.#names.size === 1) holder.#names = new Set([...holder.#names, name]);
    else holder.#names.add(name);
  }

  static has(holder: object, name: string): boolean {
    return #names in holder && holder.#names.has(name);
  }
}

/** The name that was noted last, alone: records have the same names. */
let alone = new Set<string>();

/** Remembers a number that stayed text. */
function noteNumber(holder: object, name: string): void {
  if (!alone.has(name)) alone = new Set([name]);
  NumberNames.note(holder, name, alone);
}

/**
 * True when a parsed object's member is a number that stayed text because no number holds it. Of an array's elements,
 * and of a copy, it is not known.
 */
export function isNumberAsText(holder: object, name: string): boolean {
  return NumberNames.has(holder, name);
}
