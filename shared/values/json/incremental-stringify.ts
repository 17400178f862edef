import type { Json } from '../../contract/json';

/**
 * Characters between two pauses. For each string of more than 128 KB the engine gets memory from the system, which takes
 * longer than writing it. A piece stays below that, also with two bytes a character.
 */
const PIECE_CHARACTERS = 32 * 1024;
/** So many pieces make a megabyte. */
const LONG_PIECES = 32;

/** A container that is not written to its end yet. */
interface Open {
  readonly holder: object;
  /** Absent for an array. */
  readonly names?: readonly string[];
  /** The index of the next element or member. */
  at: number;
}

/**
 * Writes JSON text of a value of any size and any depth, without recursion, and pauses. A `bigint` is written with all its
 * digits. A value that JSON does not know, a reference to an enclosing object, and a member whose getter throws are written
 * as `null`, so that this always ends and never throws.
 * @param isSorted sorts members by name, so that equal values have the same text
 */
export function* writeJson(
  value: Json | undefined,
  isSorted = false,
): Generator<undefined, string, undefined> {
  const pieces: string[] = [];
  for (const piece of jsonPieces(value, isSorted)) {
    if (pieces.length > 0) yield;
    pieces.push(piece);
  }
  if (pieces.length < LONG_PIECES) return pieces.join('');
  // For megabytes, the join and the caller's next step take a tenth of a second each.
  yield;
  const text = pieces.join('');
  yield;
  return text;
}

/** Yields the same text in pieces, at least one, for callers that need only one piece at a time. */
export function* jsonPieces(value: Json | undefined, isSorted = false): Generator<string, void, undefined> {
  let written: string[] = [];
  let characters = 0;
  const stack: Open[] = [];
  const open = new Set<object>();
  /** The rest of a long text, still to be written with its closing quotation mark. */
  let rest: string | undefined;
  const write = (text: string): void => {
    written.push(text);
    characters += text.length;
  };
  const begin = (member: Json | undefined): void => {
    if (typeof member === 'string' && member.length > PIECE_CHARACTERS) [rest] = [member, write('"')];
    else if (typeof member !== 'object' || member === null) write(scalarText(member));
    else if (open.has(member)) write('null');
    else {
      const names = namesIn(member);
      if (names === 'unreadable') return write('null');
      open.add(member);
      if (isSorted) names?.sort();
      stack.push({ holder: member, at: 0, ...(names === undefined ? {} : { names }) });
      write(names === undefined ? '[' : '{');
    }
  };
  /** @returns the index of the next element */
  const writeElements = (list: readonly Json[], at: number): number => {
    const end = runEnd(list, at);
    if (end === at) begin(read(list, at));
    else write(JSON.stringify(list.slice(at, end)).slice(1, -1));
    return Math.max(end, at + 1);
  };
  begin(value);
  for (let top = stack.at(-1); top !== undefined || rest !== undefined; top = stack.at(-1)) {
    if (characters >= PIECE_CHARACTERS) {
      yield written.join('');
      [written, characters] = [[], 0];
    }
    if (rest !== undefined) {
      const end = pieceEnd(rest);
      write(JSON.stringify(rest.slice(0, end)).slice(1, end < rest.length ? -1 : undefined));
      rest = end < rest.length ? rest.slice(end) : undefined;
      continue;
    }
    if (top === undefined) break;
    const { at, holder, names } = top;
    if (at === (names ?? (holder as readonly Json[])).length) {
      write(names === undefined ? ']' : '}');
      open.delete(holder);
      stack.pop();
      continue;
    }
    if (at > 0) write(',');
    if (names === undefined) {
      top.at = writeElements(holder as readonly Json[], at);
    } else {
      top.at++;
      const name = names[at] as string;
      write(`${JSON.stringify(name)}:`);
      begin(read(holder, name));
    }
  }
  yield written.join('');
}

/** Where to cut a long text: never within a surrogate pair. */
function pieceEnd(text: string): number {
  const last = text.charCodeAt(PIECE_CHARACTERS - 1);
  return last >= 0xd800 && last <= 0xdbff ? PIECE_CHARACTERS + 1 : PIECE_CHARACTERS;
}

/** The end of the next run of texts, numbers and booleans in a list. No run is too long for the engine to write at once. */
function runEnd(list: readonly Json[], from: number): number {
  let at = from;
  for (let left = PIECE_CHARACTERS / 4; at < list.length && left > 0; at++) {
    const element = read(list, at);
    if (typeof element === 'string') left -= element.length + 1;
    else if (typeof element === 'number' || typeof element === 'boolean') left -= 5;
    else break;
    if (left < 0) break;
  }
  return at;
}

/** The names of a value's members; `undefined` for an array. */
function namesIn(holder: object): string[] | undefined | 'unreadable' {
  try {
    return Array.isArray(holder) ? undefined : Object.keys(holder);
  } catch {
    return 'unreadable';
  }
}

/** A member's value; `undefined` if its getter throws. */
function read(holder: object, name: string | number): Json | undefined {
  try {
    return (holder as Readonly<Record<string | number, Json>>)[name];
  } catch {
    return undefined;
  }
}

function scalarText(value: Json | undefined): string {
  // JSON.stringify would call the toJSON of a function.
  if (typeof value === 'function') return 'null';
  return typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? 'null');
}
