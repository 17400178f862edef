import { pick, seeded, type Random } from '../../local/vendor/random';
import type { Attempt } from './run-case';
import type { Fault } from './fault';
import { FAULTS } from './faults';
import { EXTREMES } from './laws/extreme-values';
import { NONSENSE_MESSAGES } from './laws/forged-messages';
import { NONSENSE_STATE } from './laws/damaged-reads';
import { NONSENSE_BLOBS } from './laws/damaged-blobs';
import { UNSIGNED_PARTS } from './laws/unsigned-parts';
import { JOURNEYS } from './scenarios/list';
import type { Subject } from './test-environment';
import type { Connector } from '../../shared/contract/connector';

/** What to try. */
export interface Wishes {
  /** Folders' names, or `<folder>/<source>`; all where none is named. */
  readonly connectors: readonly string[];
  /** Faults' names, `calm`, `crash`, `mix` or `versions`; all where none is named. */
  readonly faults: readonly string[];
  /** Journeys' names; all where none is named. */
  readonly journeys: readonly string[];
  /** How many mixes for each connector. */
  readonly seeds: number;
  readonly seed: number;
  /** Only this crossing of a crash. */
  readonly crossing?: number;
}

/** The built apps: what is proven, and a version before it where its history is there. */
export interface Apps {
  readonly now: string;
  readonly before?: string;
}

/** Attempts that are alike. */
export interface Trial {
  readonly subject: Subject;
  readonly title: string;
  readonly attempts: readonly Attempt[];
  /** Beside them one at every crossing: the first of these in which a process does not outlive it. */
  readonly crash?: (crossing: number) => readonly Attempt[];
}

/** Kinds of trials that are no single fault. */
const KINDS = ['calm', 'crash', 'mix', 'versions'];
/** What stands in the place of stored blobs, of messages and of posts. */
const NONSENSE: readonly Fault[] = [NONSENSE_BLOBS, NONSENSE_MESSAGES, UNSIGNED_PARTS];
/** How many crossings a run of a few pages has, about: where a mix kills a process. */
const MIXED_CROSSINGS = 40;

/** Everything that `--fault` takes. */
export function faultNames(): readonly string[] {
  return [...KINDS, ...FAULTS.map(({ name }) => name)];
}

/** What `--connector` takes for a subject: its connector, and each source, also one that whoever pushes made. */
export function namesOf(subject: Subject): readonly string[] {
  const { name, sources } = subject.connector;
  const tried = JOURNEYS.flatMap((journey) => journey.sourcesOf(subject).proven);
  const all = new Set([...Object.keys(sources), ...tried]);
  return [name, ...[...all].map((source) => `${name}/${source}`)];
}

/** What can go wrong on a way in. */
function faultsOf(journey: string): readonly Fault[] {
  // A backfill asks the same vendors, and a webhook is pushed.
  const ways: Readonly<Record<string, string>> = { backfill: 'pull', hooks: 'push' };
  const way = ways[journey] ?? journey;
  return FAULTS.filter((fault) => (fault.journey ?? way) === way);
}

/** All trials of one connector. @throws Error naming what is not known */
export function planTrials(subject: Subject, wishes: Wishes, apps: Apps): readonly Trial[] {
  const journeys = JOURNEYS.filter(
    ({ name }) => wishes.journeys.length === 0 || wishes.journeys.includes(name),
  );
  return journeys.flatMap((journey) => {
    const { connector } = subject;
    const sources = journey
      .sourcesOf(subject)
      .proven.filter((source) => isWanted(connector.name, source, wishes));
    if (sources.length === 0) return [];
    // The way in that comes first needs no name.
    const isFirst = JOURNEYS.find((one) => one.sourcesOf(subject).proven.length > 0) === journey;
    const isAsked = (name: string, otherwise = true): boolean =>
      wishes.faults.length === 0 ? otherwise : wishes.faults.includes(name);
    const attempt = (title: string, more: Partial<Attempt> = {}): Attempt => ({
      subject,
      journey,
      title,
      sources,
      faults: [],
      seed: wishes.seed,
      app: apps.now,
      ...more,
      again: command(connector.name, journey.name, title, more.seed ?? wishes.seed, more),
    });
    const trial = (title: string, attempts: readonly Attempt[]): Trial => ({
      subject,
      title: isFirst ? title : `${journey.name} ${title}`,
      attempts,
    });
    const trials: Trial[] = [];
    if (isAsked('calm')) trials.push(trial('calm', [attempt('calm')]));
    if (isAsked('crash')) {
      // A source at a time, each in its turn: with another seed a crossing meets another one.
      const crash = (crossing: number): readonly Attempt[] =>
        sources.map((_, turn) => {
          const source = sources[(crossing + wishes.seed + turn) % sources.length] as string;
          return attempt('crash', { sources: [source], kill: { crossing } });
        });
      const { crossing } = wishes;
      const only = crossing === undefined ? { crash } : { attempts: crash(crossing) };
      trials.push({ ...trial('crash', []), ...only });
    }
    for (const fault of faultsOf(journey.name)) {
      if (!isAsked(fault.name, fault.hopeless !== true)) continue;
      const met = sources.filter((name) => fault.ofDeclarations !== true || isDeclared(connector, name));
      if (met.length > 0)
        trials.push(trial(fault.name, [attempt(fault.name, { faults: [fault], sources: met })]));
    }
    if (isAsked('mix')) {
      const mixes = Array.from({ length: wishes.seeds }, (_, i) =>
        attempt('mix', mixOf(wishes.seed + i, journey.name)),
      );
      trials.push(trial('mix', mixes));
    }
    if (isAsked('versions') && journey.knownBefore && apps.before !== undefined) {
      const order = [apps.before, apps.now, apps.before];
      trials.push(trial('versions', [attempt('versions', { apps: order })]));
    }
    return trials;
  });
}

/** Which of several faults, and where a process is killed on top: all by the seed. */
export function mixOf(seed: number, journey: string): Pick<Attempt, 'faults' | 'seed' | 'kill'> {
  const random = seeded(`mix/${seed}`);
  const faults: Fault[] = [];
  const isOfLaw = (fault: Fault): boolean => EXTREMES.includes(fault) || fault === NONSENSE_STATE;
  const hopeful = faultsOf(journey).filter(({ hopeless }) => hopeless !== true);
  const all = hopeful.filter((fault) => !isOfLaw(fault) && !NONSENSE.includes(fault));
  const count = 2 + Math.floor(random() * 3);
  while (faults.length < count) {
    const one = pick(random, all);
    if (!faults.some((other) => clash(other, one))) faults.push(one);
  }
  const kill = random() < 0.5 ? { kill: killOf(random) } : {};
  addOne(faults, hopeful.filter(isOfLaw), { by: `extreme/${seed}`, share: 0.5 });
  addOne(
    faults,
    hopeful.filter((fault) => NONSENSE.includes(fault)),
    { by: `nonsense/${seed}`, share: 0.25 },
  );
  return { faults, seed, ...kill };
}

/** Adds one more to some mixes, by a number of its own, so that the others of a seed stay what they were. */
function addOne(
  faults: Fault[],
  candidates: readonly Fault[],
  { by, share }: { readonly by: string; readonly share: number },
): void {
  const random = seeded(by);
  const one = pick(random, candidates);
  if (random() < share && !faults.some((other) => clash(other, one))) faults.push(one);
}

/** True for faults that are never arranged together. */
function clash(one: Fault, another: Fault): boolean {
  return one.name === another.name || (one.kind !== undefined && one.kind === another.kind);
}

function killOf(random: Random): Required<Attempt>['kill'] {
  return { round: random() < 0.5 ? 1 : 2, crossing: 1 + Math.floor(random() * MIXED_CROSSINGS) };
}

function isDeclared({ sources }: Connector, name: string): boolean {
  return sources[name]?.pull?.rest !== undefined;
}

function isWanted(connector: string, source: string, { connectors }: Wishes): boolean {
  return (
    connectors.length === 0 || connectors.includes(connector) || connectors.includes(`${connector}/${source}`)
  );
}

/** A command that tries the same again, and nothing else. */
function command(
  connector: string,
  journey: string,
  title: string,
  seed: number,
  { kill, sources }: Partial<Attempt>,
): string {
  // Only a crash is of one source at a time; for a fault the plan itself leaves out what cannot meet it.
  const [source] = title === 'crash' && sources !== undefined ? sources : [];
  const whom = source === undefined ? connector : `${connector}/${source}`;
  const where = title === 'crash' && kill !== undefined ? ` --crossing ${kill.crossing}` : '';
  const seeds = title === 'mix' ? ' --seeds 1' : '';
  return `npm run faults -- --connector ${whom} --journey ${journey} --fault ${title} --seed ${seed}${seeds}${where}`;
}
