import type { PullSource } from '../../../shared/contract/connector';
import type { Json } from '../../../shared/contract/json';
import type { RestList, RestSpec } from '../../../shared/contract/rest';
import type { Refusal, VendorRequest } from '../../../shared/contract/simulator';
import { listSpec } from '../../../shared/kit/rest/request-texts';
import { OF_DECLARATIONS } from '../requests/answers';
import { checkRequest, type Asked } from '../requests/checks';
import type { Answering } from '../requests/received';
import { tokensOf, type Tokens } from '../page-tokens';
import type { Feed } from './feed';
import { pageWriter } from './page';
import { pathValues } from './paths';
import { readingOf, type Reading } from './reading';
import { withValueAt, namesOfPath } from './write-at-path';

/** The partitions that a simulated vendor lists. The last one appears later. */
const PARTITIONS = ['part-1', 'part-2', 'part-3'];
const APPEARS_MS = 10 * 60_000;

/** One partition of a feed; a source without partitions has a single one without a name. */
export interface FeedPart {
  readonly partition: string | undefined;
  readonly reading: Reading;
  readonly tokens: Tokens;
}

/** The partitions of a source's feed: fixtures are all in the first one, so that they have pages; of a live vendor one event in three is. */
export function partsOf(
  { live, name, source, spec }: PartsOfSource,
  feed: Feed,
  size: number | undefined,
): readonly FeedPart[] {
  if (source.partitions?.list === undefined)
    return [{ partition: undefined, reading: readingOf(feed, spec, size), tokens: tokensOf(name) }];
  return PARTITIONS.map((partition, at) => {
    const own: Feed = () => feed().filter((_, index) => (live ? index % PARTITIONS.length : 0) === at);
    const tokens = tokensOf(`${name}/${partition}`);
    return { partition, reading: readingOf(own, spec, size), tokens };
  });
}

interface PartsOfSource {
  readonly live: boolean;
  /** The connector and the source. */
  readonly name: string;
  readonly source: PullSource;
  readonly spec: RestSpec;
}

/** The partition that a request names, or that issued its token. */
export function partOf(parts: readonly FeedPart[], { token, values }: Asked): FeedPart | undefined {
  const [first, ...others] = parts;
  if (others.length === 0) return first;
  const named = values.get('partition')?.text;
  if (named !== undefined) return parts.find(({ partition }) => partition === named);
  return parts.find(({ tokens }) => token !== undefined && tokens.read(token) !== undefined);
}

/** The endpoint that lists the partitions. */
export interface ListEndpoint {
  hasPath(path: string): boolean;
  ask(request: VendorRequest): Answering | Refusal;
}

/** Derives the endpoint from the declaration of a list. @param bornAt the start of a live vendor */
export function simulateList(
  list: RestList,
  settings: VendorRequest['settings'],
  bornAt: Date,
): ListEndpoint {
  const spec = listSpec(list);
  const write = pageWriter(spec, {});
  const place = namesOfPath(list.id ?? '$');
  return {
    hasPath: (path) => pathValues(spec, { path, settings }) !== undefined,
    ask(request) {
      const asked = checkRequest(spec, request);
      if ('status' in asked) return asked;
      if (asked.token !== undefined) return { status: 400, because: 'the list has no more pages' };
      const isWhole = request.now === undefined || request.now.getTime() - bornAt.getTime() >= APPEARS_MS;
      const shown = asked.number === undefined || asked.number === 0 ? PARTITIONS : [];
      const records = shown.slice(0, isWhole ? 3 : 2).map((id): Json => withValueAt({}, place, id));
      const page = { records, token: '', more: false, total: records.length, bounded: true };
      return {
        canMeet: (kind) => !OF_DECLARATIONS.has(kind) && kind !== 'foreign-link',
        write: (seenAt) => write(page, seenAt),
      };
    },
  };
}
