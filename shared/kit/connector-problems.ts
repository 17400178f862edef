import type { RateBudget } from '../contract/budget';
import type { Connector, PullSource, Settings, Source } from '../contract/connector';
import type { RestSpec } from '../contract/rest';
import { toVariable } from '../values/names';
import { DATA_COLLECTOR } from '../values/source-kind';
import { pathProblem } from '../values/json-path';
import { receiveProblems } from './receive-problems';
import { budgetProblems } from '../rate-limit/declared-limits';
import { COMMON_SETTINGS, SINK_SETTINGS } from './reserved-settings';
import { settingProblems } from './rest/checks/settings';
import { READ_VALUES, allTexts, listSpec, valuesIn } from './rest/request-texts';
import { scheduleProblem } from '../values/ncrontab';
import { tableProblems } from './table-problems';
import { objectsProblems } from './objects/check-objects';
import { updatesProblems } from './updates-problems';
import { explodeProblems } from './explode-problems';
import { windowProblem } from '../windows/window-plan';

/** A connector's folder: kebab-case, a letter first. */
export const FOLDER_NAME = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
/** A source's or a setting's key: camelCase, a letter first. */
export const KEY = /^[a-z][A-Za-z0-9]*$/;
/** The longest time-out and the largest answer that a source may declare. V8 cannot hold a longer string. */
const MAX_ANSWER_MS = 600_000;
const MAX_ANSWER_BYTES = 512 * 1024 * 1024;
/** Variables that no setting may derive. */
const RESERVED_VARIABLES = [...COMMON_SETTINGS, ...SINK_SETTINGS];

/** The faults of a connector, a sentence each. */
export function connectorProblems(value: unknown, folder: string): string[] {
  if (typeof value !== 'object' || value === null) {
    return ['index.ts must export a connector by default: export default defineConnector({ … }).'];
  }
  const connector = value as Partial<Connector>;
  const problems: string[] = [];
  const check = (isFine: boolean, sentence: string): void => {
    if (!isFine) problems.push(sentence);
  };
  check(
    FOLDER_NAME.test(folder),
    `the folder ${folder} must be named in kebab-case and begin with a letter.`,
  );
  check(
    folder !== DATA_COLLECTOR,
    `${DATA_COLLECTOR} is reserved for everything pushed to /api/logs. Give the folder another name.`,
  );
  check(
    connector.name === folder,
    `its name is ${String(connector.name)}, but its folder is ${folder}. They must be equal.`,
  );
  check(typeof connector.title === 'string' && connector.title !== '', 'it needs a title.');
  checkSchedule(connector.schedule, check);
  const settings = connector.settings ?? {};
  checkSettings(settings, check);
  for (const origin of connector.origins ?? []) {
    const isHttps = URL.canParse(origin) && new URL(origin).protocol === 'https:';
    check(isHttps, `the origin ${origin} must be an address that begins with https://.`);
  }
  checkBudget(connector.budget, settings, check);
  const sources = Object.entries(connector.sources ?? {});
  check(sources.length > 0, 'it needs at least one source.');
  check(
    settings['url']?.kind === 'url' ||
      (sources.length > 0 && sources.every(([, source]) => 'receive' in source || source.pull?.objects)),
    'it needs a setting named url, so that it can be pointed at another address.',
  );
  const queues = sources.flatMap(([, source]) => source.pull?.objects?.queue ?? []);
  check(
    new Set(queues).size === queues.length,
    'two of its sources read one queue, and each message is for one reader. Give each a url setting of its own.',
  );
  const tables = sources.map(([, source]) => source.table?.name);
  check(new Set(tables).size === tables.length, 'each source needs a table of its own.');
  for (const [name, source] of sources) {
    check(KEY.test(name), `the source ${name} must be named in camelCase and begin with a letter.`);
    checkSettings(source.settings ?? {}, check);
    checkBudget(source.budget, { ...settings, ...source.settings }, check);
    checkSource(name, source, settings, check);
  }
  return problems;
}

type Check = (isFine: boolean, sentence: string) => void;

function checkSettings(settings: Settings, check: Check): void {
  for (const [key, setting] of Object.entries(settings)) {
    check(KEY.test(key), `the setting ${key} must be named in camelCase and begin with a letter.`);
    check(
      !RESERVED_VARIABLES.includes(toVariable(key)),
      `the setting ${key} has the name of a common one. Give it another name.`,
    );
    check(
      !READ_VALUES.some((value) => value === key),
      `the setting ${key} has the name of a placeholder of rest(). Give it another name.`,
    );
    check(setting.help.trim() !== '', `the setting ${key} needs help: what it is and where to find it.`);
  }
}

function checkBudget(budget: RateBudget | undefined, settings: Settings, check: Check): void {
  if (budget === undefined) return;
  for (const problem of budgetProblems(budget, (name) => Object.hasOwn(settings, name)))
    check(false, problem);
  checkPath(budget.wait?.from, 'the wait of its budget', check);
  checkPath(budget.exceeded?.from, 'exceeded of its budget', check);
  check(budget.exceeded?.is.length !== 0, 'exceeded of its budget needs at least one value in `is`.');
}

function checkSource(name: string, source: Source, settings: Settings, check: Check): void {
  if (source.table === undefined) check(false, `the source ${name} needs a table.`);
  else for (const problem of tableProblems(name, source.table)) check(false, problem);
  if (source.receive === undefined) return checkPull(name, source, settings, check);
  check(!('pull' in source), `the source ${name} has a pull and a receive. Make it two sources.`);
  check(
    !('updates' in source),
    `the source ${name}: updates belongs to a pull. Each post is an event: leave it out.`,
  );
  for (const problem of receiveProblems(name, source)) check(false, problem);
}

function checkPull(name: string, source: PullSource, settings: Settings, check: Check): void {
  check(
    typeof source.pull === 'function',
    `the source ${name} needs a pull: an async generator of pages, rest({ … }) or objects({ … }); or a receive, where the vendor posts.`,
  );
  const { retention } = source;
  const days = [retention?.days ?? 1, retention?.except?.days ?? 1];
  check(
    days.every((one) => Number.isInteger(one) && one > 0) &&
      (retention === undefined || URL.canParse(retention.source)),
    `the source ${name}: retention needs days, a whole number of one or more, and the address of the page that says so.`,
  );
  checkAnswer(name, source, check);
  const problem = source.window === undefined ? undefined : windowProblem(source.window);
  check(problem === undefined, `the source ${name}: in its window, ${problem ?? ''}.`);
  if (source.table === undefined) return;
  for (const problem of [...updatesProblems(name, source), ...explodeProblems(name, source)])
    check(false, problem);
  checkDeclaration(name, source, { ...settings, ...source.settings }, check);
}

/** Checks a declaration against the settings. Code has none. */
function checkDeclaration(name: string, source: PullSource, settings: Settings, check: Check): void {
  const { objects, rest } = source.pull ?? {};
  if (objects !== undefined)
    for (const problem of objectsProblems(name, source, settings)) check(false, problem);
  if (rest !== undefined) checkRest(name, source, rest, settings, check);
}

function checkRest(name: string, source: PullSource, rest: RestSpec, settings: Settings, check: Check): void {
  const isPartitioned = allTexts(rest).some((texts) => valuesIn(texts).has('partition'));
  check(
    isPartitioned === (source.partitions !== undefined),
    `the source ${name}: {partition} in its request and partitions(), which lists them, require each other.`,
  );
  for (const problem of settingProblems(`the source ${name}`, rest, settings)) check(false, problem);
  const list = source.partitions?.list;
  if (list === undefined) return;
  for (const problem of settingProblems(`the partitions of ${name}`, listSpec(list), settings))
    check(false, problem);
}

function checkAnswer(name: string, { answer = {}, needs }: PullSource, check: Check): void {
  const { maxBytes = 1, timeoutMs = 1 } = answer;
  check(
    isWithin(timeoutMs, MAX_ANSWER_MS) && isWithin(maxBytes, MAX_ANSWER_BYTES),
    `the source ${name}: answer takes whole numbers above 0, timeoutMs up to ${MAX_ANSWER_MS} and maxBytes up to ${MAX_ANSWER_BYTES}.`,
  );
  check(
    needs?.trim() !== '',
    `the source ${name}: needs is empty. Name the plan or the right, or leave it out.`,
  );
}

function isWithin(value: number, most: number): boolean {
  return Number.isSafeInteger(value) && value > 0 && value <= most;
}

function checkSchedule(schedule: string | undefined, check: Check): void {
  const problem = schedule === undefined ? undefined : scheduleProblem(schedule);
  check(
    problem === undefined,
    `its schedule ${schedule ?? ''}: ${problem ?? ''}. Write NCRONTAB with seconds.`,
  );
}

function checkPath(path: string | undefined, what: string, check: Check): void {
  const problem = path === undefined ? undefined : pathProblem(path);
  check(problem === undefined, `${what}: ${problem ?? ''}`);
}
