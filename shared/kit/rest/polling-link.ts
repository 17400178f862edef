import type { RestNext, RestParameter, RestSpec } from '../../contract/rest';

/** Where a vendor names the link or token that is asked again and again. */
export interface PollingLink {
  /** The path of the link, or of the token, in the answer. @default the `Link` header with the relation `next` */
  readonly from?: string;
  /** The path of the one to keep, of a vendor that names it apart from the next page. @example "$['@odata.deltaLink']" */
  readonly last?: string;
  /** How a token is sent back. Absent: what stands there is an address. */
  readonly send?: RestParameter;
  /** The vendor wants the token and nothing else. */
  readonly alone?: true;
  /** The path of the boolean that says whether there is more now. @default a page without records is the last one */
  readonly more?: string;
}

/**
 * For a vendor whose answers name a link or token to go on with, also when nothing is new: it is kept, and the next run asks
 * with it. Spread it into `rest()`. The first run begins at `since`; each run ends where nothing more is to be had now, and
 * saves the link or token of its last page. Where the vendor refuses a saved one, because it expired or for another reason,
 * the run reads again from a time, with overlap (`expired`).
 *
 * @example `...pollingLink()`: a `Link` header that is always there
 * @example `...pollingLink({ from: 'cursor', send: { in: 'body', name: 'cursor' }, more: 'has_more' })`: a token, and a flag
 * @example `...pollingLink({ from: "$['@odata.nextLink']", last: "$['@odata.deltaLink']" })`: one link for the next page, another
 * to keep
 * @see https://learn.microsoft.com/graph/delta-query-overview
 */
export function pollingLink({ alone, from, last, more, send }: PollingLink = {}): Pick<
  RestSpec,
  'next' | 'stop' | 'resume'
> &
  Required<Pick<RestSpec, 'expired'>> {
  const kept = last === undefined ? {} : { last };
  const next: RestNext =
    send === undefined || from === undefined
      ? { kind: 'link', ...(from === undefined ? {} : { from }), ...kept }
      : { kind: 'cursor', from, send, ...(alone === undefined ? {} : { alone }), ...kept };
  return { next, stop: stopOf(last, more), resume: 'cursor', expired: 'read-again' };
}

function stopOf(last: string | undefined, more: string | undefined): RestSpec['stop'] {
  if (last !== undefined) return { on: 'no-next' };
  return more === undefined ? { on: 'empty-page' } : { on: 'unless', path: more };
}
