import { type Ledger, isBalanced } from '../../shared/contract/checkpoint';
import type { TakenRow } from './event-recorder';
import type { Expected } from './scenario';

/** What the end of an attempt looks like, for one source. */
export interface Evidence {
  readonly expected: Expected;
  /** Everything that the workspace took, in order. */
  readonly taken: readonly TakenRow[];
  /** The event ids of what the table's view without doubles returns. */
  readonly unique: readonly string[];
  /** The event ids of durable dead letters. */
  readonly dead: ReadonlySet<string>;
  readonly ledger: Ledger;
  /** The most rows that may have come more than once, where that can be said. */
  readonly maxDoubled?: number;
  /** True when the vendor itself showed records twice. */
  readonly repeats: boolean;
}

/** What became of the records of one source, or of many. */
export interface Counts {
  /** By the ledger. */
  readonly fetched: number;
  readonly accepted: number;
  /** Published and neither in the workspace nor a dead letter. */
  readonly missing: number;
  /** Rows that the workspace holds more than once, by their event id: a query by `EventId` removes them. */
  readonly doubled: number;
  /** What such a query still holds beyond what was published: what the vendor showed twice and gave no id. */
  readonly left: number;
  /** What a reader by the common rule would have lost of the same feed; counted under a fault that is about it. */
  readonly lostByPeers: number;
}

/** The verdict on one source. */
export interface Verdict extends Counts {
  /** What the promise does not allow, a sentence each; empty when it was kept. */
  readonly broken: readonly string[];
}

export const NO_COUNTS: Counts = { fetched: 0, accepted: 0, missing: 0, doubled: 0, left: 0, lostByPeers: 0 };

/** Compares what must have arrived with what did. Pure. */
export function judge(evidence: Evidence): Verdict {
  const { dead, expected, ledger, taken, unique } = evidence;
  const { eventIdOf, mayCome } = expected;
  const returned = new Set(unique);
  const ids = new Set(taken.map(({ row }) => eventIdOf(row)).filter((id) => returned.has(id)));
  const arrived = new Map<string, number>();
  for (const id of [...ids, ...dead]) {
    const base = expected.idOf(id);
    arrived.set(base, (arrived.get(base) ?? 0) + 1);
  }
  let missing = 0;
  for (const [id, count] of expected.rows) missing += Math.max(count - (arrived.get(id) ?? 0), 0);
  const doubled = taken.length - unique.length;
  let left = 0;
  for (const [id, count] of countsOf(unique.map(expected.idOf)))
    left += Math.max(count - (expected.rows.get(id) ?? (mayCome?.has(id) === true ? 1 : 0)), 0);
  return {
    fetched: ledger.fetched,
    accepted: ledger.accepted,
    missing,
    doubled,
    left,
    lostByPeers: 0,
    broken: [
      ...(missing > 0 ? [`${missing} records are missing`] : []),
      ...ledgerProblems(evidence, unique.length),
      ...(evidence.repeats ? [] : doubleProblems(evidence, doubled)),
      ...(expected.inOrder === true ? orderProblems(expected, ids) : []),
    ],
  };
}

/** The sum of many. */
export function addCounts(a: Counts, b: Counts): Counts {
  return {
    fetched: a.fetched + b.fetched,
    accepted: a.accepted + b.accepted,
    missing: a.missing + b.missing,
    doubled: a.doubled + b.doubled,
    left: a.left + b.left,
    lostByPeers: a.lostByPeers + b.lostByPeers,
  };
}

/** True when the sum of the parts is the whole, and what it calls accepted is there. */
function ledgerProblems({ ledger, repeats }: Evidence, distinct: number): string[] {
  const problems: string[] = [];
  if (!isBalanced(ledger)) problems.push('the ledger is not balanced');
  if (ledger.pending !== 0) problems.push(`the ledger says that ${ledger.pending} records are pending`);
  const isRight = repeats ? ledger.accepted >= distinct : ledger.accepted === distinct;
  if (!isRight)
    problems.push(`the ledger says that ${ledger.accepted} rows were accepted, and there are ${distinct}`);
  return problems;
}

/** A row may come again only while no checkpoint covers it, and there is no more of it than one page a crash. */
function doubleProblems({ expected, maxDoubled, taken }: Evidence, doubled: number): string[] {
  const problems: string[] = [];
  const last = new Map<string, TakenRow>();
  let late = 0;
  let within = 0;
  for (const each of taken) {
    const before = last.get(expected.eventIdOf(each.row));
    if (before !== undefined && before.post === each.post) within++;
    else if (before?.coveredFrom !== undefined && each.epoch >= before.coveredFrom) late++;
    last.set(expected.eventIdOf(each.row), each);
  }
  if (within > 0) problems.push(`${within} rows stand twice in one post`);
  // Of parts that are worked side by side nobody can say whose checkpoint covered a row.
  if (late > 0 && expected.isSideBySide !== true)
    problems.push(`${late} rows came again although a checkpoint covered them`);
  if (maxDoubled !== undefined && doubled > maxDoubled)
    problems.push(`${doubled} rows came again, which is more than ${maxDoubled}`);
  const isKnown = (id: string): boolean =>
    expected.rows.has(expected.idOf(id)) || expected.mayCome?.has(expected.idOf(id)) === true;
  const unknown = [...last.keys()].filter((id) => !isKnown(id));
  if (unknown.length > 0) problems.push(`${unknown.length} rows are of no record that was published`);
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

/** What was answered first must come first; `ids` are those that came, in order. */
function orderProblems({ rows }: Expected, ids: ReadonlySet<string>): string[] {
  const came = [...ids].filter((id) => rows.has(id));
  const wanted = [...rows.keys()].filter((id) => ids.has(id));
  const late = came.filter((id, at) => id !== wanted[at]);
  return late.length === 0 ? [] : [`${late.length} rows did not come in the order in which they were taken`];
}
