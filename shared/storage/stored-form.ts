import { SettingError } from '../contract/errors';
import type { Json } from '../contract/json';
import { runToEnd } from '../values/cooperative';
import { isDeeperThan, parseJson, stringifyJson } from '../values/json/json';
import { withoutGrowth } from '../values/stored-checks';

/** No version writes a deeper value. Recursion over one would overflow the stack. */
const MAX_LEVELS = 100;

/** The form of a stored JSON blob, and the messages for a damaged one. */
export interface StoredForm<T> {
  /** For messages: `the pause of acme/alerts`. */
  readonly what: string;
  /** Why the value is invalid; `undefined` if some version may have written it. Checks everything that readers rely on. */
  readonly problemOf: (value: Json) => string | undefined;
  /** How to repair a damaged blob, and what that costs. */
  readonly mend: string;
  /** Defaults for members that an earlier version did not write. */
  readonly defaults?: Partial<T>;
}

/**
 * Parses the text of a stored blob.
 * @param name the name of the blob
 * @throws SettingError for an invalid text, with the remedy. Never an UnavailableError: the next read finds the same text
 */
export function parseStored<T>(text: string, name: string, form: StoredForm<T>): T {
  const { defaults, problemOf } = form;
  const { cause, problem, value } = readText(text, problemOf);
  if (problem !== undefined) throw damagedBlob(name, form, problem, cause);
  return (defaults === undefined ? value : { ...defaults, ...(value as object) }) as T;
}

/** The error of a damaged blob: its name, the problem, the remedy. */
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

/** Parses a stored text. `problem` says why it is invalid. */
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

/** A value could not be read back before it was written. A bug, and never reported as a failure of storage. */
export class UnreadableError extends Error {}

/** The checks of a write, and its name for messages. */
type Writing = Pick<StoredForm<unknown>, 'problemOf' | 'what'>;

/**
 * The text of a value to store. A value that could not be read back is never written. Counts that have grown past the
 * largest valid count are the exception: the next read reports them, and the work that they count is not repeated.
 * @throws UnreadableError for an unreadable value. The stored blob is unchanged
 */
export function readableText(value: object, { problemOf, what }: Writing): string {
  const text = stringifyJson(value);
  const { problem } = readText(text, (written) => problemOf(withoutGrowth(written)));
  if (problem === undefined) return text;
  throw new UnreadableError(`writing ${what}: ${problem}. What is stored stays as it was.`);
}

/** The text of a whole blob in its form. @throws as {@link readableText} does */
export function storedText<T>(value: T, form: StoredForm<T>): string {
  return readableText(value as object, form);
}
