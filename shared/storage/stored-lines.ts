import { SettingError } from '../contract/errors';
import type { Json } from '../contract/json';
import type { OnDamage } from '../contract/operator';
import { pauseMeter } from '../values/cooperative';
import { readText, readableText } from './stored-form';

/** A line of a blob of JSON lines. */
export interface StoredLine<T> {
  /** Absent where the line is damaged: its bytes are kept all the same. */
  readonly value?: T;
  /** As they are stored, without the line's end. */
  readonly bytes: Buffer;
}

/** How the lines of a blob are read. */
export interface LineReading {
  /** For messages: `reading the acts of acme/alerts: <the blob>`. */
  readonly doing: string;
  /** Why a value is no line of it; `undefined` where it is one. */
  readonly problemOf: (value: Json) => string | undefined;
  /** Is told of each line that is damaged, and the others follow; where it is left out that is thrown. */
  readonly damaged?: OnDamage | undefined;
}

/** Every line of a blob of JSON lines. Pauses. @throws SettingError where one is damaged and nobody is to be told */
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
          `${doing}: its line ${number} is damaged: ${problem}. It is left as it is, and the others are read. Mend or remove the line.`,
          { isDamage: true },
        ),
      );
    }
  }
  return lines;
}

/** The text of a line that is about to be stored. @throws Error for what could not be read again, which is a bug */
export function lineText(what: string, value: object, problemOf: LineReading['problemOf']): string {
  return `${readableText(value, { what, problemOf })}\n`;
}
