import { isUtf8 } from 'node:buffer';
import type { Json } from '../../contract/json';
import { runCooperatively } from '../cooperative';
import { scanNumber, type NumberScan } from './scan-number';
import { addMembers, parsePiece, type KnownValue } from './parse-piece';
import { isMemberName, readPart, type LongText } from './long-string';

/** The limits of a JSON text. */
export interface JsonBounds {
  /** Most levels of nesting. */
  readonly maxDepth: number;
  /** Most objects and arrays in total. */
  readonly maxContainers: number;
  /** Most members of one object; checked only for an object that is parsed in several pieces. @default 100,000 */
  readonly maxMembers?: number;
  /** The containers of earlier texts, if several texts share one limit. Updated while parsing. */
  readonly before?: { containers: number };
}

/**
 * Bytes that are parsed without a pause. For each string or array of more than 128 KB the engine gets memory from the system,
 * which takes longer than parsing it. A piece stays below that, also as text of two bytes a character.
 */
const PIECE_BYTES = 32 * 1024;
/** Some millions of brackets would become gigabytes of values. */
const BOUNDS: JsonBounds = { maxDepth: 1_000_000, maxContainers: 10_000_000 };
/** The engine moves, and sorts, all members of a growing object without a pause: a million members take half a second. */
const MAX_MEMBERS = 100_000;
/**
 * Counted as in the text, with escapes. The engine reads a name without a pause, and compares it with every other name of the
 * same length. No field of a row may be longer, so a longer name could never be stored whole.
 */
const MAX_NAME_BYTES = 64 * 1024;

const [QUOTE, BACKSLASH, COMMA, MINUS, ZERO, NINE] = [0x22, 0x5c, 0x2c, 0x2d, 0x30, 0x39];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** A container that has not ended yet; the whole text is one, of one element. */
interface Open {
  readonly isArray: boolean;
  readonly start: number;
  /** The start of the bytes that are not parsed yet, and how many bytes had been parsed at that point. */
  from: number;
  parsedBytes: number;
  /** Its elements or members parsed so far; `undefined` before the first piece. */
  made: Json[] | Record<string, Json> | undefined;
  /** All pieces of an array, from its second on: the engine joins arrays many times faster than it adds their elements. */
  pieces?: Json[][];
  /** The number of members of an object; set from its second piece on. */
  members?: number;
}

/** The state of parsing a text. */
interface Reading extends NumberScan {
  readonly bounds: JsonBounds;
  parsedBytes: number;
  /** The string that began in an earlier piece and has not ended yet. */
  long: LongText | undefined;
  containers: number;
  open: Open;
  readonly parents: Open[];
}

/**
 * Parses JSON text piece by piece with the engine's own parser, and pauses between the pieces. It never recurses and never
 * starts over, whatever the text and its nesting. Numbers are read as {@link parsePiece} reads them; `__proto__` is a member
 * like any other, and of two equal names the last counts. A name has at most 64 KB.
 * @throws SyntaxError if the text is not JSON, or exceeds `bounds`; TypeError if it is not UTF-8
 */
export function* readJson(
  bytes: Uint8Array,
  bounds: JsonBounds = BOUNDS,
  pieceBytes = PIECE_BYTES,
): Generator<undefined, Json, undefined> {
  if (!isUtf8(bytes)) throw new TypeError('the text is not UTF-8');
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = text[0] === 0xef && text[1] === 0xbb && text[2] === 0xbf ? 3 : 0;
  const open: Open = { isArray: true, start, from: start, parsedBytes: 0, made: undefined };
  const before = { at: start, long: undefined, parsedBytes: 0, containers: 0 };
  const reading: Reading = {
    text,
    bounds,
    pieceBytes,
    ...before,
    open,
    parents: [],
    known: [],
    characters: undefined,
  };
  for (; reading.at < text.length; readOn(reading)) yield;
  if (reading.parents.length > 0) throw new SyntaxError('the text ends before its value does');
  add(reading, text.length);
  const [value, ...more] = madeOf(open) as Json[];
  if (value === undefined || more.length > 0) throw new SyntaxError('the text is not one value');
  return value;
}

/** Scans about one more piece, and no byte twice. Leaves the syntax check to the engine's parser. */
function readOn(reading: Reading): void {
  const { text } = reading;
  const until = Math.min(text.length, reading.at + reading.pieceBytes);
  let { at } = reading;
  if (reading.long !== undefined) at = goOn(reading, reading.long, until);
  while (at < until) {
    const byte = text[at++] as number;
    if (byte === QUOTE) {
      at = endOfString(reading, at, until);
    } else if (byte === COMMA) {
      if (reading.parents.length === 0) throw new SyntaxError('the text goes on after its value');
      if (isPiece(reading, at)) {
        add(reading, at - 1, true);
        reading.open.from = at;
        reading.open.parsedBytes = reading.parsedBytes;
      }
    } else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
      opens(reading, at - 1, byte === OPEN_ARRAY);
    } else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) {
      closes(reading, at - 1, byte === CLOSE_ARRAY);
    } else if (byte === MINUS || (byte >= ZERO && byte <= NINE)) {
      at = scanNumber(reading, at - 1);
    }
  }
  reading.at = at;
  reading.characters = undefined;
}

/** The position after a string, or where to continue if it ends in a later piece. @param from after its opening quotation mark */
function endOfString(reading: Reading, from: number, until: number): number {
  const at = quoteIn(reading.text, from, until);
  if (at < until) return endsAt(reading, from, at);
  reading.long = { from, next: from, parts: [] };
  return at;
}

/** The same for a string that began in an earlier piece. Such a string is decoded part by part, unless it is a name. */
function goOn(reading: Reading, long: LongText, until: number): number {
  const { known, text } = reading;
  const at = quoteIn(text, reading.at, until);
  if (at >= until) {
    readPart(text, long, at, false);
    return at;
  }
  reading.long = undefined;
  const end = endsAt(reading, long.from, at);
  if (long.parts.length === 0 || isMemberName(text, end)) return end;
  readPart(text, long, at, true);
  known.push({ start: long.from - 1, end, value: long.parts.join(''), isString: true });
  return end;
}

/** @param at the closing quotation mark @returns the position after it @throws SyntaxError for a name that is too long */
function endsAt({ text }: Reading, from: number, at: number): number {
  if (at - from > MAX_NAME_BYTES && isMemberName(text, at + 1)) throw new SyntaxError('a name is too long');
  return at + 1;
}

/** The position of the quotation mark that ends a string; `until` or just after it if there is none before. */
function quoteIn(text: Buffer, from: number, until: number): number {
  let at = from;
  while (at < until && text[at] !== QUOTE) at += text[at] === BACKSLASH ? 2 : 1;
  return at;
}

function opens(reading: Reading, at: number, isArray: boolean): void {
  const { bounds, open, parents } = reading;
  if (parents.length === 0 && reading.containers > 0)
    throw new SyntaxError('the text goes on after its value');
  reading.containers++;
  const all = bounds.before === undefined ? reading.containers : ++bounds.before.containers;
  if (all > bounds.maxContainers) throw new SyntaxError('the text has too many objects');
  if (parents.push(open) > bounds.maxDepth) throw new SyntaxError('the text is nested too deeply');
  const { parsedBytes } = reading;
  reading.open = { isArray, start: at, from: at + 1, parsedBytes, made: undefined };
}

function closes(reading: Reading, at: number, isArray: boolean): void {
  const { known, open, parents } = reading;
  const parent = parents.pop();
  if (parent === undefined || open.isArray !== isArray)
    throw new SyntaxError('a bracket closes what is not open');
  if (open.made !== undefined || isPiece(reading, at)) {
    add(reading, at);
    known.push({ start: open.start, end: at + 1, value: madeOf(open) });
  }
  reading.open = parent;
}

/** True when the unparsed bytes of the open container make a piece. */
function isPiece({ open, parsedBytes, pieceBytes }: Reading, at: number): boolean {
  return at - open.from - (parsedBytes - open.parsedBytes) >= pieceBytes;
}

/** Parses the open container up to `end`, a comma or its closing bracket, and adds the result to its earlier pieces. */
function add(reading: Reading, end: number, isBeforeComma = false): void {
  const { bounds, known, open, text } = reading;
  let first = known.length;
  while (first > 0 && (known[first - 1] as KnownValue).start >= open.from) first--;
  const inside = first === known.length ? [] : known.splice(first);
  const parsed = parsePiece({ ...open, text, end }, inside);
  reading.parsedBytes += end - open.from - (reading.parsedBytes - open.parsedBytes);
  const { made } = open;
  if ((made !== undefined || isBeforeComma) && isEmpty(parsed))
    throw new SyntaxError('there is a comma with nothing beside it');
  if (made === undefined) {
    open.made = parsed;
  } else if (Array.isArray(parsed)) {
    (open.pieces ??= [forAnything(made as Json[])]).push(forAnything(parsed));
  } else {
    open.members =
      (open.members ?? Object.keys(made).length) + addMembers(made as Record<string, Json>, parsed);
    if (open.members > (bounds.maxMembers ?? MAX_MEMBERS))
      throw new SyntaxError('an object has too many members');
  }
}

/**
 * Makes the engine store a list in its general form. It stores lists of only numbers in another form, and would convert
 * millions of elements without a pause if another piece has anything else.
 */
function forAnything(list: Json[]): Json[] {
  list.push(null);
  list.pop();
  return list;
}

function madeOf({ made, pieces }: Open): Json[] | Record<string, Json> | undefined {
  return pieces === undefined ? made : ([] as Json[]).concat(...pieces);
}

function isEmpty(made: Json[] | Record<string, Json>): boolean {
  return (Array.isArray(made) ? made : Object.keys(made)).length === 0;
}

/** Parses JSON text and lets other work run after each piece. @throws as {@link readJson} does */
export function parseInPieces(bytes: Uint8Array, bounds?: JsonBounds): Promise<Json> {
  return runCooperatively(readJson(bytes, bounds));
}
