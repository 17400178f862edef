import type { PullContext } from '../contract/connector';
import { ContractError } from '../contract/errors';
import type { JsonObject } from '../contract/json';
import type { RestSpec } from '../contract/rest';

/** Where a read stands. */
export interface ReadPosition {
  /** The next link, relative to the base address, or the cursor; absent at the beginning of a read. */
  readonly token?: string;
  /** From when the read goes; ISO 8601, UTC. */
  readonly since: string;
}

/**
 * Goes on where the checkpoint says, or begins: at the newest event time, which `rereads` what was delivered at
 * it, or at the start.
 * @throws ContractError when the checkpoint is not one that this declaration wrote
 */
export function beginRead(
  spec: RestSpec,
  context: PullContext,
): ReadPosition & { readonly rereads: boolean } {
  const { checkpoint, newest, startFrom } = context;
  const start = startFrom.toISOString();
  const saved = checkpoint === null ? {} : readPosition(spec, checkpoint);
  if (saved.token !== undefined) return { since: start, ...saved, rereads: false };
  return spec.resume === 'time' && newest !== undefined
    ? { since: newest, rereads: true }
    : { since: start, rereads: false };
}

/** The checkpoint of a page that names a next one. */
export function writePosition(spec: RestSpec, { token, since }: Required<ReadPosition>): JsonObject {
  return { [spec.next.kind === 'link' ? 'next' : 'cursor']: token, ...(repeatsSince(spec) ? { since } : {}) };
}

/** @throws ContractError when the checkpoint is not one that this declaration wrote */
function readPosition(spec: RestSpec, checkpoint: JsonObject): Partial<ReadPosition> {
  const { [spec.next.kind === 'link' ? 'next' : 'cursor']: token, since, ...others } = checkpoint;
  const isEmpty = Object.keys(checkpoint).length === 0;
  if (isEmpty && spec.resume === 'time') return {};
  const hasSince = repeatsSince(spec) ? typeof since === 'string' : since === undefined;
  const hasToken =
    typeof token === 'string' && (spec.next.kind === 'link' ? token.startsWith('/') : token !== '');
  if (hasToken && hasSince && Object.keys(others).length === 0) {
    return { token, ...(typeof since === 'string' ? { since } : {}) };
  }
  throw new ContractError(
    `going on with ${spec.path}: the saved position is damaged or of another kind of paging. Reset the state of this source.`,
  );
}

/** True when the requests after the first say `since` again, so that a position must remember it. */
export function repeatsSince({ next, since }: RestSpec): boolean {
  return next.kind === 'link' ? since.in === 'body' : next.alone !== true;
}
