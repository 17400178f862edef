import { ContractError } from '../../../shared/contract/errors';
import type { Json } from '../../../shared/contract/json';
import type { RestSpec } from '../../../shared/contract/rest';
import { compilePath } from '../../../shared/values/json-path';
import type { Refusal, VendorRequest, VendorRules } from '../../../shared/contract/simulator';
import { pagingOf } from '../../../shared/kit/rest/paging/paging-of';
import { compileExplode } from '../../../shared/kit/rest/records/explode';
import { checkRequest, type Asked } from '../requests/checks';
import { OF_DECLARATIONS } from '../requests/answers';
import type { Answering, ReceivedRequest } from '../requests/received';
import { leavesOf } from '../requests/compare-declared';
import type { FaultKind } from '../faults';
import type { Feed, Published } from './feed';
import { canMeet, hasAnyValue } from './can-meet';
import { listItem, simulateDetails } from './details';
import { simulateExport } from './export';
import { simulateFiles, type FilesEndpoint } from './files';
import { readFixtures, type Fixtures } from './fixtures';
import { pageWriter, tokenFrom, type PageContent } from './page';
import { pathValues } from './paths';
import { partOf, partsOf, simulateList, type FeedPart } from './partitions';
import { isBounded, type Place } from './reading';
import { DEFAULT_PAGE_SIZE, feedOf, type FeedParts } from './source-feed';
import { namesOfPath, withValueAt } from './write-at-path';
import { settingsAt } from '../placeholder-settings';
import { toolsFor } from '../simulator-tools';

/** One endpoint of a simulated vendor. */
export interface SimulatedSource {
  readonly name: string;
  /** True for a path of this endpoint. @param path below the connector's address */
  hasPath(path: string): boolean;
  /** Everything published so far, with the times, as the connector yields it. */
  feed(): readonly Published[];
  /** True for a fault that its paging and the format of its answers may have. */
  canMeet(kind: FaultKind['do']): boolean;
  /** The answer of a correct request, or the refusal. */
  ask(request: ReceivedRequest): Answering | Refusal;
}

/** The place that a request reads from, its token, and the partition that both belong to. */
interface AskedPlace {
  readonly part: FeedPart;
  readonly place: Place;
  readonly token: string | undefined;
}

/** The options of a simulated source. */
export interface SourceParts extends FeedParts {
  readonly spec: RestSpec;
  readonly settings: Readonly<Record<string, string>>;
  readonly rules: VendorRules;
  readonly pageSize: number | undefined;
}

/** The place where the read of a place began. */
function firstOf(place: Place): Place {
  return isBounded(place) ? [...place.slice(0, 3), 0] : [Number.NEGATIVE_INFINITY, 0];
}

/** The total of a vendor that always has more. */
const ENDLESS = 1e12;

const LIMIT_NAME = /limit|size|count|top|max|take|first|per_page/i;

/**
 * Derives an endpoint from a declaration and the folder's fixtures.
 * @throws ContractError when the declaration cannot be simulated
 */
export function simulateSource(declared: SourceParts): SimulatedSource {
  checkRules(declared);
  const { declaredSize, envelope, feed, filed, parts, rows } = contentOf(declared);
  const { connector, name, rules, settings } = parts;
  const { spec } = parts;
  const { details } = spec;
  // Without paging an answer has all records.
  const pageSize = spec.next.kind === 'none' ? Infinity : declaredSize;
  const isExport = spec.export !== undefined;
  const feedParts = partsOf(
    { ...parts, name: `${connector}/${name}` },
    feed,
    isExport ? declaredSize : pageSize,
  );
  const write = pageWriter(spec, details === undefined ? envelope : {}, pageSize);
  const itemOf = details === undefined ? undefined : listItem(details);
  const detailed =
    details === undefined ? undefined : simulateDetails(spec, details, { envelope, feed, settings });
  const exported =
    spec.export === undefined
      ? undefined
      : simulateExport(spec, spec.export, { envelope, parts: feedParts, settings, size: declaredSize });
  const { list } = parts.source.partitions ?? {};
  const listed = list === undefined ? undefined : simulateList(list, settings, parts.bornAt);
  const endpointAt = (path: string): typeof exported | typeof detailed | typeof filed | typeof listed =>
    [listed, exported, detailed, filed].find((one) => one?.hasPath(path) === true);
  const idAt =
    spec.next.kind === 'cursor' && spec.next.record !== undefined ? compilePath(spec.next.record) : undefined;
  const { isNumbered } = pagingOf(spec);
  let repeats = 0;
  let before: { readonly records: readonly Json[]; readonly end: string } = { records: [], end: '' };

  /** The page before a place in the same read; at the start of the read, the page itself. */
  const again = (place: Place, records: readonly Json[]): readonly Json[] =>
    spec.next.kind === 'time' || before.end === place.join() ? before.records : records;

  const filled = (records: readonly Json[]): readonly Json[] => fill(spec, records, before.records);

  const contentAt = (
    { part, place, token: asked }: AskedPlace,
    fault: FaultKind | undefined,
  ): PageContent => {
    // A vendor that ignores the number or the id gives the first page again.
    const isIgnored = fault?.do === 'same-token' && (isNumbered || idAt !== undefined);
    const { reading, tokens } = part;
    const slice = reading.from(isIgnored ? firstOf(place) : place);
    const { total } = slice;
    const records = slice.records.map(({ record }) => itemOf?.(record) ?? record);
    const [repeated, token] = [again(place, records), tokens.issue(slice.next)];
    before = { records, end: slice.next.join() };
    const goesOn = { more: true, bounded: false, total: ENDLESS };
    if (fault?.do === 'same-token') return { records: filled(records), token: asked ?? token, ...goesOn };
    if (fault?.do === 'empty-page')
      return { records: filled([]), token: tokens.issue(place, ++repeats), ...goesOn };
    if (fault?.do === 'repeated-page')
      return { records: filled(repeated), token: tokens.issue(place, ++repeats), ...goesOn };
    const raw = fault?.do === 'more-records' ? fault.records : [];
    const all = total + raw.length;
    return { records, raw, token, total: all, more: slice.more, bounded: isBounded(place) };
  };

  /** The place of a range, or of the page or record of that number in it. */
  const placeOf = ({ reading }: FeedPart, { number = 0, sinceMs, untilMs }: Asked): Place => {
    const begin = reading.begin(sinceMs, untilMs);
    const read = spec.next.kind === 'page' ? number * (pageSize ?? 1) : number;
    return isNumbered ? [...begin.slice(0, 3), read] : begin;
  };

  /** The place that a token contains, or the one behind the record with that id. */
  const behind = (part: FeedPart, token: string, asked: Asked): Place | undefined =>
    idAt === undefined
      ? part.tokens.read(token)
      : part.reading.behind(
          placeOf(part, asked),
          ({ record }) => `${idAt(record) as string | number}` === token,
        );

  const answerList = (request: VendorRequest): Answering | Refusal => {
    const asked = checkRequest(spec, request);
    if ('status' in asked) return asked;
    const token = asked.token === undefined ? undefined : tokenFrom(spec, asked.token);
    const part = partOf(feedParts, { ...asked, ...(token === undefined ? {} : { token }) });
    if (part === undefined) return { status: 404, because: 'the partition is not in the list' };
    const place = token === undefined ? placeOf(part, asked) : behind(part, token, asked);
    if (place === undefined)
      return { status: 400, because: 'the page token was not issued by this simulator' };
    if (exported !== undefined) return exported.order(part, place, request.now);
    return {
      write(seenAt, fault) {
        const base = fault?.do === 'foreign-link' ? fault.to : seenAt.base;
        return write(contentAt({ part, place, token }, fault), { ...seenAt, base });
      },
    };
  };

  return {
    name,
    feed: splitFeed(spec, rows),
    hasPath: (path) => pathValues(spec, { path, settings }) !== undefined || endpointAt(path) !== undefined,
    canMeet: (kind) => (filed === undefined || !OF_DECLARATIONS.has(kind)) && canMeet(spec, kind),
    ask(received) {
      const now = parts.live ? parts.now() : undefined;
      const own = { source: name, settings: settingsAt(settings, received.base), now };
      const sent: VendorRequest = { ...received, ...own };
      const request = rules.normalize?.(sent) ?? sent;
      const answering = endpointAt(request.path)?.ask(request) ?? answerList(request);
      if ('because' in answering) return refusalOf(spec, answering);
      return rules.check?.(request, toolsFor(pageSize)) ?? answering;
    },
  };
}

/** What a feed becomes where each record of an answer holds several. */
function splitFeed({ explode }: RestSpec, feed: Feed): Feed {
  const split = compileExplode(explode);
  if (split === undefined) return feed;
  return () => feed().flatMap((one) => split(one.record).map((record) => ({ ...one, record })));
}

/** What a source shows and where: its records, or the files that hold them. */
interface Content {
  /** The declaration of the list, for a source of files. */
  readonly parts: SourceParts;
  readonly rows: Feed;
  /** What the list shows. */
  readonly feed: Feed;
  readonly filed: FilesEndpoint | undefined;
  readonly envelope: Json;
  readonly declaredSize: number | undefined;
}

function contentOf(declared: SourceParts): Content {
  const { connector, folder, live, name, now, settings, spec } = declared;
  const fixtures = readFixtures(folder, name, spec);
  const { envelope } = fixtures;
  const declaredSize = pageSizeOf(declared, fixtures);
  const rows = feedOf(declared, fixtures, declaredSize ?? DEFAULT_PAGE_SIZE);
  if (spec.files === undefined)
    return { parts: declared, rows, feed: rows, filed: undefined, envelope, declaredSize };
  const filesParts = { connector, settings, spec, now: live ? now : undefined };
  const filed = simulateFiles(filesParts, spec.files, rows, envelope);
  const parts = { ...declared, spec: filed.list };
  // Of fixtures each is a file, and each page of the list names one.
  const listSize = live || spec.stop.on === 'short-page' ? declaredSize : 1;
  return { parts, rows, feed: filed.feed, filed, envelope: {}, declaredSize: listSize };
}

/** A vendor that answers 200 in any case says in the body that the credential is wrong. */
function refusalOf({ success }: RestSpec, refusal: Refusal): Refusal {
  const [denied] = success?.denied ?? [];
  if (success === undefined || denied === undefined || refusal.status !== 401) return refusal;
  return { ...refusal, status: 200, body: withValueAt({}, namesOfPath(success.from), denied) };
}

function checkRules({ connector, name, source, spec, rules }: SourceParts): void {
  if (
    spec.next.kind === 'cursor' &&
    spec.next.record !== undefined &&
    spec.next.record !== source.table.eventId
  ) {
    throw new ContractError(
      `simulating a vendor: ${connector}/${name} continues after a record by its ${spec.next.record}, which is not table.eventId, so this simulator cannot give each record a unique one. Write that path as eventId.`,
    );
  }
  if (spec.auth?.kind !== 'signature' || rules.check !== undefined) return;
  throw new ContractError(
    `simulating a vendor: ${connector}/${name} signs its requests, and this simulator cannot check the signature. ` +
      `Write connectors/${connector}/simulator.ts with a check().`,
  );
}

/** The size of a full page, if the declaration depends on it; otherwise the test's size, the declared limit or the fixtures'. */
function pageSizeOf(
  { spec, live, pageSize }: SourceParts,
  { pages }: Pick<Fixtures, 'pages'>,
): number | undefined {
  if (spec.stop.on === 'short-page') return spec.stop.full;
  if (pageSize !== undefined) return pageSize;
  if (!live) return spec.resume === 'time' ? pages[0]?.length : undefined;
  const members = [...leavesOf({ ...spec.query, ...spec.body })];
  const sizes = members.filter(([name]) => LIMIT_NAME.test(name.split('.').at(-1) ?? ''));
  return Number(sizes[0]?.[1]) || DEFAULT_PAGE_SIZE;
}

/**
 * If only a full page shows that there is more, it is filled up: with values that are not records, or with a record that was
 * shown, in a format that has no such values.
 */
function fill(
  { format, stop }: RestSpec,
  records: readonly Json[],
  before: readonly Json[],
): readonly Json[] {
  const lacking = stop.on === 'short-page' ? Math.max(stop.full - records.length, 0) : 0;
  const filler = hasAnyValue(format) ? null : (records.at(-1) ?? before.at(-1) ?? null);
  return [...records, ...Array<Json>(lacking).fill(filler)];
}
