import type { CoverageReport } from '../../../shared/contract/coverage-report';
import { stringifyJson } from '../../../shared/values/json/json';
import { formatId } from '../../../shared/contract/checkpoint';

/** A table of the coverage report, for text and HTML. */
export interface ExplainTable {
  readonly title: string;
  /** Shown if there are no rows. */
  readonly none: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Every table of an explanation, in the order in which an auditor asks. */
export function explainTables(one: CoverageReport): ExplainTable[] {
  const { acts, covered, gaps, ledger, letters, outages, pauses, runs } = one;
  const still = 'still';
  const dead = [
    ...Object.entries(letters.waiting).map(([cause, count]) => ['waiting', cause, String(count)]),
    ...some('delivered by a replay', '', letters.replayed),
    ...some('dropped by an operator', '', letters.dropped),
    ...some('no longer kept', '', letters.gone),
    ...some('the whole record of a truncated row', 'truncated', letters.truncated),
  ];
  return [
    {
      title: 'Delivered',
      none: 'Nothing.',
      head: ['Events from', 'to', 'How', 'Delivered by', 'Runs'],
      rows: covered.map(({ at, from, runs: count, to, verdict }) => [
        time(from),
        time(to),
        verdict,
        at === undefined ? 'before the run history; by the checkpoint' : time(at),
        count === 0 ? '' : String(count),
      ]),
    },
    {
      title: 'Not delivered',
      none: 'Nothing.',
      head: ['Events from', 'to', 'State', 'Because', 'To fetch them'],
      rows: gaps.map(({ cause, command = '', from, partlyLost, to, verdict }) => [
        time(from),
        time(to),
        partlyLost === undefined ? verdict : `${verdict}, but for ${partlyLost}`,
        cause,
        command,
      ]),
    },
    {
      title: 'Outages',
      none: 'None.',
      head: ['From', 'to', 'Failed runs', 'Cause'],
      rows: outages.map(({ cause, failures, from, isOver, to }) => [
        time(from),
        isOver ? time(to) : still,
        String(failures),
        cause,
      ]),
    },
    {
      title: 'Pauses',
      none: 'None.',
      head: ['From', 'to', 'By', 'Reason', 'Resumed by'],
      rows: pauses.map(({ by, reason = '', resumedBy = '', since, to }) => [
        time(since),
        to === undefined ? still : time(to),
        by,
        reason,
        resumedBy,
      ]),
    },
    { title: 'Dead letters', none: 'None.', head: ['Fate', 'Cause', 'Records'], rows: dead },
    {
      title: 'Operators’ acts',
      none: 'None.',
      head: ['When', 'Who', 'What', 'Before', 'After'],
      rows: acts.map(({ after, at, before, by, what }) => [
        time(at),
        by,
        what,
        stringifyJson(before),
        stringifyJson(after),
      ]),
    },
    {
      title: 'Counts',
      none: '',
      head: ['Of', 'Fetched', 'Accepted', 'Duplicate', 'Filtered', 'Dead letters', 'Pending'],
      rows: [
        [`${runs.ended} runs, ${runs.failed} failed`, ...counts(runs.ledger)],
        ...(ledger === undefined ? [] : [['since the first run', ...counts(ledger)]]),
      ],
    },
  ];
}

/** The facts above the tables. */
export function explainFacts(one: CoverageReport): readonly (readonly [string, string])[] {
  const { askedAt, begins, from, id, retention, table, title, to } = one;
  const except =
    retention?.except === undefined ? '' : ` (${retention.except.what}: ${retention.except.days} days)`;
  return [
    ['Source', `${formatId(id)} (${title})`],
    ['Table', table === '' ? 'unknown: the source no longer exists' : table],
    ['Events from', time(from)],
    ['to', time(to)],
    ...(begins === undefined ? [] : [['Source began at', time(begins)] as const]),
    ['Asked at', time(askedAt)],
    ['The vendor keeps', retention === undefined ? 'not declared' : `${retention.days} days${except}`],
  ];
}

function some(fate: string, cause: string, count: number): string[][] {
  return count === 0 ? [] : [[fate, cause, String(count)]];
}

function counts(ledger: CoverageReport['runs']['ledger']): string[] {
  const { accepted, deadLettered, duplicate, fetched, filtered, pending } = ledger;
  return [fetched, accepted, duplicate, filtered, deadLettered, pending].map(String);
}

/** To the second, UTC. */
function time(iso: string): string {
  return iso.replace(/(?:\.\d+)?Z$/, 'Z').replace('T', ' ');
}
