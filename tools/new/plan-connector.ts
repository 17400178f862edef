import type { Connector, Setting } from '../../shared/contract/connector';
import type { Json } from '../../shared/contract/json';
import type { ObjectsSpec } from '../../shared/contract/objects';
import type { RestList, RestSpec } from '../../shared/contract/rest';
import type { Table } from '../../shared/contract/table';
import { FOLDER_NAME, KEY, connectorProblems } from '../../shared/kit/connector-problems';
import { defineConnector, text, url } from '../../shared/kit/define-connector';
import { compilePath, isObject, memberNames } from '../../shared/values/json-path';
import { compileExplode } from '../../shared/kit/rest/records/explode';
import { rest } from '../../shared/kit/rest/rest';
import { listed } from '../../shared/kit/rest/steps/listed';
import { READ_VALUES, stepsOf } from '../../shared/kit/rest/request-texts';
import { namesIn } from '../../shared/kit/template';
import { toIso } from '../../shared/values/time';
import { restSpecOf } from './rest-spec';
import { hintsOf, type Hints } from './sample/hints';
import { AUTH_KINDS, AUTHS, type AuthKind } from './auth-kinds';
import { answerFormat, formatKind } from './format-kinds';
import { PAGING_KINDS, kindOf, type PagingKind } from './rest-kinds';
import { countsText, createMasker, type Masker } from '../mask/masker';
import { fixturePages } from './sample/pages';
import { placeholderPage, readSample, sampleOf, type Sample } from './sample/sample';
import type { Unshown } from './questions';
import { checkPaths, hidesOrder, missingPath } from './sample/order-and-next-page';
import { inferTable } from './infer-table';
import { planFiles, type PlannedPull } from './plan-files';
import type { NewCommand } from './options';
import { camelCase, plain, titleCase } from './names';
import { formatRows } from '../../shared/admin';

const HOUR_MS = 3_600_000;
/** Names of arrays that do not describe their content. */
const EMPTY_WORDS = new Set(
  'items data results records value values content list entries response'.split(' '),
);

/** A connector to be written: complete and checked, with the rows of its fixtures. */
export interface Plan {
  readonly connector: Connector;
  readonly source: string;
  readonly spec: RestSpec | ObjectsSpec;
  /** Set if the source has partitions. */
  readonly list: RestList | undefined;
  readonly table: Table;
  readonly pages: readonly Json[];
  readonly rows: readonly Json[];
  /** The counts of masked values, as text; empty if nothing was masked. */
  readonly masked: string;
  readonly isInvented: boolean;
}

/**
 * Plans a connector from a name, the author's flags and a sample.
 * @throws Error that says what to change, if they do not make a sound connector
 */
export function planConnector(name: string, flags: NewCommand): Plan {
  checkName(name);
  const sample = sampleFor(flags);
  const source = flags.source ?? sourceName(sample.recordsPath);
  if (!KEY.test(source)) {
    throw new Error(
      `--source ${source}: write it in camelCase, starting with a letter, such as auditEvents.`,
    );
  }
  const split = splitter(flags);
  const { explode, id, time } = flags;
  const isText = formatKind(flags) === 'csv';
  const table = inferTable(sample.records.flatMap(split).filter(isObject), {
    ...{ name, source, time, id, explode, isText },
  });
  const { pull, settings, spec } =
    flags.store === undefined ? planRest(flags, sample, table) : planFiles(flags, sample);
  const list = 'store' in spec ? undefined : listOf(flags, spec);
  const connector = defineConnector({
    name,
    title: flags.title ?? titleCase(name),
    settings,
    sources: { [source]: { table, pull, ...(list === undefined ? {} : { partitions: listed(list) }) } },
  });
  const problems = connectorProblems(connector, name);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  const isInvented = flags.sample === undefined;
  const idName = table.eventId?.split('.').at(-1);
  const masker = createMasker(new Map(), { idNames: idName === undefined ? [] : [idName], isSample: true });
  const mask: Masker['mask'] = isInvented ? (answers) => [...answers] : (answers) => masker.mask(answers);
  const { bodies, delivered } = fixturePages(sample, spec, table, mask);
  const timeAt = compilePath(table.time);
  const newest =
    delivered
      .map((record) => toIso(timeAt(record)) ?? '')
      .sort()
      .at(-1) ?? '';
  // The contract suite's clock stands an hour after the newest event.
  const rows = formatRows({ table }, delivered.flatMap(split), new Date(Date.parse(newest) + HOUR_MS));
  return {
    connector,
    source,
    spec,
    list,
    table,
    pages: bodies,
    rows,
    masked: countsText(masker.counts()),
    isInvented,
  };
}

/** What a record of an answer becomes. */
function splitter({ explode }: NewCommand): (record: Json) => readonly Json[] {
  return compileExplode(explode) ?? ((record) => [record]);
}

function planRest(flags: NewCommand, sample: Sample, table: Table): PlannedPull {
  // A file says nothing about the list that names it.
  const hints = flags.files === undefined ? hintsOf(sample) : {};
  const auth = kindOf('auth', flags.auth ?? 'bearer', AUTH_KINDS);
  const paging = pagingOf(flags, hints);
  const path = flags.path ?? '/events';
  const spec = restSpecOf({
    ...{ path, auth, paging, flags, hints, sample },
    ...{ time: table.time, id: table.eventId },
  });
  checkPaths(sample, spec, flags);
  const settings = settingsOf(auth, namedIn(spec), flags.url ?? 'https://api.example.com');
  return { pull: rest(spec), settings, spec };
}

/** A list whose records have an id, and whose next page the `Link` header names. */
function listOf({ partitions: path }: NewCommand, { auth }: RestSpec): RestList | undefined {
  if (path === undefined) return undefined;
  const credential = auth === undefined ? {} : { auth };
  return {
    base: 'url',
    path,
    ...credential,
    records: '$',
    id: 'id',
    next: { kind: 'link' },
    stop: { on: 'no-next' },
  };
}

/** The author's sample, or a placeholder. @throws Error if the sample cannot be read */
function sampleFor(flags: NewCommand): Sample {
  const format = answerFormat(formatKind(flags));
  if (flags.sample !== undefined) return readSample(flags.sample, flags.records, format);
  return sampleOf(placeholderPage(format), format === undefined ? flags.records : '$');
}

/** @throws Error for an unknown flag value */
function pagingOf({ export: exported, files, paging }: NewCommand, { cursor }: Hints): PagingKind {
  if (exported !== undefined) return 'none';
  // The sample is a file, not a page of the list.
  if (files !== undefined) return 'link';
  if (paging !== undefined) return kindOf('paging', paging, PAGING_KINDS);
  return cursor === undefined ? 'link' : 'cursor';
}

/**
 * What the sample does not show.
 * @throws Error as `planConnector` does
 */
export function unknownsOf(name: string, flags: NewCommand): Unshown {
  const sample = sampleFor(flags);
  const { spec, table } = planConnector(name, { ...flags, last: true });
  if ('store' in spec) return { order: false, missing: undefined };
  return {
    order:
      spec.resume === 'time' && (spec.export ?? spec.files) === undefined && hidesOrder(sample, table.time),
    missing: missingPath(sample, spec),
  };
}

/** @throws Error with the reason, if a connector cannot have this name */
export function checkName(name: string): void {
  if (FOLDER_NAME.test(name)) return;
  const because = /^[^a-z]/.test(name)
    ? 'it must start with a lower-case letter, because its variables cannot start with a digit'
    : 'a name has lower-case letters and digits, with single hyphens between words';
  throw new Error(`${name} is not a valid connector name: ${because}. Try ${suggestion(name)}.`);
}

function suggestion(name: string): string {
  const kebab = name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-');
  return kebab.replace(/^[^a-z]+|-+$/g, '') || 'acme-edr';
}

/** The name of the array, if it describes its records; else `events`. */
function sourceName(recordsPath: string): string {
  const key = camelCase(memberNames(recordsPath)?.at(-1) ?? '');
  return KEY.test(key) && !EMPTY_WORDS.has(plain(key)) ? key : 'events';
}

/** The settings in the paths of a declaration. */
function namedIn(spec: RestSpec): readonly string[] {
  const paths = [
    [spec.path, READ_VALUES] as const,
    ...stepsOf(spec).map(([, { path }, own]) => [path, own] as const),
  ];
  return paths.flatMap(([path, own]) => namesIn(path).filter((name) => !own.some((value) => value === name)));
}

function settingsOf(auth: AuthKind, names: readonly string[], address: string): Record<string, Setting> {
  const places = names.map((key): [string, Setting] => [
    key,
    text(`The ${key} in the address of the API.`, { example: 'example' }),
  ]);
  return {
    url: url('The base address of the API.', { example: address }),
    ...Object.fromEntries(places),
    ...AUTHS[auth].settings,
  };
}
