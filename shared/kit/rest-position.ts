import type { PullContext } from '../contract/connector';
import { ContractError } from '../contract/errors';
import type { Json, JsonObject } from '../contract/json';
import type { RestParameter, RestSpec } from '../contract/rest';
import { cutTime, endOfRead } from './rest-time';
import { compareIso } from './time';

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
    ...(token === undefined || isRepeated(spec, spec.since) ? { since } : {}),
    ...(token === undefined || until === undefined ? {} : { until }),
  };
}

/** The checkpoint of a read that resumes by time and has come to its end. */
export function writeEnd(until: string | undefined): JsonObject {
  return until === undefined ? {} : { since: until };
}

/** @throws ContractError when the checkpoint is not one that this declaration wrote */
function readPosition(
  spec: RestSpec,
  checkpoint: JsonObject,
): { readonly token?: string; readonly since?: string; readonly until?: string } {
  const { [tokenName(spec)]: token, since, until, ...others } = checkpoint;
  const isTime = (value: Json | undefined): value is string => typeof value === 'string';
  if (
    Object.keys(others).length === 0 &&
    (until === undefined || (isTime(until) && spec.until !== undefined))
  ) {
    if (token === undefined && until === undefined && spec.resume === 'time') {
      if (since === undefined) return {};
      if (isTime(since) && (spec.until !== undefined || spec.next.kind === 'time')) return { since };
    }
    const hasSince = isRepeated(spec, spec.since) ? isTime(since) : since === undefined;
    if (isToken(spec, token) && hasSince) {
      return { token, ...(isTime(since) ? { since } : {}), ...(until === undefined ? {} : { until }) };
    }
  }
  throw new ContractError(
    `going on with ${spec.path}: the saved position is damaged or of another kind of paging. Reset the state of this source.`,
  );
}

function tokenName({ next }: RestSpec): string {
  return next.kind === 'link' ? 'next' : 'cursor';
}

function isToken({ next }: RestSpec, token: Json | undefined): token is string {
  if (typeof token !== 'string' || next.kind === 'time') return false;
  return next.kind === 'link' ? token.startsWith('/') : token !== '';
}

/** True when the requests after the first say this parameter again, so that a position must remember it. */
export function isRepeated({ next }: RestSpec, parameter: RestParameter): boolean {
  if (next.kind === 'link') return parameter.in === 'body';
  return !(next.kind === 'cursor' && next.alone === true);
}
