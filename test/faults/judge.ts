import { type Ledger, isBalanced } from '../../shared/contract/checkpoint';
import type { AcceptedRow } from './event-recorder';
import type { Expected } from './scenario';

/** The state at the end of a case, for one source. */
export interface JudgeInput {
  readonly expected: Expected;
  /** Every row that the workspace accepted, in order. */
  readonly accepted: readonly AcceptedRow[];
  /** The event ids of the rows that the table's `…Unique` view returns. */
  readonly uniqueIds: readonly string[];
  /** The event ids of durable dead letters. */
  readonly deadLetterIds: ReadonlySet<string>;
  readonly ledger: Ledger;
  /** How many rows may have been sent more than once; undefined if there is no limit. */
  readonly maxDoubled?: number;
  /** True if the vendor itself repeated records. */
  readonly mayRepeat: boolean;
}

/** The outcome of the records of one or several sources. */
export interface Counts {
  /** As the ledger counts them. */
  readonly fetched: number;
  readonly accepted: number;
  /** Published records that are neither in the workspace nor dead letters. */
  readonly missing: number;
  /** Rows beyond the first of each event id: a query by `EventId` removes them. */
  readonly doubled: number;
  /** Rows that such a query returns beyond what was published: repeats of a vendor without ids. */
  readonly left: number;
  /** How many of these events the baseline reader loses; 0 for faults that are not about lateness. */
  readonly lostByBaseline: number;
}

/** The verdict on one source. */
export interface Verdict extends Counts {
  /** A sentence for each violation of the promise. */
  readonly violations: readonly string[];
}

export const NO_COUNTS: Counts = {
  fetched: 0,
  accepted: 0,
  missing: 0,
  doubled: 0,
  left: 0,
  lostByBaseline: 0,
};

/** Compares what arrived with what was expected. Pure. */
export function judge(input: JudgeInput): Verdict {
  const { accepted, deadLetterIds, expected, ledger, uniqueIds } = input;
  const { eventIdOf, optionalIds } = expected;
  const returned = new Set(uniqueIds);
  const ids = new Set(accepted.map(({ row }) => eventIdOf(row)).filter((id) => returned.has(id)));
  const arrived = new Map<string, number>();
  for (const id of [...ids, ...deadLetterIds]) {
    const base = expected.idOf(id);
    arrived.set(base, (arrived.get(base) ?? 0) + 1);
  }
  let missing = 0;
  for (const [id, count] of expected.rows) missing += Math.max(count - (arrived.get(id) ?? 0), 0);
  const doubled = accepted.length - uniqueIds.length;
  let left = 0;
  for (const [id, count] of countsOf(uniqueIds.map(expected.idOf)))
    left += Math.max(count - (expected.rows.get(id) ?? (optionalIds?.has(id) === true ? 1 : 0)), 0);
  return {
    fetched: ledger.fetched,
    accepted: ledger.accepted,
    missing,
    doubled,
    left,
    lostByBaseline: 0,
    violations: [
      ...(missing > 0 ? [`${missing} records are missing`] : []),
      ...ledgerProblems(input, uniqueIds.length),
      ...(input.mayRepeat ? [] : duplicateProblems(input, doubled)),
      ...(expected.inOrder === true ? orderProblems(expected, ids) : []),
    ],
  };
}

/** Adds two counts. */
export function addCounts(a: Counts, b: Counts): Counts {
  return {
    fetched: a.fetched + b.fetched,
    accepted: a.accepted + b.accepted,
    missing: a.missing + b.missing,
    doubled: a.doubled + b.doubled,
    left: a.left + b.left,
    lostByBaseline: a.lostByBaseline + b.lostByBaseline,
  };
}

/** The ledger must balance, and count as accepted what is in the workspace. */
function ledgerProblems({ ledger, mayRepeat }: JudgeInput, distinct: number): string[] {
  const problems: string[] = [];
  if (!isBalanced(ledger)) problems.push('the ledger is not balanced');
  if (ledger.pending !== 0) problems.push(`the ledger says that ${ledger.pending} records are pending`);
  const isRight = mayRepeat ? ledger.accepted >= distinct : ledger.accepted === distinct;
  if (!isRight)
    problems.push(`the ledger says that ${ledger.accepted} rows were accepted, and there are ${distinct}`);
  return problems;
}

/** A row may be sent again only while no checkpoint covers it: at most one page for each crash. */
function duplicateProblems({ accepted, expected, maxDoubled }: JudgeInput, doubled: number): string[] {
  const problems: string[] = [];
  const last = new Map<string, AcceptedRow>();
  let late = 0;
  let within = 0;
  for (const each of accepted) {
    const before = last.get(expected.eventIdOf(each.row));
    if (before !== undefined && before.post === each.post) within++;
    else if (before?.coveredFrom !== undefined && each.epoch >= before.coveredFrom) late++;
    last.set(expected.eventIdOf(each.row), each);
  }
  if (within > 0) problems.push(`${within} rows are twice in one post`);
  // Of parallel slices it is unknown whose checkpoint covered a row.
  if (late > 0 && expected.isParallel !== true)
    problems.push(`${late} rows were sent again although a checkpoint covered them`);
  if (maxDoubled !== undefined && doubled > maxDoubled)
    problems.push(`${doubled} rows were sent again, more than ${maxDoubled}`);
  const isKnown = (id: string): boolean =>
    expected.rows.has(expected.idOf(id)) || expected.optionalIds?.has(expected.idOf(id)) === true;
  const unknown = [...last.keys()].filter((id) => !isKnown(id));
  if (unknown.length > 0) problems.push(`${unknown.length} rows belong to no published record`);
  const more = countsOf([...last.keys()].map(expected.idOf));
  const phantoms = [...more].filter(([id, count]) => count > (expected.rows.get(id) ?? count));
  if (phantoms.length > 0) problems.push(`${phantoms.length} records have more than one event id`);
  return problems;
}

function countsOf(ids: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

/** Rows must arrive in the order in which their posts were answered. @param ids those that arrived, in order */
function orderProblems({ rows }: Expected, ids: ReadonlySet<string>): string[] {
  const arrived = [...ids].filter((id) => rows.has(id));
  const inOrder = [...rows.keys()].filter((id) => ids.has(id));
  const late = arrived.filter((id, at) => id !== inOrder[at]);
  return late.length === 0
    ? []
    : [`${late.length} rows did not arrive in the order in which they were accepted`];
}
