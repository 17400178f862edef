import type { Json } from '../../shared/contract/json';
import type { RestNext, RestParameter, RestSpec, RestStop } from '../../shared/contract/rest';
import { compilePath } from '../../shared/values/json-path';
import { AUTHS, type AuthKind } from './auth-kinds';
import { namesIn } from '../../shared/kit/template';
import { timeFormat } from './sample/column-type';
import type { Hints } from './sample/hints';
import { answerFormat, formatKind } from './format-kinds';
import { STOPS_OF, formatOf, kindOf, STOP_KINDS, type PagingKind, type StopKind } from './rest-kinds';
import type { Sample } from './sample/sample';
import { orderOfSample } from './sample/order-and-next-page';
import type { NewCommand } from './options';

/** The allowed lateness of a new connector, until its author knows the vendor's. */
export const LATENESS = { minMs: 2 * 60_000, maxMs: 3_600_000 };
const PAGE_SIZE = 100;

/** The input of {@link restSpecOf}. */
export interface DeclarationParts {
  readonly path: string;
  readonly auth: AuthKind;
  readonly paging: PagingKind;
  readonly flags: NewCommand;
  readonly hints: Hints;
  readonly sample: Sample;
  readonly time: string;
  /** The path of a record's id. */
  readonly id: string | undefined;
}

/** Kinds of paging that are only possible within windows. */
const BY_TIME: ReadonlySet<PagingKind> = new Set(['page', 'offset', 'none', 'time']);

const NEXT: Readonly<Record<PagingKind, (parts: DeclarationParts) => RestNext>> = {
  /** By the address in the sample's body, unless the flag says that the vendor sends a `Link` header. */
  link: ({ flags, hints: { address } }) => ({
    kind: 'link',
    ...(flags.paging !== undefined || address === undefined ? {} : { from: address }),
  }),
  page: ({ flags }) => ({
    kind: 'page',
    send: { in: placeOf(flags), name: flags.cursorParameter ?? 'page' },
  }),
  offset: ({ flags }) => ({
    kind: 'offset',
    send: { in: placeOf(flags), name: flags.cursorParameter ?? 'offset' },
  }),
  none: () => ({ kind: 'none' }),
  time: () => ({ kind: 'time' }),
  cursor({ flags, hints, sample }) {
    const send = { in: placeOf(flags), name: flags.cursorParameter ?? hints.cursor?.parameter ?? 'cursor' };
    if (flags.cursorHeader !== undefined) return { kind: 'cursor', header: flags.cursorHeader, send };
    if (flags.cursorRecord !== undefined) return { kind: 'cursor', record: flags.cursorRecord, send };
    const from = flags.cursor ?? hints.cursor?.from ?? 'next_cursor';
    const value = compilePath(from)(sample.body);
    const join = flags.cursor === undefined ? hints.cursor?.join : Array.isArray(value) ? ',' : undefined;
    return {
      kind: 'cursor',
      from,
      ...(join === undefined ? {} : { join }),
      send,
    };
  },
};

const STOP: Readonly<Record<StopKind, (parts: DeclarationParts) => RestStop>> = {
  'no-next': () => ({ on: 'no-next' }),
  'empty-page': () => ({ on: 'empty-page' }),
  unless: ({ flags, hints }) => ({ on: 'unless', path: flags.more ?? hints.more ?? 'has_more' }),
  'short-page': ({ flags }) => ({ on: 'short-page', full: flags.limit ?? PAGE_SIZE }),
  total: ({ flags, hints }) => ({ on: 'total', path: flags.total ?? hints.total ?? 'total' }),
  'last-page': ({ flags, hints }) => ({ on: 'last-page', path: flags.total ?? hints.pages ?? 'pages' }),
};

/**
 * Makes the declaration from the author's flags and the sample.
 * @throws Error naming the flag, if they contradict each other
 */
export function restSpecOf(parts: DeclarationParts): RestSpec {
  const { path, auth, paging, flags, hints, sample, time } = parts;
  const stop = stopOf(paging, flags, hints);
  checkRecord(stop, flags);
  const resume = BY_TIME.has(paging) ? 'time' : resumeOf(stop, flags);
  checkSample(sample, paging, stop, flags);
  const place = placeOf(flags);
  const written =
    flags.timeFormat === undefined
      ? timeFormat(compilePath(time)(sample.records[0] ?? null))
      : formatOf(flags.timeFormat);
  const asFormat = written === 'iso' ? {} : { format: written };
  const limit: Readonly<Record<string, Json>> = { limit: flags.limit ?? PAGE_SIZE };
  return {
    base: 'url',
    path,
    ...(place === 'body' ? { method: 'POST', body: limit } : { query: limit as RestSpec['query'] & object }),
    auth: AUTHS[auth].auth(flags),
    ...answerOf(parts),
    ...explodeOf(flags),
    ...detailsOf(parts),
    ...exportOf(flags),
    ...successOf(sample, flags),
    next: NEXT[paging](parts),
    stop: STOP[stop](parts),
    resume,
    since: { in: place, name: flags.since ?? 'since', ...asFormat },
    ...(flags.until === undefined ? {} : { until: { in: place, name: flags.until, ...asFormat } }),
    ...(resume === 'time' ? { window: windowOf(parts) } : {}),
  };
}

function explodeOf({ explode }: NewCommand): Pick<RestSpec, 'explode'> {
  return explode === undefined ? {} : { explode };
}

/**
 * The request for records by id: one POST with a list of ids, or one request per id if the path has `{id}`.
 * @throws Error if the sample's records have no id
 */
function detailsOf({ flags, id, sample }: DeclarationParts): Pick<RestSpec, 'details'> {
  const { details: path, limit } = flags;
  if (path === undefined) return {};
  if (id === undefined)
    throw new Error(`--details ${path}: it needs the path of a record's id. Name it with --id.`);
  const common = { path, records: sample.recordsPath, recordId: id };
  if (namesIn(path).includes('id')) return { details: { ...common, batch: 1 } };
  return { details: { ...common, method: 'POST', body: { ids: '{ids}' }, batch: limit ?? PAGE_SIZE } };
}

/** @throws Error if the path has no id of an export */
function exportOf({ export: path }: NewCommand): Pick<RestSpec, 'export'> {
  if (path === undefined) return {};
  if (!namesIn(path).includes('job'))
    throw new Error(`--export ${path}: write {job} where the id of the export stands.`);
  const status = { path, from: 'status', ready: ['FINISHED'], failed: ['ERROR'], chunks: 'chunks' };
  return {
    export: { job: 'id', status, chunk: { path: `${path.replace(/\/[^/{}]*$/, '')}/chunks/{chunk}` } },
  };
}

/**
 * The form of an answer: of records, or of a list of files whose records have an `id` and the time `created`.
 * @throws Error if the path has no id of a file
 */
function answerOf({
  flags,
  paging,
  sample: { recordsPath },
}: DeclarationParts): Pick<RestSpec, 'files' | 'format' | 'records' | 'streamed'> {
  const { export: exported, files: path } = flags;
  const format = answerFormat(formatKind(flags));
  if (path === undefined) {
    if (format === undefined) return { records: recordsPath };
    // A range without paging may be of any size.
    const streamed = paging === 'none' && exported === undefined ? { streamed: true as const } : {};
    return { format, ...streamed, records: recordsPath };
  }
  if (!namesIn(path).includes('id'))
    throw new Error(`--files ${path}: write {id} where the id of the file stands.`);
  const content = format === undefined ? { records: recordsPath } : { format };
  return { records: '$', files: { id: 'id', time: 'created', path, ...content } };
}

/** @throws Error if the sample has no value at the path */
function successOf({ body }: Sample, { success: from }: NewCommand): Pick<RestSpec, 'success'> {
  if (from === undefined) return {};
  const value = compilePath(from)(body);
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return { success: { from, is: [value] } };
  throw new Error(`--success ${from}: the sample has no text, number or boolean there.`);
}

/** @throws Error for paging by time if the newest record comes first */
function windowOf({ flags, paging, sample, time }: DeclarationParts): NonNullable<RestSpec['window']> {
  if (flags.export !== undefined || flags.files !== undefined) return { lag: LATENESS };
  const order = orderOfSample(sample, time, flags);
  if (order === 'oldest-first') return { lag: LATENESS };
  if (paging !== 'time') return { lag: LATENESS, order };
  throw new Error(
    '--paging time: it needs a vendor that returns the oldest records first; the sample has the newest first. ' +
      'Request the other order with a parameter and save that answer, or choose another --paging.',
  );
}

function resumeOf(stop: StopKind, { resume }: NewCommand): RestSpec['resume'] {
  const possible =
    stop === 'empty-page' ? 'cursor' : resume === 'cursor' && stop !== 'no-next' ? 'cursor' : 'time';
  if (resume === undefined || resume === possible) return possible;
  throw new Error(`--resume ${resume}: a source that stops on ${stop} continues by ${possible}.`);
}

function checkSample({ body }: Sample, paging: PagingKind, stop: StopKind, flags: NewCommand): void {
  const isBeside =
    (paging === 'cursor' && flags.cursorHeader === undefined && flags.cursorRecord === undefined) ||
    ['unless', 'total', 'last-page'].includes(stop);
  if (!Array.isArray(body) || !isBeside) return;
  throw new Error(
    'The sample is an array, so no member beside the records can name the next page or count them. ' +
      'Choose --paging link with --stop no-next or empty-page, --paging page or offset with --stop short-page, or --paging time.',
  );
}

function stopOf(paging: PagingKind, { stop }: NewCommand, { more }: Hints): StopKind {
  const possible: readonly StopKind[] = STOPS_OF[paging];
  const [first] = STOPS_OF[paging];
  if (stop === undefined) return more !== undefined && possible.includes('unless') ? 'unless' : first;
  const kind = kindOf('stop', stop, STOP_KINDS);
  if (possible.includes(kind)) return kind;
  throw new Error(`--stop ${stop}: paging by ${paging} ends on ${possible.join(', ')}.`);
}

/** @throws Error for `no-next` with a cursor from the last record: every record names a next page */
function checkRecord(stop: StopKind, { cursorRecord }: NewCommand): void {
  if (cursorRecord === undefined || stop !== 'no-next') return;
  throw new Error(
    `--cursor-record ${cursorRecord}: every record names a next page. Add --stop short-page or --stop empty-page.`,
  );
}

function placeOf({ method }: NewCommand): RestParameter['in'] {
  return method === 'POST' ? 'body' : 'query';
}
