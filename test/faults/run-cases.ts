import pLimit from 'p-limit';
import type { Azurite } from '../../local/storage/azurite';
import { play, type Attempt, type Outcome } from './run-case';
import type { Trial } from './plan-cases';
import type { UniqueView } from './unique-view';
import { addCounts, NO_COUNTS, type Counts } from './judge';
import type { Workers } from './process-pool';

/** What became of one connector under one fault. */
export interface Result extends Counts {
  readonly connector: string;
  readonly fault: string;
  readonly attempts: number;
  /** How many processes were killed. */
  readonly kills: number;
  readonly failures: readonly Failure[];
}

/** An attempt that broke the promise. */
export interface Failure {
  /** A sentence each. */
  readonly broken: readonly string[];
  /** What was arranged. */
  readonly faults: readonly string[];
  /** Where processes were killed. */
  readonly kills: readonly string[];
  /** The command that tries it again. */
  readonly again: string;
}

/** What all attempts share. */
export interface Means {
  readonly azurite: Azurite;
  readonly workers: Workers;
  readonly view: UniqueView;
  /** How many attempts go on at once. */
  readonly concurrency: number;
  /** True once no attempt may begin any more. */
  readonly isOver: () => boolean;
}

/** After so many crossings a run that is still killed would never end. */
const MAX_CROSSINGS = 2_000;

/** Plays an attempt; `undefined` where it is too late to begin. */
type Play = (attempt: Attempt) => Promise<Played | undefined>;
type Played = readonly [Attempt, Outcome];

/** Plays all trials, and tells what became of each as it ends. One that never began is not told of. */
export async function prove(
  trials: readonly Trial[],
  means: Means,
  onResult: (result: Result) => void,
): Promise<readonly Result[]> {
  const limit = pLimit(means.concurrency);
  let attempts = 0;
  const one: Play = (attempt) =>
    limit(async () => {
      if (means.isOver()) return undefined;
      const name = `${process.pid}-${++attempts}`;
      return [attempt, await play(attempt, { ...means, name })] as const;
    });
  const results = await Promise.all(
    trials.map(async (trial) => {
      const { crash } = trial;
      const played =
        crash === undefined ? await Promise.all(trial.attempts.map(one)) : await crashAll(crash, one, means);
      const result = resultOf(
        trial,
        played.filter((each) => each !== undefined),
      );
      if (result.attempts > 0) onResult(result);
      return result;
    }),
  );
  return results.filter((result) => result.attempts > 0);
}

/** Kills at crossing 1, 2, 3 and so on, until the process of every source outlives the crossing. */
async function crashAll(
  crash: Required<Trial>['crash'],
  one: Play,
  { concurrency }: Means,
): Promise<readonly (Played | undefined)[]> {
  const all: (Played | undefined)[] = [];
  let next = 1;
  let isDone = false;
  const killAt = async (crossing: number): Promise<boolean> => {
    for (const attempt of crash(crossing)) {
      const played = await one(attempt);
      all.push(played);
      if (played === undefined) return false;
      if (played[1].kills.length > 0) return true;
    }
    return false;
  };
  const lane = async (): Promise<void> => {
    while (!isDone && next <= MAX_CROSSINGS) {
      const isKilled = await killAt(next++);
      isDone ||= !isKilled;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  return all;
}

function resultOf({ subject, title }: Trial, played: readonly Played[]): Result {
  const failures = played.flatMap(([{ again, faults }, { broken, kills }]) =>
    broken.length === 0 ? [] : [{ broken, faults: faults.map(({ name }) => name), kills, again }],
  );
  return {
    ...played.map(([, outcome]) => outcome).reduce<Counts>(addCounts, NO_COUNTS),
    connector: subject.connector.name,
    fault: title,
    attempts: played.length,
    kills: played.reduce((sum, [, { kills }]) => sum + kills.length, 0),
    failures,
  };
}
