import { isUtf8 } from 'node:buffer';
import type { Json } from '../../contract/json';
import { isObject } from '../../values/json-path';
import { readJson } from '../../values/json/incremental-parse';
import { escapeInvalidBytes, noteInvalidUtf8, textOfBytes } from '../../values/json/invalid-utf8';
import { parseJson } from '../../values/json/json';
import { CutOff } from './cut-off';
import { hasByteOrderMark, type RecordReader } from './record-reader';

const [NEWLINE, LETTER] = [0x0a, 0x21];
/** A longer line is parsed in pieces, so that it does not block the event loop. */
const LONG_BYTES = 256 * 1024;
/** A longer line is one dead letter of its first bytes: it is never held whole. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;
const HEAD_BYTES = 64 * 1024;

/** The beginning of a line whose end is in a later chunk. */
interface OpenLine {
  parts: Uint8Array[];
  /** Its bytes so far, kept or not. */
  bytes: number;
}

/**
 * Reads lines of JSON. A line may end in CRLF, the last one without a line break; blank lines are skipped. A line that is
 * not JSON, or is longer than 16 MB, is a record of its text, which becomes a dead letter: it costs itself.
 * @throws SyntaxError when no line is an object, or the last one was cut off
 * @see https://github.com/ndjson/ndjson-spec
 */
export function ndjsonReader(): RecordReader {
  let open: OpenLine = { parts: [], bytes: 0 };
  let isFirst = true;
  let [objects, damaged] = [0, 0];

  const read = function* (
    line: Uint8Array,
  ): Generator<undefined, { readonly value: Json; readonly isDamaged: boolean }, undefined> {
    try {
      const value = yield* parseLine(line);
      if (isObject(value)) objects++;
      return { value, isDamaged: false };
    } catch {
      damaged++;
      return { value: textOfBytes(line).trim(), isDamaged: true };
    }
  };

  return {
    *write(chunk) {
      let from = isFirst && hasByteOrderMark(chunk) ? 3 : 0;
      if (chunk.length > 0) isFirst = false;
      for (let at = chunk.indexOf(NEWLINE, from); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
        const line = lineOf(open, chunk.subarray(from, at));
        open = { parts: [], bytes: 0 };
        from = at + 1;
        if (!isBlank(line)) yield (yield* read(line)).value;
      }
      add(open, chunk.subarray(from));
    },
    *end() {
      const last = lineOf(open, new Uint8Array());
      if (!isBlank(last)) {
        const { isDamaged, value } = yield* read(last);
        if (isDamaged && objects > 0) throw new CutOff('its last line is cut off');
        if (!isDamaged) yield value;
      }
      if (damaged > 0 && objects === 0) throw new SyntaxError('none of its lines is a JSON object');
    },
  };
}

function* parseLine(line: Uint8Array): Generator<undefined, Json, undefined> {
  const bytes = Buffer.from(line.buffer, line.byteOffset, line.byteLength);
  if (!isUtf8(bytes)) return yield* noteInvalidUtf8(yield* readJson(yield* escapeInvalidBytes(bytes)));
  return bytes.length < LONG_BYTES ? parseJson(bytes.toString('utf8')) : yield* readJson(bytes);
}

function add(line: OpenLine, part: Uint8Array): void {
  line.bytes += part.length;
  if (line.bytes <= MAX_LINE_BYTES) line.parts.push(part);
  else line.parts = [headOf([...line.parts, part])];
}

/** The whole line; the beginning of one that is too long. */
function lineOf(open: OpenLine, end: Uint8Array): Uint8Array {
  if (open.bytes === 0) return end;
  add(open, end);
  return open.parts.length === 1 ? (open.parts[0] as Uint8Array) : Buffer.concat(open.parts);
}

function headOf(parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts.map((part) => part.subarray(0, HEAD_BYTES))).subarray(0, HEAD_BYTES);
}

/** True for a line of blanks. Every other line has a byte above those of blanks and controls. */
function isBlank(line: Uint8Array): boolean {
  let at = 0;
  while (at < line.length && (line[at] as number) < LETTER) at++;
  return at === line.length;
}
