import type { PullSource } from '../../../shared/contract/connector';
import { rangeSpecOf } from '../../../shared/windows/backfill-range';
import { fixedFeed, liveFeed, type Feed } from './feed';
import type { Fixtures } from './fixtures';
import type { VendorEvents } from '../vendor-options';

/** The options of a source's feed. */
export interface FeedParts {
  readonly connector: string;
  readonly name: string;
  readonly source: PullSource;
  readonly folder: string;
  readonly live: boolean;
  readonly events: VendorEvents | undefined;
  /** The time that the newest fixture is moved to, if the vendor is not live. */
  readonly newestAt: Date | undefined;
  readonly now: () => Date;
  readonly seed: number;
  readonly bornAt: Date;
  readonly maxLateMs: number | undefined;
}

/** The default page size of a live vendor. */
export const DEFAULT_PAGE_SIZE = 100;

/**
 * What a source's vendor publishes. Unless the test wants it later, a vendor that is asked by time is no later than its
 * shortest lag, and one that declares no lag is never late; and never later than its longest, where the test leaves that
 * to it. A vendor whose declared cursor is kept is read in the order of publication, so that it may be late.
 */
export function feedOf(
  { bornAt, connector, events, live, maxLateMs, name, newestAt, now, seed, source }: FeedParts,
  { pages }: Pick<Fixtures, 'pages'>,
  pageSize: number,
): Feed {
  if (!live) return fixedFeed(pages, source.table.time, newestAt);
  const { historyPages, lateUpToMs, ...habits } = events ?? {};
  const { maxMs = 0, minMs = 0 } = rangeSpecOf(source)?.lag ?? {};
  const allowedMs = lateUpToMs === undefined ? minMs : Math.min(lateUpToMs, maxMs);
  const own = source.pull.rest?.resume === 'cursor' ? lateUpToMs : allowedMs;
  const history = historyPages === undefined ? {} : { history: Math.ceil(historyPages * pageSize) };
  const clock = { now, bornAt, maxLateMs: maxLateMs ?? own, events: { ...habits, ...history } };
  const shape = { ...source.table, explode: source.pull.rest?.explode };
  return liveFeed(pages.flat(), shape, `${connector}/${name}/${seed}`, clock);
}
