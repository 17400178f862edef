import type { Page, Pull, PullContext } from '../contract/connector';
import type { RestSpec } from '../contract/rest';
import { readByTime } from './rest-by-time';
import { readByToken } from './rest-by-token';
import { checkSpec } from './rest-check';
import { beginRead } from './rest-position';
import { compileReader } from './rest-reader';

/**
 * Makes a pull of a declaration. The pull carries the declaration as its `rest`.
 *
 * A position is `{ next }`, the path and query of the next link relative to the base address, or `{ cursor }`,
 * with `since` where later requests say it again. With `resume: 'cursor'` the last one is kept for ever: a page
 * that names none keeps the one before, if it has no records; with records it is an error, because the next run
 * would deliver them again. With `resume: 'time'` a position stands only between two pages of one read, with the
 * `until` of that read; after the last page it is `{ since }`, where the read ended, or `{}` for a source without
 * `until`, whose next run reads from the newest event time.
 * @throws ContractError when the declaration cannot work; the message names the member
 */
export function rest(spec: RestSpec): Pull {
  checkSpec(spec);
  const reader = compileReader(spec);
  const read = spec.next.kind === 'time' ? readByTime : readByToken;
  async function* pull(context: PullContext): AsyncGenerator<Page> {
    const begin = beginRead(spec, context);
    if (begin !== undefined) yield* read(reader, context, begin);
  }
  return Object.assign(pull, { rest: spec });
}
