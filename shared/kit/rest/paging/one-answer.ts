import type { RestSpec } from '../../../contract/rest';

/**
 * For a vendor that answers a range of limited length at once, without paging. Spread it into `rest()`, and declare the longest
 * range as `window.maxMs`. Each window is complete with its answer.
 *
 * @example `...oneAnswer(), window: { lag, maxMs: 3_600_000 }`: a vendor that takes an hour at most
 */
export function oneAnswer(): Pick<RestSpec, 'next' | 'stop' | 'resume'> {
  return { next: { kind: 'none' }, stop: { on: 'no-next' }, resume: 'time' };
}
