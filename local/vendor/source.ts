import { createHash, createHmac } from 'node:crypto';
import type { PullSource } from '../../shared/contract/connector';
import { ContractError } from '../../shared/contract/errors';
import type { Json } from '../../shared/contract/json';
import type { RestSpec } from '../../shared/contract/rest';
import type { Refusal, VendorRequest, VendorRules, VendorTools } from '../../shared/contract/simulator';
import { checkRequest } from './checks';
import { leavesOf } from './expected';
import type { FaultKind } from './faults';
import { fixedFeed, liveFeed, type Feed, type Published } from './feed';
import { readFixtures, type Fixtures } from './fixtures';
import { pageWriter, tokenFrom, type PageContent, type WrittenPage } from './page';
import { pathSays } from './paths';
import { isBounded, readingOf, type Place } from './reading';
import { tokensOf } from './tokens';
import type { VendorEvents } from './vendor';

/** Where the simulator is seen from the outside, for the links of a page. */
export interface SeenAt {
  /** `http://127.0.0.1:1234` */
  readonly origin: string;
  /** The connector's own address, without a slash at its end. */
  readonly base: string;
  /** Below that address, as it was asked. */
  readonly path: string;
  /** Path and query as they were asked. */
  readonly url: string;
}

/** A request as it comes in, before it is known which source it is for. */
export type ReceivedRequest = Omit<VendorRequest, 'source' | 'settings' | 'now'>;

/** One endpoint of a simulated vendor. */
export interface SimulatedSource {
  readonly name: string;
  /** True for an address that it has. @param path below the connector's own */
  hasPath(path: string): boolean;
  /** Everything published so far. */
  published(): readonly Json[];
  /** The same, with the times. */
  feed(): readonly Published[];
  /** What a right request asks for; anything else is refused. */
  ask(request: ReceivedRequest): AskedPlace | Refusal;
  page(asked: AskedPlace, seenAt: SeenAt, fault: FaultKind | undefined): WrittenPage;
}

/** Where a request wants to read, and the token by which it says so. */
export interface AskedPlace {
  readonly place: Place;
  readonly token: string | undefined;
}

/** What a simulated source is made from. */
export interface SourceParts {
  readonly connector: string;
  readonly name: string;
  readonly source: PullSource;
  readonly spec: RestSpec;
  readonly folder: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly rules: VendorRules;
  readonly live: boolean;
  readonly pageSize: number | undefined;
  readonly events: VendorEvents | undefined;
  readonly now: () => Date;
  readonly seed: number;
  readonly bornAt: Date;
  readonly maxLateMs: number | undefined;
}

const DEFAULT_PAGE_SIZE = 100;
const LIMIT_NAME = /limit|size|count|top|max|take|first|per_page/i;

const tools: VendorTools = {
  hash: (algorithm, text) => createHash(algorithm).update(text).digest('hex'),
  hmac: (algorithm, key, text) => createHmac(algorithm, key).update(text).digest('hex'),
};

/**
 * Derives an endpoint from a declaration and the folder's fixtures.
 * @throws ContractError when the declaration cannot be simulated
 */
export function simulateSource(parts: SourceParts): SimulatedSource {
  const { connector, name, spec, settings, rules } = parts;
  checkRules(parts);
  const fixtures = readFixtures(parts.folder, name, spec);
  const pageSize = pageSizeOf(parts, fixtures);
  const feed = feedOf(parts, fixtures, pageSize);
  const reading = readingOf(feed, spec, pageSize);
  const tokens = tokensOf(`${connector}/${name}`);
  const write = pageWriter(spec, fixtures.envelope);
  let repeats = 0;
  let before: { readonly records: readonly Json[]; readonly end: string } = { records: [], end: '' };

  /** What stands before a place in the same read, once more; where that begins there, the page itself. */
  const again = (place: Place, records: readonly Json[]): readonly Json[] =>
    spec.next.kind === 'time' || before.end === place.join() ? before.records : records;

  const contentAt = ({ place, token: asked }: AskedPlace, fault: FaultKind | undefined): PageContent => {
    const slice = reading.from(place);
    const records = slice.records.map(({ record }) => record);
    const [repeated, token] = [again(place, records), tokens.issue(slice.next)];
    before = { records, end: slice.next.join() };
    if (fault?.do === 'same-token')
      return { records: fill(spec, records), token: asked ?? token, more: true, bounded: false };
    if (fault?.do === 'empty-page')
      return { records: fill(spec, []), token: tokens.issue(place, ++repeats), more: true, bounded: false };
    if (fault?.do === 'repeated-page') {
      const next = tokens.issue(place, ++repeats);
      return { records: fill(spec, repeated), token: next, more: true, bounded: false };
    }
    const raw = fault?.do === 'more-records' ? { raw: fault.records } : {};
    return { records, ...raw, token, more: slice.more, bounded: isBounded(place) };
  };

  return {
    name,
    hasPath: (path) => pathSays(spec, { path, settings }) !== undefined,
    published: () => feed().map(({ record }) => record),
    feed,
    ask(received) {
      const now = parts.live ? parts.now() : undefined;
      const request: VendorRequest = { ...received, source: name, settings, now };
      const asked = checkRequest(spec, request);
      if ('status' in asked) return asked;
      const token = 'token' in asked ? tokenFrom(spec, asked.token) : undefined;
      const place = 'token' in asked ? tokens.read(token ?? '') : reading.begin(asked.sinceMs, asked.untilMs);
      if (place === undefined)
        return { status: 400, because: 'the token of the next page was never issued here' };
      return rules.check?.(request, tools) ?? { place, token };
    },
    page(asked, seenAt, fault) {
      const base = fault?.do === 'foreign-link' ? fault.to : seenAt.base;
      return write(contentAt(asked, fault), { ...seenAt, base });
    },
  };
}

function checkRules({ connector, name, spec, rules }: SourceParts): void {
  if (spec.auth?.kind !== 'signature' || rules.check !== undefined) return;
  throw new ContractError(
    `simulating a vendor: ${connector}/${name} signs its requests, and nothing here can check a signature. ` +
      `Write connectors/${connector}/simulator.ts with a check.`,
  );
}

/** Unless the test wants it later, a vendor that is asked by time is no later than its shortest lag; and never later than its longest, where the test leaves that to it. */
function feedOf(
  { connector, name, source, spec, live, now, seed, bornAt, maxLateMs, events }: SourceParts,
  { pages }: Fixtures,
  pageSize: number | undefined,
): Feed {
  if (!live) return fixedFeed(pages, source.table.time);
  const { historyPages, lateUpToMs, ...habits } = events ?? {};
  const { maxMs = 0, minMs = 0 } = spec.window?.lag ?? {};
  const allowedMs = lateUpToMs === undefined ? minMs : Math.min(lateUpToMs, maxMs);
  const own = spec.resume === 'cursor' ? lateUpToMs : allowedMs;
  const history =
    historyPages === undefined ? {} : { history: Math.ceil(historyPages * (pageSize ?? DEFAULT_PAGE_SIZE)) };
  const clock = { now, bornAt, maxLateMs: maxLateMs ?? own, events: { ...habits, ...history } };
  return liveFeed(pages.flat(), source.table, `${connector}/${name}/${seed}`, clock);
}

/** What a full page is where the declaration counts on it; else what the test wants, the declared limit, or the fixtures. */
function pageSizeOf({ spec, live, pageSize }: SourceParts, { pages }: Fixtures): number | undefined {
  if (spec.stop.on === 'short-page') return spec.stop.full;
  if (pageSize !== undefined) return pageSize;
  if (!live) return spec.resume === 'time' ? pages[0]?.length : undefined;
  const members = [...leavesOf({ ...spec.query, ...spec.body })];
  const sizes = members.filter(([name]) => LIMIT_NAME.test(name.split('.').at(-1) ?? ''));
  return Number(sizes[0]?.[1]) || DEFAULT_PAGE_SIZE;
}

/** Where only a full page says that there is more, it is filled up with what is no record. */
function fill({ stop }: RestSpec, records: readonly Json[]): readonly Json[] {
  const lacking = stop.on === 'short-page' ? Math.max(stop.full - records.length, 0) : 0;
  return [...records, ...Array<null>(lacking).fill(null)];
}
