import pLimit from 'p-limit';
import type { Azurite } from '../../local/storage/azurite';
import { runCase, type Case, type CaseOutcome } from './run-case';
import type { CaseGroup } from './plan-cases';
import type { UniqueView } from './unique-view';
import { addCounts, NO_COUNTS, type Counts } from './judge';
import type { ProcessPool } from './process-pool';

/** The result of one connector under one fault. */
export interface Result extends Counts {
  readonly connector: string;
  readonly fault: string;
  /** How many cases were run. */
  readonly attempts: number;
  /** How many processes were killed. */
  readonly kills: number;
  readonly failures: readonly Failure[];
}

/** A case that violated the promise. */
export interface Failure {
  /** A sentence for each violation. */
  readonly violations: readonly string[];
  /** The names of the faults. */
  readonly faults: readonly string[];
  /** The injection points at which processes were killed. */
  readonly kills: readonly string[];
  /** The command that repeats the case. */
  readonly rerun: string;
}

/** What all cases share. */
export interface RunOptions {
  readonly azurite: Azurite;
  readonly processes: ProcessPool;
  readonly view: UniqueView;
  /** How many cases run at once. */
  readonly concurrency: number;
  /** Kills only at each nth injection point, from the first one. */
  readonly killEvery: number;
  /** True once no more cases may begin. */
  readonly isOver: () => boolean;
}

/** A run with more injection points than this would never end. */
const MAX_INJECTION_POINTS = 2_000;

/** Runs a case; `undefined` if it is too late to begin. */
type RunOne = (testCase: Case) => Promise<CaseRun | undefined>;
type CaseRun = readonly [Case, CaseOutcome];

/** Runs all groups, and reports the result of each when it ends. Groups that never began are left out. */
export async function runCases(
  groups: readonly CaseGroup[],
  options: RunOptions,
  onResult: (result: Result) => void,
): Promise<readonly Result[]> {
  const limit = pLimit(options.concurrency);
  let started = 0;
  const runOne: RunOne = (testCase) =>
    limit(async () => {
      if (options.isOver()) return undefined;
      const name = `${process.pid}-${++started}`;
      return [testCase, await runCase(testCase, { ...options, name })] as const;
    });
  const results = await Promise.all(
    groups.map(async (group) => {
      const { crash } = group;
      const runs =
        crash === undefined
          ? await Promise.all(group.cases.map(runOne))
          : await crashAtEveryPoint(crash, runOne, options);
      const result = resultOf(
        group,
        runs.filter((each) => each !== undefined),
      );
      if (result.attempts > 0) onResult(result);
      return result;
    }),
  );
  return results.filter((result) => result.attempts > 0);
}

/** Kills at one injection point after the other, until no source has a process that reaches the point. */
async function crashAtEveryPoint(
  crash: Required<CaseGroup>['crash'],
  runOne: RunOne,
  { concurrency, killEvery }: RunOptions,
): Promise<readonly (CaseRun | undefined)[]> {
  const all: (CaseRun | undefined)[] = [];
  let next = 1;
  let isDone = false;
  const killAt = async (injectionPoint: number): Promise<boolean> => {
    for (const testCase of crash(injectionPoint)) {
      const run = await runOne(testCase);
      all.push(run);
      if (run === undefined) return false;
      if (run[1].kills.length > 0) return true;
    }
    return false;
  };
  const worker = async (): Promise<void> => {
    while (!isDone && next <= MAX_INJECTION_POINTS) {
      const injectionPoint = next;
      next += killEvery;
      const isKilled = await killAt(injectionPoint);
      isDone ||= !isKilled;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return all;
}

function resultOf({ sut, title }: CaseGroup, runs: readonly CaseRun[]): Result {
  const failures = runs.flatMap(([{ rerun, faults }, { violations, kills }]) =>
    violations.length === 0 ? [] : [{ violations, faults: faults.map(({ name }) => name), kills, rerun }],
  );
  return {
    ...runs.map(([, outcome]) => outcome).reduce<Counts>(addCounts, NO_COUNTS),
    connector: sut.connector.name,
    fault: title,
    attempts: runs.length,
    kills: runs.reduce((sum, [, { kills }]) => sum + kills.length, 0),
    failures,
  };
}
