import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { folders } from '../../connectors/list';
import { startAzurite } from '../../local/storage/azurite';
import { rulesOf } from '../../local/vendor/simulated';
import { unknownNameHint } from '../../shared/values/did-you-mean';
import { JOURNEYS } from './scenarios/list';
import { PUSHERS } from './scenarios/data-collector';
import { faultNames, namesOf, planTrials, type Apps, type Wishes } from './plan-cases';
import { prove } from './run-cases';
import { HEAD, resultLines, sumLines, type Report } from './report';
import type { Subject } from './test-environment';
import { openUniqueView } from './unique-view';
import { createWorkers } from './process-pool';
import { loadConnectors } from '../../shared/load';
import { catchUnhandledErrors } from '../../shared/admin';

/** What was built for the rig. */
export interface Built {
  /** The app that is proven, and one of a version before it. */
  readonly apps: Apps;
  /** Why there is no version before it. */
  readonly noBefore?: string;
  /** The process that is killed. */
  readonly child: string;
  /** The process that storage runs in. */
  readonly storage: string;
}

interface Flags {
  readonly connector: readonly string[];
  readonly fault: readonly string[];
  readonly journey: readonly string[];
  readonly seeds: string;
  readonly seed: string;
  readonly crossing?: string;
  readonly seconds?: string;
  readonly json: boolean;
}

const gather = (value: string, all: readonly string[]): readonly string[] => [...all, value];

/** The rig's command line. @returns the code to exit with: 0 when the promise was kept, 1 when it was broken, 2 when it was asked wrongly */
export async function main(words: readonly string[], built: Built): Promise<number> {
  const program = new Command('npm run faults --')
    .description('Kills and breaks everything around every connector, and counts what arrived.')
    .option(
      '--connector <name>',
      'only this one, or one source of it: acme, acme/events, logs for what is pushed; may be repeated',
      gather,
      [],
    )
    .option('--fault <name>', `only this one; may be repeated: ${faultNames().join(', ')}`, gather, [])
    .option(
      '--journey <name>',
      `only this one; may be repeated: ${JOURNEYS.map(({ name }) => name).join(', ')}`,
      gather,
      [],
    )
    .option('--seeds <count>', 'how many mixes for each connector', '20')
    .option('--seed <number>', 'the first seed; a random one otherwise')
    .option('--crossing <number>', 'kill only at this crossing, as a failure names it')
    .option('--seconds <count>', 'begin nothing new after this many seconds')
    .option('--connectors <folder>', 'a folder with more connectors; may be repeated')
    .option('--json', 'one JSON object at the end instead of a table', false);
  const flags = program.parse(words, { from: 'user' }).opts<Flags>();
  const wishes: Wishes = {
    connectors: flags.connector,
    faults: flags.fault,
    journeys: flags.journey,
    seeds: Number(flags.seeds),
    seed: flags.seed === undefined ? Math.floor(Math.random() * 1e6) : Number(flags.seed),
    ...(flags.crossing === undefined ? {} : { crossing: Number(flags.crossing) }),
  };
  // Told of by the check of folders; here it must not end the trials of the others.
  catchUnhandledErrors({
    error: (fields, sentence) => void process.stderr.write(`${sentence}: ${JSON.stringify(fields)}\n`),
  });
  const { broken, subjects } = subjectsOf();
  const problem = problemOf(wishes, subjects);
  if (problem !== undefined) {
    process.stderr.write(`${problem}\n`);
    return 2;
  }
  const { connectors } = wishes;
  const wanted = subjects.filter(
    ({ connector }) =>
      connectors.length === 0 || connectors.some((each) => each.split('/')[0] === connector.name),
  );
  const report = await proveAll(wanted, wishes, built, flags);
  const all: Report = { ...report, unproven: [...broken, ...report.unproven] };
  process.stdout.write(`${flags.json ? JSON.stringify(all) : sumLines(all)}\n`);
  return broken.length === 0 &&
    all.results.length > 0 &&
    all.results.every(({ failures }) => failures.length === 0)
    ? 0
    : 1;
}

/** Every folder that loads, and whoever pushes; and the other folders, with the reason. */
function subjectsOf(): { readonly subjects: readonly Subject[]; readonly broken: readonly string[] } {
  const all = folders();
  const { broken, connectors } = loadConnectors(all);
  const subjects = connectors.map((connector): Subject => {
    const folder = all.find(({ name }) => name === connector.name);
    const rules = rulesOf(folder);
    return { connector, folder: folder?.path ?? '', ...(rules === undefined ? {} : { rules }) };
  });
  return {
    subjects: [...subjects, PUSHERS],
    broken: broken.map(({ folder, problem }) => `${folder}: ${problem}`),
  };
}

function problemOf(
  { connectors, crossing = 1, faults, journeys, seed, seeds }: Wishes,
  subjects: readonly Subject[],
): string | undefined {
  const known = subjects.flatMap(namesOf);
  const nobody = connectors.find((each) => !known.includes(each));
  if (nobody !== undefined) return `There is no connector ${nobody}.${unknownNameHint(nobody, known)}`;
  const nothing = faults.find((each) => !faultNames().includes(each));
  if (nothing !== undefined) return `There is no fault ${nothing}.${unknownNameHint(nothing, faultNames())}`;
  const names = JOURNEYS.map(({ name }) => name);
  const nowhere = journeys.find((each) => !names.includes(each));
  if (nowhere !== undefined) return `There is no journey ${nowhere}.${unknownNameHint(nowhere, names)}`;
  if (![crossing, seed, seeds].every(Number.isInteger))
    return '--crossing, --seed and --seeds take whole numbers.';
  return undefined;
}

async function proveAll(
  subjects: readonly Subject[],
  wishes: Wishes,
  built: Built,
  flags: Flags,
): Promise<Report> {
  const startedAt = performance.now();
  const seconds = (): number => Math.round((performance.now() - startedAt) / 1_000);
  const limit = Number(flags.seconds ?? Number.POSITIVE_INFINITY);
  const folder = mkdtempSync(join(tmpdir(), 'tributary-proof-'));
  const azurite = await startAzurite({ entry: built.storage, folder });
  const workers = createWorkers(built.child);
  const view = await openUniqueView();
  try {
    const trials = subjects.flatMap((subject) => planTrials(subject, wishes, built.apps));
    if (!flags.json) process.stdout.write(`${HEAD}\n`);
    const means = { azurite, workers, view, concurrency: cpus().length, isOver: () => seconds() >= limit };
    const results = await prove(trials, means, (result) => {
      if (!flags.json) process.stdout.write(`${resultLines(result)}\n`);
    });
    const unproven = subjects.flatMap((subject) =>
      JOURNEYS.flatMap((journey) => journey.sourcesOf(subject).unproven).map(
        (what) => `${subject.connector.name}: ${what}`,
      ),
    );
    const versions =
      built.noBefore === undefined ? [] : [`old and new versions on one state: ${built.noBefore}`];
    return { seed: wishes.seed, results, unproven: [...versions, ...unproven], seconds: seconds() };
  } finally {
    workers.close();
    view.close();
    await azurite.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
