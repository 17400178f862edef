import type { PullContext } from '../../contract/connector';
import { SettingError } from '../../contract/errors';
import type { Json, JsonObject } from '../../contract/json';
import type { RestSpec } from '../../contract/rest';
import { laterTexts, valuesIn } from './request-texts';
import { toIso } from '../../values/time';

/** Where a read stands. Times are ISO 8601 in UTC. */
export interface ReadPosition {
  /** The next link, relative to the base address, or the cursor; absent at the beginning of a read. */
  readonly token?: string;
  /** From when the read goes. */
  readonly since: string;
  /** Where the read ends; `undefined` for one that goes up to now. */
  readonly until: string | undefined;
}

/**
 * Goes on where the checkpoint says, or begins: at the start of the window, which `rereads` what was delivered at
 * it, or where the source starts.
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

/** The checkpoint of a page that names a next one. */
export function writePosition(spec: RestSpec, { token, since, until }: ReadPosition): JsonObject {
  return {
    ...(token === undefined ? {} : { [tokenName(spec)]: token }),
    ...(token === undefined || isSaidLater(spec) ? { since } : {}),
    ...(token === undefined || until === undefined ? {} : { until }),
  };
}

/** The checkpoint of a read that has come to the end of its window. */
export function writeEnd(until: string | undefined): JsonObject {
  return until === undefined ? {} : { since: until };
}

interface SavedPosition {
  readonly token?: string;
  readonly since?: string;
  readonly until?: string;
}

/** @throws SettingError for a damaged state when the checkpoint is not one that this declaration wrote */
function readPosition(spec: RestSpec, checkpoint: JsonObject): SavedPosition {
  const { [tokenName(spec)]: token, since, until, ...others } = checkpoint;
  const isSound =
    Object.keys(others).length === 0 &&
    [since, until].every(
      (time) => time === undefined || (typeof time === 'string' && toIso(time) === time),
    ) &&
    (token === undefined ? isEnd(spec, checkpoint) : isMiddle(spec, token, checkpoint));
  if (isSound) return text({ token, since, until });
  throw new SettingError(
    `its position is none that going on with ${spec.path} ever wrote, or is of another kind of paging`,
    { isDamage: true },
  );
}

/** The members that hold a text. */
function text(members: Readonly<Record<string, Json | undefined>>): SavedPosition {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => typeof value === 'string'));
}

/** A position without a token: where a read begins. */
function isEnd({ resume }: RestSpec, saved: JsonObject): boolean {
  return resume === 'time' && saved['until'] === undefined;
}

/** A position between two pages. */
function isMiddle(spec: RestSpec, token: Json, saved: JsonObject): boolean {
  const isToken =
    typeof token === 'string' && (spec.next.kind === 'link' ? /^\/(?![/\\])/.test(token) : token !== '');
  const hasSince = isSaidLater(spec) === (saved['since'] !== undefined);
  const hasUntil = spec.window !== undefined || saved['until'] === undefined;
  return isToken && spec.next.kind !== 'time' && hasSince && hasUntil;
}

function tokenName({ next }: RestSpec): string {
  return next.kind === 'link' ? 'next' : 'cursor';
}

/** True when the requests after the first say again from when the read goes. */
function isSaidLater(spec: RestSpec): boolean {
  return valuesIn(laterTexts(spec)).has('since');
}
