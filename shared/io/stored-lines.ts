import { SettingError } from '../contract/errors';
import type { Json } from '../contract/json';
import type { TellDamage } from '../contract/operator';
import { parseJson, stringifyJson } from '../kit/json';

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
  readonly damaged?: TellDamage | undefined;
}

/** Every line of a blob of JSON lines. @throws SettingError where one is damaged and nobody is to be told */
export function linesOf<T>(
  body: Buffer,
  {
    doing,
    problemOf,
    damaged = (problem) => {
      throw problem;
    },
  }: LineReading,
): StoredLine<T>[] {
  const lines: StoredLine<T>[] = [];
  for (let [at, number] = [0, 1]; at < body.length; number++) {
    const found = body.indexOf('\n', at);
    const end = found < 0 ? body.length : found;
    const bytes = body.subarray(at, end);
    at = end + 1;
    if (bytes.length === 0) continue;
    const line = parse(bytes.toString('utf8'), problemOf);
    if ('value' in line) lines.push({ value: line.value as T, bytes });
    else {
      lines.push({ bytes });
      damaged(
        new SettingError(
          `${doing}: its line ${number} is damaged: ${line.problem}. It is left as it is, and the others are read. Mend or remove the line.`,
          { isDamage: true },
        ),
      );
    }
  }
  return lines;
}

function parse(
  text: string,
  problemOf: LineReading['problemOf'],
): { readonly value: Json } | { readonly problem: string } {
  try {
    const value = parseJson(text);
    const problem = problemOf(value);
    return problem === undefined ? { value } : { problem };
  } catch {
    return { problem: 'it is not JSON' };
  }
}

/** The text of a line that is about to be stored. @throws Error for what could not be read again, which is a bug */
export function lineText(what: string, value: object, problemOf: LineReading['problemOf']): string {
  const text = stringifyJson(value);
  const problem = problemOf(parseJson(text));
  if (problem === undefined) return `${text}\n`;
  throw new Error(`writing ${what}: ${problem}. What is stored stays as it was.`);
}
