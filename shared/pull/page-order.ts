import type { Page, PullContext, PullSource } from '../contract/connector';
import type { ContractError } from '../contract/errors';
import type { PullRange } from '../contract/windows';
import { runCooperatively, pauseMeter } from '../values/cooperative';
import { compileRecordPath } from '../values/json-path';
import { toIso } from '../values/time';
import { NEWEST_FIRST, fallingTimes, followTimes } from '../values/time-order';
import type { Tally } from './run-tally';
import { windowSpecOf } from '../windows/window-context';
import type { PullRun, ReadPage } from './pull-run';

/**
 * Follows the times of a window that is read by a connector's own code: a declaration's read follows its answers by
 * itself, also what they show beyond the window.
 * @returns why the read cannot be trusted, where its times fall
 */
export function followPages(
  source: PullSource,
  { window }: PullContext,
  range: PullRange | undefined,
): (page: Page, who: string) => Promise<ContractError | undefined> {
  const isFollowed = window !== undefined && source.pull.rest === undefined && risesIn(source, range);
  if (!isFollowed) return () => Promise.resolve(undefined);
  const timeAt = compileRecordPath(source.table.time);
  const follow = followTimes();
  const timesIn = function* (
    records: Page['records'],
  ): Generator<undefined, (string | undefined)[], undefined> {
    const isPauseDue = pauseMeter();
    const times: (string | undefined)[] = [];
    for (const record of records) {
      if (isPauseDue(0)) yield;
      times.push(toIso(timeAt(record)));
    }
    return times;
  };
  return async ({ records }, who) => {
    if (!Array.isArray(records)) return undefined;
    const { isFalling } = follow(await runCooperatively(timesIn(records)));
    return isFalling ? fallingTimes(`pulling ${who}`, NEWEST_FIRST) : undefined;
  };
}

/**
 * Counts the pages with records out of place in a read that should give the oldest first, and those that may have been
 * cut, and tells the log of the first one of each. They were delivered, and nothing was passed over for them.
 */
export function watchPages(
  source: PullSource,
  { id, log, runId }: Pick<PullRun, 'id' | 'log' | 'runId'>,
  range: PullRange | undefined,
  tally: Tally,
): (page: ReadPage) => void {
  const isWatched = risesIn(source, range);
  const warn = ({ records, window }: ReadPage, sentence: string): void =>
    log.warn({ ...id, runId, from: window?.from, to: window?.to, records: records.length }, sentence);
  return (page) => {
    const { mayBeCut, readAgainFrom, stays, timeRange } = page;
    if (readAgainFrom !== undefined)
      log.warn(
        { ...id, runId, from: readAgainFrom },
        'the vendor refused the saved position: the source reads again from a time, and sends again what it delivered since',
      );
    if (mayBeCut === true && tally.mayBeCut++ === 0)
      warn(page, 'nothing shows that a page is whole: its vendor may cut its answers');
    if (!isWatched || timeRange === undefined || timeRange.rising || stays === true) return;
    if (tally.outOfOrder++ === 0)
      warn(page, 'records of a page are not oldest first, as their source declares');
  };
}

function risesIn(source: PullSource, range: PullRange | undefined): boolean {
  return windowSpecOf(source, range)?.order !== 'newest-first';
}
