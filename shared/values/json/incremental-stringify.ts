import type { Json } from '../../contract/json';

/** Characters between two pauses: some milliseconds of work. */
const PIECE_CHARACTERS = 64 * 1024;
/** A text of as many pieces has a megabyte. */
const LONG_PIECES = 16;

/** A container that is not whole yet. */
interface Open {
  readonly holder: object;
  /** Absent for an array. */
  readonly names?: readonly string[];
  /** Where it goes on. */
  at: number;
}

/**
 * Writes JSON text of a value of any size and any depth, without recursion, and pauses. A `bigint` is written with all
 * its digits; what JSON does not know, what holds itself and what cannot be read, because a getter throws, is written as `null`,
 * so that it always ends and never throws.
 * @param isSorted members stand sorted by name, so that equal values have the same text
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
  // Of megabytes this and what is done with the text take a tenth of a second each.
  yield;
  const text = pieces.join('');
  yield;
  return text;
}

/** The same text piece by piece, at least one. For what needs no more than one at a time. */
export function* jsonPieces(value: Json | undefined, isSorted = false): Generator<string, void, undefined> {
  let written: string[] = [];
  let characters = 0;
  const stack: Open[] = [];
  const open = new Set<object>();
  /** What is still to be written of a long text, with its last quotation mark. */
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
  /** @returns where the list goes on */
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

/** Where a long text may be cut: never between the halves of one character. */
function pieceEnd(text: string): number {
  const last = text.charCodeAt(PIECE_CHARACTERS - 1);
  return last >= 0xd800 && last <= 0xdbff ? PIECE_CHARACTERS + 1 : PIECE_CHARACTERS;
}

/** Where the texts, numbers and booleans end that stand next in a list, or are enough for the engine to write at once. */
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

/** The members of a value; `undefined` for an array. */
function namesIn(holder: object): string[] | undefined | 'unreadable' {
  try {
    return Array.isArray(holder) ? undefined : Object.keys(holder);
  } catch {
    return 'unreadable';
  }
}

/** `undefined` where a getter throws. */
function read(holder: object, name: string | number): Json | undefined {
  try {
    return (holder as Readonly<Record<string | number, Json>>)[name];
  } catch {
    return undefined;
  }
}

function scalarText(value: Json | undefined): string {
  // Of a function its toJSON would be called.
  if (typeof value === 'function') return 'null';
  return typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? 'null');
}
