import type { PullSource } from '../../shared/contract/connector';
import type { Json } from '../../shared/contract/json';
import type { RestSpec } from '../../shared/contract/rest';
import { checkRequest } from './checks';
import type { FaultKind } from './faults';
import { fixedFeed, liveFeed } from './feed';
import { readFixtures } from './fixtures';
import { pageWriter, type PageContent, type WrittenPage } from './page';
import { readingOf, type Place } from './reading';
import type { Refusal, VendorRequest, VendorRules } from './rules';
import { tokensOf } from './tokens';

/** Where the simulator is seen from the outside, for the links of a page. */
export interface SeenAt {
  /** `http://127.0.0.1:1234` */
  readonly origin: string;
  /** The connector's own address, without a slash at its end. */
  readonly base: string;
  /** Path and query as they were asked. */
  readonly url: string;
}

/** One endpoint of a simulated vendor. */
export interface SimulatedSource {
  readonly name: string;
  readonly spec: RestSpec;
  /** Everything published so far. */
  published(): readonly Json[];
  /** What a right request asks for; anything else is refused. */
  ask(request: VendorRequest): AskedPlace | Refusal;
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
  readonly now: () => Date;
  readonly seed: number;
}

const DEFAULT_PAGE_SIZE = 100;
const LIMIT_NAME = /limit|size|count|top|max|take/i;

/** Derives an endpoint from a declaration and the folder's fixtures. */
export function simulateSource(parts: SourceParts): SimulatedSource {
  const { connector, name, source, spec, settings, rules } = parts;
  const { table } = source;
  const fixtures = readFixtures(parts.folder, name, spec);
  const seed = `${connector}/${name}/${parts.seed}`;
  const feed = parts.live
    ? liveFeed(fixtures.pages.flat(), table, seed, parts.now)
    : fixedFeed(fixtures.pages, table.time);
  const fixedSize = spec.resume === 'time' ? fixtures.pages[0]?.length : undefined;
  const reading = readingOf(feed, spec, parts.pageSize ?? (parts.live ? declaredSize(spec) : fixedSize));
  const tokens = tokensOf(`${connector}/${name}`);
  const write = pageWriter(spec, fixtures.envelope);
  let repeats = 0;
  let before: readonly Json[] = [];

  const contentAt = ({ place, token: asked }: AskedPlace, fault: FaultKind | undefined): PageContent => {
    const slice = reading.from(place);
    const records = slice.records.map(({ record }) => record);
    const [last, token] = [before, tokens.issue(slice.next)];
    before = records;
    if (fault?.do === 'same-token') return { records, token: asked ?? token, more: true };
    if (fault?.do === 'empty-page') return { records: [], token: tokens.issue(place, ++repeats), more: true };
    if (fault?.do === 'repeated-page')
      return { records: last, token: tokens.issue(place, ++repeats), more: true };
    const raw = fault?.do === 'more-records' ? { raw: fault.records } : {};
    return { records, ...raw, token, more: slice.more };
  };

  return {
    name,
    spec,
    published: () => feed().map(({ record }) => record),
    ask(request) {
      const asked = checkRequest(spec, settings, request);
      if ('status' in asked) return asked;
      const token = 'token' in asked ? asked.token : undefined;
      const place = 'token' in asked ? tokens.read(asked.token) : reading.begin(asked.sinceMs);
      if (place === undefined)
        return { status: 400, because: 'the token of the next page was never issued here' };
      return rules.check?.(request) ?? { place, token };
    },
    page(asked, seenAt, fault) {
      const base = fault?.do === 'foreign-link' ? fault.to : seenAt.base;
      return write(contentAt(asked, fault), { ...seenAt, base });
    },
  };
}

/** The page size that the declaration itself asks for. */
function declaredSize({ query, body }: RestSpec): number {
  const sizes = Object.entries({ ...query, ...body }).filter(([name]) => LIMIT_NAME.test(name));
  return Number(sizes[0]?.[1]) || DEFAULT_PAGE_SIZE;
}
