import type { Json, JsonObject } from '../../shared/contract/json';
import { parseJson } from '../../shared/values/json/json';
import { isObject } from '../../shared/values/json-path';
import type { Fault } from './fault';
import type { Expected } from './scenario';
import { LAWS } from './laws/list';
import { lostByBaseline } from './baseline-reader';
import { openTestEnvironment, type TestEnvironment, type TestEnvironmentOptions } from './test-environment';
import type { UniqueView } from './unique-view';
import { addCounts, judge, NO_COUNTS, type Counts, type Verdict } from './judge';
import { EMPTY_LEDGER } from '../../shared/contract/checkpoint';

/** One attempt to make the app lose something. */
export interface Case extends Omit<TestEnvironmentOptions, 'name' | 'azurite' | 'processes'> {
  /** The name of the fault or of the group, as printed. */
  readonly title: string;
  /** Where a process is killed, and in which round, counted from 1. @default every round */
  readonly kill?: { readonly round?: number; readonly injectionPoint: number };
  /** The built app of each round, and of the end, if they differ. */
  readonly apps?: readonly string[];
  /** The command that repeats this case. */
  readonly rerun: string;
}

/** The result of a case. */
export interface CaseOutcome extends Counts {
  /** A sentence for each violation of the promise. */
  readonly violations: readonly string[];
  /** The injection points at which processes were killed. */
  readonly kills: readonly string[];
}

/** Rounds with faults. After them all faults end. */
const ROUNDS = 2;
const BETWEEN_ROUNDS_MS = 5 * 60_000;

/** Runs a case to its end and judges it. Never throws for what the app does. */
export async function runCase(
  testCase: Case,
  shared: Pick<TestEnvironmentOptions, 'name' | 'azurite' | 'processes'> & { readonly view: UniqueView },
): Promise<CaseOutcome> {
  const { scenario } = testCase;
  const environment = await openTestEnvironment({ ...testCase, ...shared });
  try {
    for (let round = 1; round <= ROUNDS; round++) await runRound(environment, testCase, round);
    // No time passes between the last round and the end of the faults: waits must be bounded by themselves.
    environment.app = testCase.apps?.[ROUNDS] ?? testCase.app;
    for (const { afterRounds } of testCase.faults) await afterRounds?.(environment, shared.view);
    environment.endFaults();
    await scenario.finish(environment);
    for (const { afterDelivery } of testCase.faults) await afterDelivery?.(environment, shared.view);
    return await outcomeOf(environment, testCase, shared.view);
  } catch (error) {
    return {
      ...NO_COUNTS,
      kills: environment.kills,
      violations: [...violationsIn(environment), (error as Error).message],
    };
  } finally {
    await environment.close();
  }
}

/** Runs one round: the app runs, may be killed, and the platform does what it does next. */
async function runRound(environment: TestEnvironment, testCase: Case, round: number): Promise<void> {
  const { scenario, kill } = testCase;
  if (round > 1) {
    await environment.advance(betweenRoundsMs(testCase));
    for (const { betweenRounds } of testCase.faults) await betweenRounds?.(environment);
  }
  environment.app = testCase.apps?.[round - 1] ?? testCase.app;
  const isKilled = kill !== undefined && (kill.round ?? round) === round;
  await scenario.begin(environment, isKilled ? kill.injectionPoint : undefined);
  await scenario.settle(environment);
  // The next kill is in a run that begins where a complete one ended.
  if (isKilled && kill.round === undefined && round < ROUNDS) await scenario.restart?.(environment);
}

/** Violations seen while the case ran, and violations of the laws. */
function violationsIn(environment: TestEnvironment): readonly string[] {
  return [...environment.violations, ...LAWS.flatMap((law) => law.violations(environment))];
}

/** As long as the longest fault lasts. */
function betweenRoundsMs({ faults }: Case): number {
  return Math.max(BETWEEN_ROUNDS_MS, ...faults.map(({ durationMs = 0 }) => durationMs));
}

async function outcomeOf(
  environment: TestEnvironment,
  testCase: Case,
  view: UniqueView,
): Promise<CaseOutcome> {
  const deadLetters = await readDeadLetters(environment);
  const maxPages = maxRepeatedPages(environment, testCase.faults);
  const judgeSource = async (expected: Expected): Promise<Verdict> => {
    const accepted = environment.recorder.acceptedRows.get(expected.table) ?? [];
    const indexes = await view.rowIndexes(accepted, expected.eventIdOf, expected.isPushed === true);
    const verdict = judge({
      expected,
      accepted,
      uniqueIds: indexes.map((index) => expected.eventIdOf(accepted[index]?.row ?? {})),
      deadLetterIds: new Set((deadLetters.get(expected.source) ?? []).flatMap(expected.idsOfDeadLetter)),
      ledger: environment.recorder.ledger(expected.source) ?? EMPTY_LEDGER,
      mayRepeat: testCase.faults.some(({ mayRepeat }) =>
        mayRepeat instanceof Function ? mayRepeat(environment) : mayRepeat,
      ),
      ...(maxPages === undefined ? {} : { maxDoubled: maxPages * expected.pageRows }),
    });
    return { ...verdict, violations: verdict.violations.map((what) => `${expected.source}: ${what}`) };
  };
  const verdicts = await Promise.all(testCase.scenario.expect(environment).map(judgeSource));
  const { complaints } = environment.vendor;
  const mayComplain = testCase.faults.some((fault) => fault.mayComplain);
  return {
    ...verdicts.reduce<Counts>(addCounts, NO_COUNTS),
    lostByBaseline: isAboutLateness(testCase) ? countLostByBaseline(environment) : 0,
    kills: environment.kills,
    violations: [
      ...violationsIn(environment),
      ...(wasFaultHit(environment, testCase) ? [] : ['nothing happened: the fault met no request']),
      ...environment.collector.problems,
      ...(mayComplain ? [] : complaints.slice(0, 1).map((what) => `the vendor was asked wrongly: ${what}`)),
      ...verdicts.flatMap(({ violations }) => violations),
    ],
  };
}

/** True for the one fault that is about late and unordered events. */
function isAboutLateness({ faults }: Case): boolean {
  return faults.length === 1 && faults[0]?.exactlyOnce === true;
}

/** How many of the published events the baseline reader would lose. */
function countLostByBaseline({ options: { sources, sut }, vendor }: TestEnvironment): number {
  return sources.reduce((sum, source) => sum + lostByBaseline(vendor.feed(sut.connector.name, source)), 0);
}

/** False if a fault for a few requests, tested alone, hit none. */
function wasFaultHit({ collector, storage, vendor }: TestEnvironment, { faults }: Case): boolean {
  const [only, another] = faults;
  if (only?.hitsRequests !== true || another !== undefined) return true;
  return vendor.faultsMet + collector.rules.hits + storage.rules.hits > 0;
}

/** How many pages may be sent twice: one for each kill. Undefined for faults that allow any number. */
function maxRepeatedPages({ kills }: TestEnvironment, faults: readonly Fault[]): number | undefined {
  return faults.every(({ exactlyOnce }) => exactlyOnce) ? kills.length : undefined;
}

/** All dead letters, by source. */
async function readDeadLetters({
  storage: { container },
}: TestEnvironment): Promise<ReadonlyMap<string, JsonObject[]>> {
  const found = new Map<string, JsonObject[]>();
  for await (const { name } of container.listBlobsFlat({ prefix: 'dead-letters/' })) {
    const source = name.split('/')[3] ?? '';
    const ofSource = found.get(source) ?? [];
    const text = (await container.getBlobClient(name).downloadToBuffer()).toString('utf8');
    for (const line of text.split('\n')) {
      const deadLetter: Json = line === '' ? null : parseJson(line);
      if (isObject(deadLetter)) ofSource.push(deadLetter);
    }
    found.set(source, ofSource);
  }
  return found;
}
