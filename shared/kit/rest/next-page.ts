import type { SettingValues } from '../../contract/connector';
import { ContractError, type UnavailableError } from '../../contract/errors';
import type { RestSpec } from '../../contract/rest';
import type { RestAnswer } from './read-answer';
import type { ReadPosition } from './read-position';
import { baseAddress } from './request';

/** Pages without records that end a window of a vendor that never stops naming a next one; each costs one request. */
const MOST_EMPTY_IN_A_ROW = 5;

/** Where an answer leads. */
interface NextPlace {
  /** What to remember of the next page: the cursor itself, or the link relative to the base address. */
  readonly token?: string | undefined;
  /** A next link to another origin. */
  readonly elsewhere?: string | undefined;
}

/** What an answer means for the read that it belongs to. */
export interface Lead extends NextPlace {
  readonly isLast: boolean;
  /** True when the next run can only ask for this page again. */
  readonly stays: boolean;
  /** Why the read cannot go on behind the answer, nor begin there in the next run; absent where it can. */
  readonly problem: ContractError | UnavailableError | undefined;
}

/** What is known of a read when an answer has come. */
export interface ReadSoFar {
  readonly at: ReadPosition;
  /** Every token that the read has asked with. */
  readonly asked: ReadonlySet<string>;
  /** True when the page ends with what is newer than the end of the read. */
  readonly leftLast: boolean;
  /** True when a record of the page is older than the one before it: where the page ends then says nothing. */
  readonly hasFall: boolean;
  /** What the times of the page contradict; absent where they contradict nothing. */
  readonly problem?: ContractError;
  /** How many pages without records have come one after another. */
  readonly emptyInARow: number;
}

/** Says how a read goes on behind an answer. One that tells an error is never the last one. */
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
  // A last page may name the cursor that it was asked with: it is not full yet.
  const stays = problem !== undefined || (isLast && token !== undefined && token === at.token);
  return { token, elsewhere, isLast, stays, problem };
}

/**
 * A vendor that takes no end and gives the oldest first has shown all of a window once it shows what is newer.
 *
 * One that always names a next page may name none where it was told the end; where it does, a page without records
 * may stand in the middle, and only the same next page again, or several empty ones in a row, are the end.
 */
function isEndOfWindow(
  spec: RestSpec,
  { next, records, isLast, problem }: RestAnswer,
  seen: { readonly leftLast: boolean; readonly isAgain: boolean; readonly emptyInARow: number },
): boolean {
  const takesNoEnd = spec.until === undefined && spec.window?.order !== 'newest-first';
  if (problem !== undefined) return false;
  if (takesNoEnd && seen.leftLast) return true;
  if (spec.stop.on !== 'empty-page') return isLast;
  const isStill = seen.isAgain && records.length === 0;
  return next === undefined || isStill || seen.emptyInARow === MOST_EMPTY_IN_A_ROW;
}

/** Nothing where the answer names no next page, or where the read ends and the next one begins at a time. */
function nextOf(spec: RestSpec, settings: SettingValues, { next, isLast }: RestAnswer): NextPlace {
  if (next === undefined || (isLast && spec.resume === 'time')) return {};
  if (spec.next.kind === 'cursor') return { token: next };
  const [base, link] = [new URL(baseAddress(spec, settings)), new URL(next)];
  if (link.origin !== base.origin) return { elsewhere: next };
  const prefix = base.pathname.replace(/\/$/, '');
  const isInside = link.pathname === prefix || link.pathname.startsWith(`${prefix}/`);
  const up = '/..'.repeat(prefix.split('/').length - 1);
  const path = isInside ? link.pathname.slice(prefix.length) || '/' : up + link.pathname;
  return { token: path + link.search };
}

/** Why a read cannot go on behind an answer, nor begin there in the next run; `undefined` where it can. */
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
