import { SettingError } from '../contract/errors';
import type { Json } from '../contract/json';
import { runToEnd } from '../values/cooperative';
import { isDeeperThan, parseJson, stringifyJson } from '../values/json/json';
import { withoutGrowth } from '../values/stored-checks';

/** No version writes a value that is nested deeper. Walking one would overflow the stack. */
const MAX_LEVELS = 100;

/** The form of a stored JSON blob, and the words for a damaged one. */
export interface StoredForm<T> {
  /** For messages: `the pause of acme/alerts`. */
  readonly what: string;
  /** Why no version wrote this value; `undefined` where one may have. It checks everything that readers rely on. */
  readonly problemOf: (value: Json) => string | undefined;
  /** What to do about a damaged blob, and what that costs. */
  readonly mend: string;
  /** Members that an earlier version did not write. */
  readonly defaults?: Partial<T>;
}

/**
 * Reads the text of a stored blob.
 * @param name the blob's
 * @throws SettingError for what no version wrote, with what to do: never an error that time would mend, because the
 * next read finds the same
 */
export function parseStored<T>(text: string, name: string, form: StoredForm<T>): T {
  const { defaults, problemOf } = form;
  const { cause, problem, value } = readText(text, problemOf);
  if (problem !== undefined) throw damagedBlob(name, form, problem, cause);
  return (defaults === undefined ? value : { ...defaults, ...(value as object) }) as T;
}

/** What is told of a damaged blob: its name, why, and what to do. */
export function damagedBlob(
  name: string,
  { mend, what }: Pick<StoredForm<unknown>, 'mend' | 'what'>,
  problem: string,
  cause?: unknown,
): SettingError {
  return new SettingError(`reading ${what}: ${name} is damaged: ${problem}. ${mend}`, {
    cause,
    isDamage: true,
  });
}

/** What a stored text holds, and why that is none that some version wrote, where it is none. */
export function readText(
  text: string,
  problemOf: StoredForm<unknown>['problemOf'],
): { readonly value?: Json; readonly problem?: string | undefined; readonly cause?: unknown } {
  try {
    const value = parseJson(text);
    return { value, problem: depthProblem(value) ?? problemOf(value) };
  } catch (cause) {
    return { problem: 'it is not JSON', cause };
  }
}

function depthProblem(value: Json): string | undefined {
  const isDeep = runToEnd(isDeeperThan(value, MAX_LEVELS));
  return isDeep ? `it is nested deeper than ${MAX_LEVELS} levels` : undefined;
}

/** What was about to be stored could not be read again: a bug, which is no failure of storage and never told as one. */
export class UnreadableError extends Error {}

/** What is about to be written, and what it is for messages. */
type Writing = Pick<StoredForm<unknown>, 'problemOf' | 'what'>;

/**
 * The text of a value that is about to be stored. What could not be read is never written, but for counts that have
 * grown past what any may be: the next read says so, and the work that they count is not done again meanwhile.
 * @throws UnreadableError for what could not: what is stored stays as it was
 */
export function readableText(value: object, { problemOf, what }: Writing): string {
  const text = stringifyJson(value);
  const { problem } = readText(text, (written) => problemOf(withoutGrowth(written)));
  if (problem === undefined) return text;
  throw new UnreadableError(`writing ${what}: ${problem}. What is stored stays as it was.`);
}

/** The same of a whole blob in its form. @throws as {@link readableText} does */
export function storedText<T>(value: T, form: StoredForm<T>): string {
  return readableText(value as object, form);
}
