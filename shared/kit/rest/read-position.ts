import type { PullContext } from '../../contract/connector';
import { SettingError } from '../../contract/errors';
import type { Json, JsonObject } from '../../contract/json';
import type { RestSpec } from '../../contract/rest';
import { readFilePosition, writeFilePosition, type FilePosition } from '../formats/record-pages';
import { pagingOf } from './paging/paging-of';
import { laterTexts, valuesIn } from './request-texts';
import { toIso } from '../../values/time';

/** The position of a read. Times are ISO 8601 in UTC. */
export interface ReadPosition {
  /** The next link, relative to the base address, or the cursor, or the number of the page with what was read. Absent at the beginning of a read. */
  readonly token?: string;
  /** The start of the read. */
  readonly since: string;
  /** The end of the read; `undefined` for a read up to now. */
  readonly until: string | undefined;
  /** The place in a streamed answer; absent at its beginning. */
  readonly file?: FilePosition;
}

/**
 * The position in the checkpoint, or else the start of the window or of the source. `rereads` is true at the start of a window,
 * whose first page repeats the events delivered at its bound.
 * @throws SettingError for a damaged state when the checkpoint is not one that this declaration wrote
 */
export function beginRead(
  spec: RestSpec,
  { checkpoint, startFrom, window }: PullContext,
): ReadPosition & { readonly rereads: boolean } {
  const saved = checkpoint === null ? {} : readPosition(spec, checkpoint);
  const since = window?.from ?? startFrom.toISOString();
  const until = saved.until ?? window?.to;
  return { since, ...saved, until, rereads: saved.token === undefined && window !== undefined };
}

/** The checkpoint of a page that names a next page. */
export function writePosition(spec: RestSpec, { token, since, until }: ReadPosition): JsonObject {
  return {
    ...(token === undefined ? {} : { [pagingOf(spec).member]: token }),
    ...(token === undefined || isSaidLater(spec) ? { since } : {}),
    ...(token === undefined || until === undefined ? {} : { until }),
  };
}

/** The checkpoint within a streamed answer. */
export function writePlace({ since, until }: ReadPosition, file: FilePosition): JsonObject {
  return { since, ...(until === undefined ? {} : { until }), file: writeFilePosition(file) };
}

/** The checkpoint at the end of a window. */
export function writeEnd(until: string | undefined): JsonObject {
  return until === undefined ? {} : { since: until };
}

interface SavedPosition {
  readonly token?: string;
  readonly since?: string;
  readonly until?: string;
  readonly file?: FilePosition;
}

/** @throws SettingError for a damaged state when the checkpoint is not one that this declaration wrote */
function readPosition(spec: RestSpec, checkpoint: JsonObject): SavedPosition {
  if (checkpoint['file'] !== undefined && spec.streamed === true) return readPlace(spec, checkpoint);
  const { [pagingOf(spec).member]: token, since, until, ...others } = checkpoint;
  const isSound =
    Object.keys(others).length === 0 &&
    [since, until].every(isTime) &&
    (token === undefined ? isEnd(spec, checkpoint) : isMiddle(spec, token, checkpoint));
  if (isSound) return text({ token, since, until });
  throw damaged(spec);
}

/** A position within a streamed answer. @throws SettingError as above */
function readPlace(spec: RestSpec, { file = null, since, until, ...others }: JsonObject): SavedPosition {
  if (typeof since !== 'string' || ![since, until].every(isTime) || Object.keys(others).length > 0)
    throw damaged(spec);
  return { ...text({ since, until }), file: readFilePosition(file) };
}

function isTime(time: Json | undefined): boolean {
  return time === undefined || (typeof time === 'string' && toIso(time) === time);
}

function damaged({ path }: RestSpec): SettingError {
  return new SettingError(`its position was not written by reading ${path} with this paging`, {
    isDamage: true,
  });
}

/** The members whose value is a string. */
function text(members: Readonly<Record<string, Json | undefined>>): SavedPosition {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => typeof value === 'string'));
}

/** True for a position without a token: the beginning of a read. */
function isEnd({ resume }: RestSpec, saved: JsonObject): boolean {
  return resume === 'time' && saved['until'] === undefined;
}

/** True for a position between two pages. */
function isMiddle(spec: RestSpec, token: Json, saved: JsonObject): boolean {
  const isToken = typeof token === 'string' && pagingOf(spec).isToken(token);
  const hasSince = isSaidLater(spec) === (saved['since'] !== undefined);
  const hasUntil = spec.window !== undefined || saved['until'] === undefined;
  return isToken && hasSince && hasUntil;
}

/** True when requests after the first repeat `since`. */
function isSaidLater(spec: RestSpec): boolean {
  return valuesIn(laterTexts(spec)).has('since');
}
