import type { Json, JsonObject } from '../../shared/contract/json';
import { parseJson } from '../../shared/values/json/json';
import { isObject } from '../../shared/values/json-path';
import type { Fault } from './fault';
import type { Expected } from './scenario';
import { LAWS } from './laws/list';
import { lostByPeers } from './baseline-reader';
import { openScene, type Scene, type SceneParts } from './test-environment';
import type { UniqueView } from './unique-view';
import { addCounts, judge, NO_COUNTS, type Counts, type Verdict } from './judge';
import { EMPTY_LEDGER } from '../../shared/contract/checkpoint';

/** One try to make the app lose something. */
export interface Attempt extends Omit<SceneParts, 'name' | 'azurite' | 'workers'> {
  /** What is tried, for people: a fault's name. */
  readonly title: string;
  /** The process of this round, counted from 1, is killed at this crossing; that of every round, where none is named. */
  readonly kill?: { readonly round?: number; readonly crossing: number };
  /** The built app of each round, where it is not always the same one. */
  readonly apps?: readonly string[];
  /** The command that makes this attempt again. */
  readonly again: string;
}

/** What became of an attempt. */
export interface Outcome extends Counts {
  /** What the promise does not allow, a sentence each; empty when it was kept. */
  readonly broken: readonly string[];
  /** Where processes were killed. */
  readonly kills: readonly string[];
}

/** Rounds in which something may go wrong, before all is calm again. */
const ROUNDS = 2;
const BETWEEN_ROUNDS_MS = 5 * 60_000;

/** Plays an attempt to its end, and judges it. Never throws for what the app does. */
export async function play(
  attempt: Attempt,
  around: Pick<SceneParts, 'name' | 'azurite' | 'workers'> & { readonly view: UniqueView },
): Promise<Outcome> {
  const { journey } = attempt;
  const scene = await openScene({ ...attempt, ...around });
  try {
    for (let round = 1; round <= ROUNDS; round++) await playRound(scene, attempt, round);
    // All is calm at once: nobody is helped by time that has passed.
    scene.app = attempt.apps?.[ROUNDS] ?? attempt.app;
    for (const { mend } of attempt.faults) await mend?.(scene, around.view);
    scene.calm();
    await journey.finish(scene);
    for (const { afterwards } of attempt.faults) await afterwards?.(scene, around.view);
    return await outcomeOf(scene, attempt, around.view);
  } catch (error) {
    return { ...NO_COUNTS, kills: scene.kills, broken: [...wrongsOf(scene), (error as Error).message] };
  } finally {
    await scene.close();
  }
}

/** One round: the app runs, may be killed in it, and gets what the platform does next. */
async function playRound(scene: Scene, attempt: Attempt, round: number): Promise<void> {
  const { journey, kill } = attempt;
  if (round > 1) {
    await scene.pass(betweenRoundsMs(attempt));
    for (const { between } of attempt.faults) await between?.(scene);
  }
  scene.app = attempt.apps?.[round - 1] ?? attempt.app;
  const isKilled = kill !== undefined && (kill.round ?? round) === round;
  await journey.begin(scene, isKilled ? kill.crossing : undefined);
  await journey.settle(scene);
  // The next kill meets a run that begins where a whole one ended.
  if (isKilled && kill.round === undefined && round < ROUNDS) await journey.restart?.(scene);
}

/** What was wrong on the way, and what breaks a law. */
function wrongsOf(scene: Scene): readonly string[] {
  return [...scene.wrongs, ...LAWS.flatMap((law) => law.broken(scene))];
}

/** As long as the longest fault needs. */
function betweenRoundsMs({ faults }: Attempt): number {
  return Math.max(BETWEEN_ROUNDS_MS, ...faults.map(({ lastsMs = 0 }) => lastsMs));
}

async function outcomeOf(scene: Scene, attempt: Attempt, view: UniqueView): Promise<Outcome> {
  const dead = await deadLetters(scene);
  const limit = mostDoubled(scene, attempt.faults);
  const judgeOne = async (each: Expected): Promise<Verdict> => {
    const taken = scene.chronicle.taken.get(each.table) ?? [];
    const places = await view.places(taken, each.eventIdOf, each.isPushed === true);
    const verdict = judge({
      expected: each,
      taken,
      unique: places.map((place) => each.eventIdOf(taken[place]?.row ?? {})),
      dead: new Set((dead.get(each.source) ?? []).flatMap(each.idsOfLetter)),
      ledger: scene.chronicle.ledger(each.source) ?? EMPTY_LEDGER,
      repeats: attempt.faults.some(({ repeats }) => (repeats instanceof Function ? repeats(scene) : repeats)),
      ...(limit === undefined ? {} : { maxDoubled: limit * each.pageRows }),
    });
    return { ...verdict, broken: verdict.broken.map((what) => `${each.source}: ${what}`) };
  };
  const verdicts = await Promise.all(attempt.journey.expect(scene).map(judgeOne));
  const { complaints } = scene.vendor;
  const mayComplain = attempt.faults.some(({ complaints: may }) => may);
  return {
    ...verdicts.reduce<Counts>(addCounts, NO_COUNTS),
    lostByPeers: isAboutOrder(attempt) ? lostByOthers(scene) : 0,
    kills: scene.kills,
    broken: [
      ...wrongsOf(scene),
      ...(isTried(scene, attempt) ? [] : ['nothing happened: the fault met no request']),
      ...scene.collector.problems,
      ...(mayComplain ? [] : complaints.slice(0, 1).map((what) => `the vendor was asked wrongly: ${what}`)),
      ...verdicts.flatMap(({ broken }) => broken),
    ],
  };
}

/** True under a fault that is about what is late and out of order, alone. */
function isAboutOrder({ faults }: Attempt): boolean {
  return faults.length === 1 && faults[0]?.once === true;
}

/** What the common rule would have lost of what the vendor published. */
function lostByOthers({ parts: { sources, subject }, vendor }: Scene): number {
  return sources.reduce((sum, source) => sum + lostByPeers(vendor.feed(subject.connector.name, source)), 0);
}

/** A fault alone must have happened; what is like that all the time has. */
function isTried({ collector, storage, vendor }: Scene, { faults }: Attempt): boolean {
  const [one, another] = faults;
  if (one?.meets !== true || another !== undefined) return true;
  return vendor.faultsMet + collector.rules.met + storage.rules.met > 0;
}

/** How many pages may come twice: one for each kill, none without. With most faults nobody can say. */
function mostDoubled({ kills }: Scene, faults: readonly Fault[]): number | undefined {
  return faults.every(({ once }) => once) ? kills.length : undefined;
}

/** All dead letters, by source. */
async function deadLetters({ storage: { container } }: Scene): Promise<ReadonlyMap<string, JsonObject[]>> {
  const found = new Map<string, JsonObject[]>();
  for await (const { name } of container.listBlobsFlat({ prefix: 'dead-letters/' })) {
    const source = name.split('/')[3] ?? '';
    const letters = found.get(source) ?? [];
    const text = (await container.getBlobClient(name).downloadToBuffer()).toString('utf8');
    for (const line of text.split('\n')) {
      const letter: Json = line === '' ? null : parseJson(line);
      if (isObject(letter)) letters.push(letter);
    }
    found.set(source, letters);
  }
  return found;
}
