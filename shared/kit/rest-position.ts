import type { PullContext } from '../contract/connector';
import { ContractError } from '../contract/errors';
import type { Json, JsonObject } from '../contract/json';
import type { RestParameter, RestSpec } from '../contract/rest';
import { cutTime, endOfRead } from './rest-time';
import { compareIso, toIso } from './time';

/** Where a read stands. Times are ISO 8601 in UTC. */
export interface ReadPosition {
  /** The next link, relative to the base address, or the cursor; absent at the beginning of a read. */
  readonly token?: string;
  /** From when the read goes. */
  readonly since: string;
  /** Where the read ends; `undefined` for a source that reads up to now. */
  readonly until: string | undefined;
}

/**
 * Goes on where the checkpoint says, or begins: where the last read ended or at the newest event time, which
 * `rereads` what was delivered at it, or at the start. `undefined` when nothing that old is left to be read.
 * @throws ContractError when the checkpoint is not one that this declaration wrote
 */
export function beginRead(
  spec: RestSpec,
  context: PullContext,
): (ReadPosition & { readonly rereads: boolean }) | undefined {
  const { checkpoint, newest, startFrom, startedAt } = context;
  const start = startFrom.toISOString();
  const saved = checkpoint === null ? {} : readPosition(spec, checkpoint);
  const until = saved.until ?? endOfRead(spec, startedAt);
  if (saved.token !== undefined) return { since: start, ...saved, until, rereads: false };
  const before = spec.resume === 'time' ? (saved.since ?? newest) : undefined;
  const since = before ?? start;
  if (until !== undefined && compareIso(cutTime(since, spec.since.format), until) >= 0) return undefined;
  return { since, until, rereads: before !== undefined };
}

/** The checkpoint of a page that names a next one. */
export function writePosition(spec: RestSpec, { token, since, until }: ReadPosition): JsonObject {
  return {
    ...(token === undefined ? {} : { [tokenName(spec)]: token }),
    ...(token === undefined || isKept(spec, spec.since.in) ? { since } : {}),
    ...(token === undefined || until === undefined ? {} : { until }),
  };
}

/** The checkpoint of a read that resumes by time and has come to its end. */
export function writeEnd(until: string | undefined): JsonObject {
  return until === undefined ? {} : { since: until };
}

interface SavedPosition {
  readonly token?: string;
  readonly since?: string;
  readonly until?: string;
}

/** @throws ContractError when the checkpoint is not one that this declaration wrote */
function readPosition(spec: RestSpec, checkpoint: JsonObject): SavedPosition {
  const { [tokenName(spec)]: token, since, until, ...others } = checkpoint;
  const isSound =
    Object.keys(others).length === 0 &&
    [since, until].every(
      (time) => time === undefined || (typeof time === 'string' && toIso(time) === time),
    ) &&
    (token === undefined ? isEnd(spec, checkpoint) : isMiddle(spec, token, checkpoint));
  if (isSound) return text({ token, since, until });
  throw new ContractError(
    `going on with ${spec.path}: the saved position is damaged or of another kind of paging. Reset the state of this source.`,
  );
}

/** The members that hold a text. */
function text(members: Readonly<Record<string, Json | undefined>>): SavedPosition {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => typeof value === 'string'));
}

/** A position without a token: where the next read begins. */
function isEnd({ resume, until, next }: RestSpec, saved: JsonObject): boolean {
  if (resume !== 'time' || saved['until'] !== undefined) return false;
  return saved['since'] === undefined || until !== undefined || next.kind === 'time';
}

/** A position between two pages. */
function isMiddle(spec: RestSpec, token: Json, saved: JsonObject): boolean {
  const isToken =
    typeof token === 'string' && (spec.next.kind === 'link' ? token.startsWith('/') : token !== '');
  const hasSince = isKept(spec, spec.since.in) === (saved['since'] !== undefined);
  const hasUntil = spec.until !== undefined || saved['until'] === undefined;
  return isToken && spec.next.kind !== 'time' && hasSince && hasUntil;
}

function tokenName({ next }: RestSpec): string {
  return next.kind === 'link' ? 'next' : 'cursor';
}

/** True when the requests after the first hold again what the first one had in its query or its body. */
export function isKept({ next }: RestSpec, place: RestParameter['in']): boolean {
  if (next.kind === 'link') return place === 'body';
  return !(next.kind === 'cursor' && next.alone === true);
}
