import { SettingError } from '../contract/errors';
import type { Json } from '../contract/json';
import type { OnDamage } from '../contract/operator';
import { pauseMeter } from '../values/cooperative';
import { readText, readableText } from './stored-form';

/** A line of a JSON Lines blob. */
export interface StoredLine<T> {
  /** Absent for a damaged line. */
  readonly value?: T;
  /** The stored bytes, without the line end. */
  readonly bytes: Buffer;
}

/** How the lines of a blob are read. */
export interface LineReading {
  /** For messages: `reading the audit log of acme/alerts: <the blob>`. */
  readonly doing: string;
  /** Why a value is not a valid line; `undefined` if it is. */
  readonly problemOf: (value: Json) => string | undefined;
  /** Called for each damaged line, and reading continues. Without it the first such error is thrown. */
  readonly damaged?: OnDamage | undefined;
}

/** Reads all lines of a JSON Lines blob. Yields to the event loop. @throws SettingError for a damaged line if there is no `damaged` */
export function* linesOf<T>(
  body: Buffer,
  {
    doing,
    problemOf,
    damaged = (problem) => {
      throw problem;
    },
  }: LineReading,
): Generator<undefined, StoredLine<T>[], undefined> {
  const lines: StoredLine<T>[] = [];
  const isPauseDue = pauseMeter();
  for (let [at, number] = [0, 1]; at < body.length; number++) {
    const found = body.indexOf('\n', at);
    const end = found < 0 ? body.length : found;
    const bytes = body.subarray(at, end);
    at = end + 1;
    if (isPauseDue(bytes.length)) yield;
    if (bytes.length === 0) continue;
    const { problem, value } = readText(bytes.toString('utf8'), problemOf);
    if (problem === undefined) lines.push({ value: value as T, bytes });
    else {
      lines.push({ bytes });
      damaged(
        new SettingError(
          `${doing}: its line ${number} is damaged: ${problem}. It stays unchanged, and the other lines are read. Repair or remove the line.`,
          { isDamage: true },
        ),
      );
    }
  }
  return lines;
}

/** The text of a line to store. @throws UnreadableError for a value that could not be read back, which is a bug */
export function lineText(what: string, value: object, problemOf: LineReading['problemOf']): string {
  return `${readableText(value, { what, problemOf })}\n`;
}
