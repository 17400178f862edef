import type { RateBudget } from '../contract/budget';
import type { Connector, PullSource, Settings, Source } from '../contract/connector';
import type { RestSpec } from '../contract/rest';
import { FRAMEWORK_COLUMNS, allColumns, type Table } from '../contract/table';
import { toVariable } from '../values/names';
import { DATA_COLLECTOR } from '../values/source-kind';
import { pathProblem } from '../values/json-path';
import { receiveProblems } from './receive-problems';
import { budgetProblems } from '../rate-limit/declared-limits';
import { COMMON_SETTINGS, SINK_SETTINGS } from './reserved-settings';
import { READ_VALUES, requestTexts, textsOf, valuesIn } from './rest/request-texts';
import { scheduleProblem } from '../values/ncrontab';
import { namesIn } from './template';
import { updatesProblems } from './updates-problems';
import { windowProblem } from '../windows/window-plan';

/** A connector's folder: kebab-case, a letter first. */
export const FOLDER_NAME = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
/** A source's or a setting's key: camelCase, a letter first. */
export const KEY = /^[a-z][A-Za-z0-9]*$/;
const COLUMN = /^[A-Z][A-Za-z0-9_]*$/;
/** The longest time-out and the largest answer that a source may declare. V8 cannot hold a longer text. */
const MAX_ANSWER_MS = 600_000;
const MAX_ANSWER_BYTES = 512 * 1024 * 1024;
const TABLE = /^[A-Za-z][A-Za-z0-9_]*$/;
/** Names of tables and columns have at most this many characters. @see https://learn.microsoft.com/azure/azure-monitor/service-limits#log-analytics-workspaces */
export const MAX_NAME = 45;
/** The columns that a table has at most; the same page. */
const MAX_COLUMNS = 500;
/** No setting may derive one of these. */
const RESERVED_VARIABLES = [...COMMON_SETTINGS, ...SINK_SETTINGS];
/** Reserved in a table. @see https://learn.microsoft.com/azure/azure-monitor/logs/custom-logs-migrate */
export const RESERVED_COLUMNS = new Set([
  '_ResourceId',
  'id',
  '_SubscriptionId',
  'TenantId',
  'Type',
  'UniqueId',
  'Title',
  'RawData',
  'Computer',
]);
/** What no column may be named, in any case; `id` alone is free as `Id`. */
const RESERVED = new Set(
  [...RESERVED_COLUMNS, ...Object.keys(FRAMEWORK_COLUMNS)]
    .filter((name) => COLUMN.test(name))
    .map((name) => name.toLowerCase()),
);

/** Everything that is wrong with a connector, a sentence each; empty when it is sound. */
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
    `${DATA_COLLECTOR} is what stands for everything pushed to /api/logs. Name the folder otherwise.`,
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
      (sources.length > 0 && sources.every(([, source]) => 'receive' in source)),
    'it needs a setting named url, so that it can be pointed at another address.',
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
      `the setting ${key} has the name of a common one. Name it otherwise.`,
    );
    check(
      !READ_VALUES.some((value) => value === key),
      `the setting ${key} has the name of a placeholder of rest(). Name it otherwise.`,
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
  check(budget.exceeded?.is.length !== 0, 'exceeded of its budget names no value by which it is told.');
}

function checkSource(name: string, source: Source, settings: Settings, check: Check): void {
  if (source.table === undefined) check(false, `the source ${name} needs a table.`);
  else checkTable(name, source.table, check);
  if (source.receive === undefined) return checkPull(name, source, settings, check);
  check(!('pull' in source), `the source ${name} has a pull and a receive. Make two sources of it.`);
  check(
    !('updates' in source),
    `the source ${name}: updates belongs to a pull. Each post is an event: leave it out.`,
  );
  for (const problem of receiveProblems(name, source)) check(false, problem);
}

function checkPull(name: string, source: PullSource, settings: Settings, check: Check): void {
  check(
    typeof source.pull === 'function',
    `the source ${name} needs a pull: an async generator of pages, or rest({ … }); or a receive, where the vendor posts.`,
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
  check(problem === undefined, `the source ${name}: of its window, ${problem ?? ''}.`);
  if (source.table === undefined) return;
  for (const problem of updatesProblems(name, source)) check(false, problem);
  if (source.pull?.rest === undefined) return;
  const isPartitioned = valuesIn(requestTexts(source.pull.rest)).has('partition');
  check(
    isPartitioned === (source.partitions !== undefined),
    `the source ${name}: {partition} in its request and partitions(), which lists them, need one another.`,
  );
  checkRest(`the source ${name}`, source.pull.rest, { ...settings, ...source.settings }, check);
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

function checkRest(who: string, rest: RestSpec, settings: Settings, check: Check): void {
  const kindOf = (setting: string): string | undefined => settings[setting]?.kind;
  check(kindOf(rest.base) === 'url', `${who}: base names ${rest.base}, which is no url setting.`);
  for (const [member, name] of settingsNamed(rest)) {
    if (member === 'path')
      check(kindOf(name) === 'text', `${who}: path names ${name}, which is no text setting.`);
    else
      check(
        kindOf(name) !== undefined,
        `${who}: ${member} names ${name}, which is no setting. Write {{${name}}} where it is text.`,
      );
  }
  const { auth } = rest;
  if (auth?.kind === 'signature') {
    const unknown = auth.settings.filter((setting) => kindOf(setting) === undefined);
    check(unknown.length === 0, `${who}: auth names ${unknown.join(', ')}, which is no setting.`);
    const hasSecret = auth.settings.some((setting) => kindOf(setting) === 'secret');
    check(hasSecret, `${who}: auth names no secret setting to sign with.`);
  } else if (auth !== undefined) {
    check(
      kindOf(auth.setting) === 'secret',
      `${who}: auth names ${auth.setting}, which is no secret setting.`,
    );
  }
}

/** The settings whose values a request holds, each with its member. */
function settingsNamed(rest: RestSpec): readonly (readonly [member: string, name: string])[] {
  return textsOf(requestTexts(rest))
    .flatMap(([member, text]) => namesIn(text).map((name) => [member, name] as const))
    .filter(([, name]) => !READ_VALUES.some((value) => value === name));
}

function checkSchedule(schedule: string | undefined, check: Check): void {
  const problem = schedule === undefined ? undefined : scheduleProblem(schedule);
  check(
    problem === undefined,
    `its schedule ${schedule ?? ''}: ${problem ?? ''}. Write NCRONTAB with seconds.`,
  );
}

function checkTable(source: string, table: Table, check: Check): void {
  const { name, columns, eventId, standard, time } = table;
  check(
    TABLE.test(name) && name.length <= MAX_NAME,
    `the table ${name} needs a name of letters, digits and _, a letter first, at most ${MAX_NAME} characters.`,
  );
  check(
    (standard === true) !== name.endsWith('_CL'),
    `the table ${name}: a custom table's name ends in _CL, a standard one's does not.`,
  );
  const count = Object.keys(allColumns(table)).length;
  check(
    count <= MAX_COLUMNS,
    `the table ${name} has ${count} columns with the framework's, and a workspace table takes ${MAX_COLUMNS}. Leave the rest to AdditionalFields.`,
  );
  const spelled = new Map<string, string>();
  for (const [column, { from }] of Object.entries(columns)) {
    const other = spelled.get(column.toLowerCase());
    check(
      other === undefined,
      `the column ${name}.${column} differs from ${other ?? ''} only in case. Name it otherwise.`,
    );
    spelled.set(column.toLowerCase(), column);
    check(
      COLUMN.test(column) && column.length <= MAX_NAME,
      `the column ${name}.${column} needs a name in PascalCase of at most ${MAX_NAME} characters.`,
    );
    check(
      !RESERVED.has(column.toLowerCase()),
      `the column ${name}.${column} has a reserved name. Name it otherwise.`,
    );
    checkPath(from, `the column ${name}.${column}`, check);
  }
  check(
    typeof time === 'string' && time !== '',
    `the source ${source} needs table.time: where a record says when it happened.`,
  );
  checkPath(time, `the time of ${name}`, check);
  checkPath(eventId, `the eventId of ${name}`, check);
}

function checkPath(path: string | undefined, what: string, check: Check): void {
  const problem = path === undefined ? undefined : pathProblem(path);
  check(problem === undefined, `${what}: ${problem ?? ''}`);
}
