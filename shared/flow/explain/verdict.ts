import { formatId, isBalanced, type Checkpoint, type SourceId } from '../../contract/checkpoint';
import type { CoveredSpan, Explanation, Gap, LetterFate, Span, Verdict } from '../../contract/explanation';
import type { Act, StoredLetter } from '../../contract/operator';
import type { RunReport } from '../../contract/run';
import { compareIso } from '../../kit/time';

/**
 * What became of the letters of a time. A letter is kept before its run is over: what the runs have counted and nothing
 * tells of any more is gone.
 * @param letters those that wait @param acts what operators did since its beginning @param runs of that time
 */
export function fateOf(
  letters: readonly Pick<StoredLetter, 'at' | 'cause'>[],
  acts: readonly Act[],
  runs: readonly Pick<RunReport, 'deadLettered'>[],
  limits: Span,
): LetterFate {
  const waiting: Record<string, number> = {};
  const ofTime = letters.filter(
    ({ at }) => compareIso(at, limits.from) >= 0 && compareIso(at, limits.to) <= 0,
  );
  const own = ofTime.filter(({ cause }) => cause !== 'truncated');
  for (const { cause } of own) waiting[cause] = (waiting[cause] ?? 0) + 1;
  const sum = (what: Act['what'], names: readonly string[]): number =>
    acts
      .filter((act) => act.what === what)
      .flatMap(({ after }) =>
        names.map((name) => Number((after as Record<string, unknown> | null)?.[name] ?? 0)),
      )
      .reduce((a, b) => a + b, 0);
  const replayed = sum('replay', ['accepted', 'filtered']);
  const dropped = sum('drop', ['dropped']);
  const counted = runs.reduce((total, { deadLettered }) => total + deadLettered, 0);
  const gone = Math.max(0, counted - own.length - replayed - dropped);
  return { waiting, truncated: ofTime.length - own.length, replayed, dropped, gone };
}

/** What lets an operator look closer, a sentence each. @param runs of the time asked for */
export function doubtsOf(
  runs: readonly Pick<RunReport, 'leftPartitions'>[],
  checkpoint: Checkpoint | undefined,
): string[] {
  const left = runs.reduce((most, run) => Math.max(most, run.leftPartitions ?? 0), 0);
  const isUneven = checkpoint !== undefined && !isBalanced(checkpoint.ledger);
  return [
    ...(left > 0
      ? [`${left} partitions are too many to be read: give some of them an instance of their own.`]
      : []),
    ...(isUneven ? ['The ledger does not balance: look at the state of the source.'] : []),
  ];
}

/** The worst that was found, every reason for it, and what to do. */
export function verdictOf(
  id: SourceId,
  covered: readonly CoveredSpan[],
  gaps: readonly Gap[],
  { dropped, gone, waiting }: LetterFate,
  doubts: readonly string[],
): Pick<Explanation, 'verdict' | 'reasons' | 'commands'> {
  const reasons: string[] = [];
  const found = new Set<Verdict>();
  const say = (verdict: Verdict, reason: string): void => {
    found.add(verdict);
    reasons.push(reason);
  };
  for (const gap of gaps) {
    const state = gap.verdict === 'lost' ? 'is lost' : 'is not delivered';
    say(gap.verdict, `${gap.from} to ${gap.to} ${state}: ${gap.cause}.`);
    if (gap.partlyLost !== undefined)
      say('lost', `${gap.partlyLost} of ${gap.from} to ${gap.to}: the vendor keeps them for a shorter time.`);
  }
  const letters = Object.values(waiting).reduce((a, b) => a + b, 0);
  const replay = `npx tributary dead-letters replay ${formatId(id)}`;
  if (letters > 0) say('recoverable', `${letters} records wait as dead letters.`);
  if (dropped > 0) say('lost', `${dropped} records were dropped by an operator.`);
  if (gone > 0)
    say(
      'lost',
      `${gone} dead letters are not kept any more: RETENTION_DAYS is over, or somebody deleted them.`,
    );
  for (const late of covered.filter(({ verdict }) => verdict === 'completed late')) {
    say('completed late', `${late.from} to ${late.to} was delivered late, by ${late.at ?? ''}.`);
  }
  for (const doubt of doubts) say('recoverable', doubt);
  const worst = (['lost', 'recoverable', 'completed late'] as const).find((one) => found.has(one));
  return {
    verdict: worst ?? 'complete',
    reasons: worst === undefined ? ['All that the vendor showed was delivered in time.'] : reasons,
    commands: [
      ...new Set([...gaps.flatMap(({ command }) => command ?? []), ...(letters > 0 ? [replay] : [])]),
    ],
  };
}
