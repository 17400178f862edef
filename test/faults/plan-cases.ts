import { pick, seeded, type Random } from '../../local/vendor/random';
import type { Case } from './run-case';
import type { Fault } from './fault';
import { FAULTS } from './faults';
import { EXTREME_VALUE_FAULTS } from './extreme-value-faults';
import { FORGED_MESSAGES } from './laws/forged-messages';
import { DAMAGED_STATE } from './damaged-state-fault';
import { DAMAGED_BLOBS } from './laws/damaged-blobs';
import { UNSIGNED_PARTS } from './laws/unsigned-parts';
import { DATA_COLLECTOR_CLIENT } from './scenarios/data-collector';
import { SCENARIOS } from './scenarios/list';
import type { SystemUnderTest } from './test-environment';
import type { RestSpec } from '../../shared/contract/rest';
import { canMeet } from '../../local/vendor/feed/can-meet';

/** What to run. */
export interface PlanOptions {
  /** `<folder>` or `<folder>/<source>`; all if empty. */
  readonly connectors: readonly string[];
  /** Names of faults, `calm`, `crash`, `mix` or `versions`; all if empty. */
  readonly faults: readonly string[];
  /** Names of scenarios; all if empty. */
  readonly scenarios: readonly string[];
  /** How many mixes for each connector. */
  readonly seeds: number;
  readonly seed: number;
  /** The only injection point of a crash. */
  readonly injectionPoint?: number;
}

/** The built apps: this version, and a previous one if the clone's history has it. */
export interface Apps {
  readonly now: string;
  readonly before?: string;
  /** The connectors that the previous version has, without the Data Collector client. */
  readonly inBefore?: readonly string[];
}

/** Cases whose results are printed as one line. */
export interface CaseGroup {
  readonly sut: SystemUnderTest;
  readonly title: string;
  readonly cases: readonly Case[];
  /** Replaces `cases`: those of one injection point, to be run until one of them has a process that reaches the point. */
  readonly crash?: (injectionPoint: number) => readonly Case[];
}

/** Groups that are not a single fault. */
const GROUPS = ['calm', 'crash', 'mix', 'versions'];
/** Faults that replace stored blobs, messages and posts. */
const DAMAGE_FAULTS: readonly Fault[] = [DAMAGED_BLOBS, FORGED_MESSAGES, UNSIGNED_PARTS];
/** Roughly the number of injection points of a run of a few pages: a mix kills at one of them. */
const MIXED_INJECTION_POINTS = 40;

/** The values of `--fault`. */
export function faultNames(): readonly string[] {
  return [...GROUPS, ...FAULTS.map(({ name }) => name)];
}

/** The values of `--connector` for a system: its connector and each source, also the invented source of a client. */
export function namesOf(sut: SystemUnderTest): readonly string[] {
  const { name, sources } = sut.connector;
  const tested = SCENARIOS.flatMap((scenario) => scenario.sourcesOf(sut).tested);
  const all = new Set([...Object.keys(sources), ...tested]);
  return [name, ...[...all].map((source) => `${name}/${source}`)];
}

/** The faults of a scenario. */
function faultsOf(scenario: string): readonly Fault[] {
  // A backfill asks the same vendors as a pull, and a webhook is pushed.
  const sourceKinds: Readonly<Record<string, string>> = { backfill: 'pull', hooks: 'push' };
  const sourceKind = sourceKinds[scenario] ?? scenario;
  return FAULTS.filter((fault) => (fault.scenario ?? sourceKind) === sourceKind);
}

/** All groups of one connector. */
export function planCases(sut: SystemUnderTest, options: PlanOptions, apps: Apps): readonly CaseGroup[] {
  const scenarios = SCENARIOS.filter(
    ({ name }) => options.scenarios.length === 0 || options.scenarios.includes(name),
  );
  return scenarios.flatMap((scenario) => {
    const { connector } = sut;
    const sources = scenario
      .sourcesOf(sut)
      .tested.filter((source) => isSelected(connector.name, source, options));
    if (sources.length === 0) return [];
    // Only the titles of other scenarios begin with their name.
    const isFirst = SCENARIOS.find((one) => one.sourcesOf(sut).tested.length > 0) === scenario;
    const isRequested = (name: string, byDefault = true): boolean =>
      options.faults.length === 0 ? byDefault : options.faults.includes(name);
    const caseOf = (title: string, more: Partial<Case> = {}): Case => ({
      sut,
      scenario,
      title,
      sources,
      faults: [],
      seed: options.seed,
      app: apps.now,
      ...more,
      rerun: rerunCommand(connector.name, scenario.name, title, more.seed ?? options.seed, more),
    });
    const groupOf = (title: string, cases: readonly Case[]): CaseGroup => ({
      sut,
      title: isFirst ? title : `${scenario.name} ${title}`,
      cases,
    });
    const groups: CaseGroup[] = [];
    if (isRequested('calm')) groups.push(groupOf('calm', [caseOf('calm')]));
    if (isRequested('crash')) {
      // One source at a time, in turns: with another seed another source meets an injection point.
      const crash = (injectionPoint: number): readonly Case[] =>
        sources.map((_, turn) => {
          const source = sources[(injectionPoint + options.seed + turn) % sources.length] as string;
          return caseOf('crash', { sources: [source], kill: { injectionPoint } });
        });
      const { injectionPoint } = options;
      const only = injectionPoint === undefined ? { crash } : { cases: crash(injectionPoint) };
      groups.push({ ...groupOf('crash', []), ...only });
    }
    for (const fault of faultsOf(scenario.name)) {
      if (!isRequested(fault.name, fault.mustFail !== true)) continue;
      const affected = sources.filter((name) => canHave(fault, connector.sources[name]?.pull?.rest));
      if (affected.length > 0)
        groups.push(groupOf(fault.name, [caseOf(fault.name, { faults: [fault], sources: affected })]));
    }
    if (isRequested('mix')) {
      const canAll = (fault: Fault): boolean =>
        fault.onePage !== true ||
        sources.every((name) => canHave(fault, connector.sources[name]?.pull?.rest));
      const mixes = Array.from({ length: options.seeds }, (_, i) => {
        const mix = mixOf(options.seed + i, scenario.name);
        return caseOf('mix', { ...mix, faults: mix.faults.filter(canAll) });
      });
      groups.push(groupOf('mix', mixes));
    }
    const isOld = sut === DATA_COLLECTOR_CLIENT || apps.inBefore?.includes(connector.name) === true;
    if (isRequested('versions') && scenario.isInPreviousVersion && apps.before !== undefined && isOld) {
      const order = [apps.before, apps.now, apps.before];
      groups.push(groupOf('versions', [caseOf('versions', { apps: order })]));
    }
    return groups;
  });
}

/** Chooses several faults by the seed, and whether and where a process is killed as well. */
export function mixOf(seed: number, scenario: string): Pick<Case, 'faults' | 'seed' | 'kill'> {
  const random = seeded(`mix/${seed}`);
  const faults: Fault[] = [];
  const isOfValues = (fault: Fault): boolean =>
    EXTREME_VALUE_FAULTS.includes(fault) || fault === DAMAGED_STATE;
  const survivable = faultsOf(scenario).filter(({ mustFail }) => mustFail !== true);
  const all = survivable.filter((fault) => !isOfValues(fault) && !DAMAGE_FAULTS.includes(fault));
  const count = 2 + Math.floor(random() * 3);
  while (faults.length < count) {
    const one = pick(random, all);
    if (!faults.some((other) => areExclusive(other, one))) faults.push(one);
  }
  const kill = random() < 0.5 ? { kill: killOf(random) } : {};
  addOne(faults, survivable.filter(isOfValues), { seed: `extreme/${seed}`, share: 0.5 });
  addOne(
    faults,
    survivable.filter((fault) => DAMAGE_FAULTS.includes(fault)),
    { seed: `nonsense/${seed}`, share: 0.25 },
  );
  return { faults, seed, ...kill };
}

/** Adds one more fault to a share of the mixes. A seed of its own leaves the other choices of a mix as they were. */
function addOne(
  faults: Fault[],
  candidates: readonly Fault[],
  { seed, share }: { readonly seed: string; readonly share: number },
): void {
  const random = seeded(seed);
  const one = pick(random, candidates);
  if (random() < share && !faults.some((other) => areExclusive(other, one))) faults.push(one);
}

/** True for faults that are never combined. */
function areExclusive(one: Fault, another: Fault): boolean {
  return one.name === another.name || (one.kind !== undefined && one.kind === another.kind);
}

function killOf(random: Random): Required<Case>['kill'] {
  return {
    round: random() < 0.5 ? 1 : 2,
    injectionPoint: 1 + Math.floor(random() * MIXED_INJECTION_POINTS),
  };
}

/** @param spec absent for a source in code */
function canHave({ declaredOnly, does, onePage }: Fault, spec: RestSpec | undefined): boolean {
  if (spec === undefined) return declaredOnly !== true;
  if (onePage === true && spec.export !== undefined) return false;
  return does === undefined || canMeet(spec, does);
}

function isSelected(connector: string, source: string, { connectors }: PlanOptions): boolean {
  return (
    connectors.length === 0 || connectors.includes(connector) || connectors.includes(`${connector}/${source}`)
  );
}

/** The command that repeats a case and runs nothing else. */
function rerunCommand(
  connector: string,
  scenario: string,
  title: string,
  seed: number,
  { kill, sources }: Partial<Case>,
): string {
  // Only a crash has one source at a time; for a fault the plan itself leaves out sources that it does not affect.
  const [source] = title === 'crash' && sources !== undefined ? sources : [];
  const target = source === undefined ? connector : `${connector}/${source}`;
  const crossing = title === 'crash' && kill !== undefined ? ` --crossing ${kill.injectionPoint}` : '';
  const seeds = title === 'mix' ? ' --seeds 1' : '';
  return `npm run faults -- --connector ${target} --journey ${scenario} --fault ${title} --seed ${seed}${seeds}${crossing}`;
}
