import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { folders } from '../../connectors/list';
import { startAzurite } from '../../local/storage/azurite';
import { rulesOf } from '../../local/vendor/simulated';
import { unknownNameHint } from '../../shared/values/did-you-mean';
import { SCENARIOS } from './scenarios/list';
import { DATA_COLLECTOR_CLIENT } from './scenarios/data-collector';
import { faultNames, namesOf, planCases, type Apps, type PlanOptions } from './plan-cases';
import { runCases } from './run-cases';
import { HEAD, resultLines, sumLines, type Report } from './report';
import type { SystemUnderTest } from './test-environment';
import { openUniqueView } from './unique-view';
import { createProcessPool } from './process-pool';
import { loadConnectors } from '../../shared/load';
import { catchUnhandledErrors } from '../../shared/admin';

/** The built files, by `build.mjs`. */
export interface Built {
  readonly apps: Apps;
  /** Why there is no previous version. */
  readonly noBefore?: string;
  /** The entry of the process that is killed. */
  readonly child: string;
  /** The entry of the storage process. */
  readonly storage: string;
}

/** Named for the flags, as commander does. */
interface Flags {
  readonly connector: readonly string[];
  readonly fault: readonly string[];
  readonly journey: readonly string[];
  readonly seeds: string;
  readonly seed: string;
  readonly crossing?: string;
  readonly every: string;
  readonly seconds?: string;
  readonly json: boolean;
}

const collect = (value: string, all: readonly string[]): readonly string[] => [...all, value];

/** The command line of the fault tests. @returns the exit code: 0 if the promise was kept, 1 if it was broken, 2 for wrong arguments */
export async function main(argv: readonly string[], built: Built): Promise<number> {
  const program = new Command('npm run faults --')
    .description('Kills and breaks everything around every connector, and counts what arrived.')
    .option(
      '--connector <name>',
      'only this one, or one of its sources: acme, acme/events, logs for the Data Collector API; may be repeated',
      collect,
      [],
    )
    .option('--fault <name>', `only this one; may be repeated: ${faultNames().join(', ')}`, collect, [])
    .option(
      '--journey <name>',
      `only this one; may be repeated: ${SCENARIOS.map(({ name }) => name).join(', ')}`,
      collect,
      [],
    )
    .option('--seeds <count>', 'how many mixes for each connector', '20')
    .option('--seed <number>', 'the first seed; a random one otherwise')
    .option('--crossing <number>', 'kill only at this injection point, as a failure names it')
    .option('--every <count>', 'kill only at every nth injection point', '1')
    .option('--seconds <count>', 'begin no new case after this many seconds')
    .option('--connectors <folder>', 'a folder with more connectors; may be repeated')
    .option('--json', 'one JSON object at the end instead of a table', false);
  const flags = program.parse(argv, { from: 'user' }).opts<Flags>();
  const options: PlanOptions = {
    connectors: flags.connector,
    faults: flags.fault,
    scenarios: flags.journey,
    seeds: Number(flags.seeds),
    seed: flags.seed === undefined ? Math.floor(Math.random() * 1e6) : Number(flags.seed),
    ...(flags.crossing === undefined ? {} : { injectionPoint: Number(flags.crossing) }),
  };
  // The check of folders reports these; here they must not end the cases of other connectors.
  catchUnhandledErrors({
    error: (fields, sentence) => void process.stderr.write(`${sentence}: ${JSON.stringify(fields)}\n`),
  });
  const { broken, systems } = systemsUnderTest();
  const killEvery = Number(flags.every);
  const problem = problemOf(options, killEvery, systems);
  if (problem !== undefined) {
    process.stderr.write(`${problem}\n`);
    return 2;
  }
  const { connectors } = options;
  const selected = systems.filter(
    ({ connector }) =>
      connectors.length === 0 || connectors.some((each) => each.split('/')[0] === connector.name),
  );
  const report = await runAll(selected, options, built, flags);
  const all: Report = { ...report, untested: [...broken, ...report.untested] };
  process.stdout.write(`${flags.json ? JSON.stringify(all) : sumLines(all)}\n`);
  return broken.length === 0 &&
    all.results.length > 0 &&
    all.results.every(({ failures }) => failures.length === 0)
    ? 0
    : 1;
}

/** The connectors that load and the Data Collector client; and a sentence for each folder that does not load. */
function systemsUnderTest(): {
  readonly systems: readonly SystemUnderTest[];
  readonly broken: readonly string[];
} {
  const all = folders();
  const { broken, connectors } = loadConnectors(all);
  const systems = connectors.map((connector): SystemUnderTest => {
    const folder = all.find(({ name }) => name === connector.name);
    const rules = rulesOf(folder);
    return { connector, folder: folder?.path ?? '', ...(rules === undefined ? {} : { rules }) };
  });
  return {
    systems: [...systems, DATA_COLLECTOR_CLIENT],
    broken: broken.map(({ folder, problem }) => `${folder}: ${problem}`),
  };
}

function problemOf(
  { connectors, injectionPoint = 1, faults, scenarios, seed, seeds }: PlanOptions,
  killEvery: number,
  systems: readonly SystemUnderTest[],
): string | undefined {
  const known = systems.flatMap(namesOf);
  const unknown = connectors.find((each) => !known.includes(each));
  if (unknown !== undefined) return `There is no connector ${unknown}.${unknownNameHint(unknown, known)}`;
  const unknownFault = faults.find((each) => !faultNames().includes(each));
  if (unknownFault !== undefined)
    return `There is no fault ${unknownFault}.${unknownNameHint(unknownFault, faultNames())}`;
  const names = SCENARIOS.map(({ name }) => name);
  const unknownScenario = scenarios.find((each) => !names.includes(each));
  if (unknownScenario !== undefined)
    return `There is no scenario ${unknownScenario}.${unknownNameHint(unknownScenario, names)}`;
  if (![injectionPoint, killEvery, seed, seeds].every(Number.isInteger))
    return '--crossing, --every, --seed and --seeds take whole numbers.';
  if (killEvery < 1) return '--every takes a number from 1 on.';
  return undefined;
}

async function runAll(
  systems: readonly SystemUnderTest[],
  options: PlanOptions,
  built: Built,
  flags: Flags,
): Promise<Report> {
  const startedAt = performance.now();
  const seconds = (): number => Math.round((performance.now() - startedAt) / 1_000);
  const limit = Number(flags.seconds ?? Number.POSITIVE_INFINITY);
  const folder = mkdtempSync(join(tmpdir(), 'tributary-faults-'));
  const azurite = await startAzurite({ entry: built.storage, folder });
  const processes = createProcessPool(built.child);
  const view = await openUniqueView();
  try {
    const groups = systems.flatMap((sut) => planCases(sut, options, built.apps));
    if (!flags.json) process.stdout.write(`${HEAD}\n`);
    const shared = {
      ...{ azurite, processes, view, killEvery: Number(flags.every) },
      ...{ concurrency: cpus().length, isOver: () => seconds() >= limit },
    };
    const results = await runCases(groups, shared, (result) => {
      if (!flags.json) process.stdout.write(`${resultLines(result)}\n`);
    });
    const untested = systems.flatMap((sut) =>
      SCENARIOS.flatMap((scenario) => scenario.sourcesOf(sut).untested).map(
        (what) => `${sut.connector.name}: ${what}`,
      ),
    );
    const versions =
      built.noBefore === undefined ? [] : [`previous and current version on one state: ${built.noBefore}`];
    return { seed: options.seed, results, untested: [...versions, ...untested], seconds: seconds() };
  } finally {
    processes.close();
    view.close();
    await azurite.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
