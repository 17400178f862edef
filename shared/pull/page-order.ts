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
 * Checks that event times rise in a window that a connector's own code reads. A declared source checks its answers itself,
 * including the records beyond the window.
 * @returns the error if times fall: the read cannot be trusted then
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
 * Counts the pages whose records are not oldest first although their source declares it, and the pages that the vendor may
 * have cut, and logs the first of each kind. These pages are delivered, and no other events are skipped because of them.
 * Also logs when the vendor refused the saved position or gave up what it prepared, and the source reads again from a time.
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
    const { mayBeCut, readAgainFrom, stays, timeRange, window } = page;
    if (readAgainFrom !== undefined)
      log.warn(
        { ...id, runId, from: readAgainFrom },
        window === undefined
          ? 'the vendor refused the saved position: the source reads again from a time, and sends again what it delivered since'
          : 'the vendor gave up what it prepared, or no longer has it: the source reads the range again',
      );
    if (mayBeCut === true && tally.mayBeCut++ === 0)
      warn(page, 'nothing shows that a page is whole: its vendor may cut its answers');
    if (!isWatched || timeRange === undefined || timeRange.rising || stays === true) return;
    if (tally.outOfOrder++ === 0)
      warn(page, 'records of a page are not oldest first, as their source declares');
  };
}

function risesIn(source: PullSource, range: PullRange | undefined): boolean {
  return (windowSpecOf(source, range)?.order ?? 'oldest-first') === 'oldest-first';
}
