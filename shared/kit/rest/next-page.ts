import type { SettingValues } from '../../contract/connector';
import { ContractError, type UnavailableError } from '../../contract/errors';
import type { RestSpec } from '../../contract/rest';
import type { NextPlace } from './paging/paging';
import { pagingOf } from './paging/paging-of';
import type { RestAnswer } from './read-answer';
import type { ReadPosition } from './read-position';
import { baseAddress } from './request';
import { showsLater } from './time-format';

/** Empty pages in a row that end a window of a vendor that always names a next page. Each costs a request. */
const MOST_EMPTY_IN_A_ROW = 5;

/** How a read continues after an answer. */
export interface Lead extends NextPlace {
  readonly isLast: boolean;
  /** True when the next run can only request this page again. */
  readonly stays: boolean;
  /** Why neither this read nor the next run can continue behind the answer. */
  readonly problem: ContractError | UnavailableError | undefined;
}

/** The state of a read when an answer arrives. */
export interface ReadSoFar {
  readonly at: ReadPosition;
  /** Every token that the read has sent. */
  readonly asked: ReadonlySet<string>;
  /** True when the last record of the page is newer than the end of the read. */
  readonly leftLast: boolean;
  /** True when a record of the page is older than the one before it. The last record then does not tell where the page ends. */
  readonly hasFall: boolean;
  /** Set if the times of the page contradict the declared order. */
  readonly problem?: ContractError;
  /** The number of empty pages in a row. */
  readonly emptyInARow: number;
}

/** How a read continues after an answer. An answer that reports an error is never the last one. */
export function leadsTo(spec: RestSpec, settings: SettingValues, answer: RestAnswer, seen: ReadSoFar): Lead {
  const lead = leadOf(spec, settings, answer, seen);
  const { failure } = answer;
  const goesOn = failure === undefined || (!lead.isLast && lead.token !== undefined);
  return goesOn ? lead : { isLast: false, stays: true, problem: failure };
}

function leadOf(
  spec: RestSpec,
  settings: SettingValues,
  answer: RestAnswer,
  { at, asked, emptyInARow, hasFall, leftLast, problem: misled }: ReadSoFar,
): Lead {
  if (misled !== undefined) return { isLast: false, stays: true, problem: misled };
  const { elsewhere, token } = nextOf(spec, settings, answer);
  const isAgain = token !== undefined && asked.has(token);
  if (
    at.until !== undefined &&
    isEndOfWindow(spec, answer, { leftLast: leftLast && !hasFall, isAgain, emptyInARow })
  )
    return { token, isLast: true, stays: false, problem: undefined };
  const isLast = at.until === undefined && answer.isLast;
  const problem = problemOf(spec, answer, { token, elsewhere, isAgain, isLast });
  // A last page that is not full may name the cursor that it was requested with.
  const stays = problem !== undefined || (isLast && token !== undefined && token === at.token);
  return { token, elsewhere, isLast, stays, problem };
}

/**
 * A vendor that takes no exact end and gives the oldest first has shown all of a window once it shows a newer record.
 *
 * A vendor that always names a next page may stop naming one if the request has an end. If it does not, an empty page may be in
 * the middle: the end is the same next page again, or several empty pages in a row.
 */
function isEndOfWindow(
  spec: RestSpec,
  { next, records, isLast, problem }: RestAnswer,
  seen: { readonly leftLast: boolean; readonly isAgain: boolean; readonly emptyInARow: number },
): boolean {
  const showsMore = showsLater(spec) && spec.window?.order !== 'newest-first';
  if (problem !== undefined) return false;
  if (showsMore && seen.leftLast) return true;
  if (spec.stop.on !== 'empty-page' || pagingOf(spec).isNumbered) return isLast;
  const isStill = seen.isAgain && records.length === 0;
  return next === undefined || isStill || seen.emptyInARow === MOST_EMPTY_IN_A_ROW;
}

/** Empty if the answer names no next page, or if the read ends and the next one begins at a time. */
function nextOf(spec: RestSpec, settings: SettingValues, { next, isLast }: RestAnswer): NextPlace {
  if (next === undefined || (isLast && spec.resume === 'time')) return {};
  return pagingOf(spec).placeOf(next, baseAddress(spec, settings));
}

/** Why neither this read nor the next run can continue behind an answer. */
function problemOf(
  spec: RestSpec,
  { problem, records }: RestAnswer,
  { elsewhere, isAgain, isLast, token }: NextPlace & { readonly isAgain: boolean; readonly isLast: boolean },
): ContractError | undefined {
  if (problem !== undefined) return problem;
  if (elsewhere !== undefined)
    return broken(spec, `the next link leads to ${new URL(elsewhere).origin}`, 'next');
  if (isLast && token === undefined && spec.resume === 'cursor' && records.length > 0)
    return broken(
      spec,
      'the vendor gave records and no next page, so that they would be read again',
      'resume',
    );
  if (isLast) return undefined;
  if (token === undefined)
    return broken(spec, 'the read is not at its end and the vendor names no next page', 'next');
  return isAgain
    ? broken(spec, 'the vendor gave the same next page twice, so that the read would never end', 'next')
    : undefined;
}

function broken(spec: RestSpec, because: string, member: string): ContractError {
  return new ContractError(
    `reading the answer of ${spec.path}: ${because}. Its records are delivered. Compare \`${member}\` with the vendor’s documentation.`,
  );
}
