import type { Json } from '../../../shared/contract/json';
import type { RestSpec } from '../../../shared/contract/rest';
import type { RestExport, RestExportRequest } from '../../../shared/contract/rest-steps';
import type { Refusal, VendorRequest } from '../../../shared/contract/simulator';
import { exportTexts } from '../../../shared/kit/rest/request-texts';
import { stringifyJson } from '../../../shared/values/json/json';
import { listPath } from '../../../shared/values/json-path';
import type { FaultKind } from '../faults';
import { OF_DECLARATIONS } from '../requests/answers';
import { checkRequest, type Asked } from '../requests/checks';
import type { FeedPart } from './partitions';
import { pageWriter } from './page';
import { pathValues } from './paths';
import type { Place } from './reading';
import type { Answering } from '../requests/received';
import { DEFAULT_PAGE_SIZE } from './source-feed';
import { namesOfPath, withValueAt } from './write-at-path';

/** How long a live vendor prepares an export. It lists the first chunks after half of that. */
const PREPARED_MS = 8_000;
/** One export in so many fails. */
const FAILS_ONE_IN = 8;
const DAY_MS = 86_400_000;

/** The exports of a simulated vendor. Nothing is kept: the id says which range was ordered, and when. */
export interface ExportEndpoint {
  hasPath(path: string): boolean;
  /** Orders an export of a range. @param now `undefined` while fixtures are replayed: it is then ready at once */
  order(part: FeedPart, range: Place, now: Date | undefined): Answering | Refusal;
  /** The status, or a chunk. */
  ask(request: VendorRequest): Answering | Refusal;
}

/** The parts of the source that an export shares. */
export interface ExportParts {
  readonly envelope: Json;
  readonly parts: readonly FeedPart[];
  readonly settings: VendorRequest['settings'];
  /** How many records a chunk has. */
  readonly size: number | undefined;
}

/** Derives the endpoints of an export from its declaration. */
export function simulateExport(
  spec: RestSpec,
  declared: RestExport,
  { envelope, parts, settings, size = DEFAULT_PAGE_SIZE }: ExportParts,
): ExportEndpoint {
  const { chunk, keptMs = DAY_MS, running, status } = declared;
  const write = pageWriter(spec, envelope);
  const [statusSpec, chunkSpec] = [requestSpec(spec, status), requestSpec(spec, chunk)];
  const isOf = (one: RestSpec, path: string): boolean => pathValues(one, { path, settings }) !== undefined;
  let latest: { readonly range: string; readonly id: string } | undefined;

  const jobOf = ({ values }: Asked, now: Date | undefined): Job | undefined | 'foreign' => {
    const id = values.get('job')?.text ?? '';
    const part = parts.find(({ tokens }) => tokens.read(id) !== undefined);
    const place = part?.tokens.read(id);
    if (part === undefined || place === undefined) return 'foreign';
    const ageMs = now === undefined ? Infinity : now.getTime() - (place.at(-1) ?? 0);
    if (now !== undefined && ageMs > keptMs) return undefined;
    return { part, range: place.slice(0, 3), ageMs, isFailing: now !== undefined && isUnlucky(id) };
  };

  const chunksOf = ({ part, range, ageMs }: Job): readonly string[] => {
    const { total } = part.reading.from([...range, 0]);
    const all = Array.from({ length: Math.ceil(total / size) }, (_, at) => String(at + 1));
    // Those with an even number are ready first.
    const listed = ageMs === Infinity ? all : [...all].sort((a, b) => (Number(a) % 2) - (Number(b) % 2));
    if (ageMs >= PREPARED_MS) return listed;
    return ageMs < PREPARED_MS / 2 ? [] : listed.slice(0, Math.ceil(listed.length / 2));
  };

  const describe = (job: Job): Json => {
    const isDone = job.ageMs >= PREPARED_MS;
    const [good] = status.ready;
    const [bad] = status.failed;
    const said = !isDone ? 'PREPARING' : ((job.isFailing ? bad : good) ?? null);
    const chunks = isDone && job.isFailing ? [] : chunksOf(job);
    const body = withValueAt({}, namesOfPath(status.from), said);
    const lists = (status.missing ?? []).map((path) => [path, []] as const);
    return [[status.chunks, chunks] as const, ...lists].reduce<Json>(
      (all, [path, list]) => withValueAt(all, namesOfPath(listPath(path)), list),
      body,
    );
  };

  const chunkAt = (job: Job, id: string): Answering | Refusal => {
    if (!chunksOf(job).includes(id) || job.isFailing) return NOT_THERE;
    const slice = job.part.reading.from([...job.range, (Number(id) - 1) * size]);
    const records = slice.records.map(({ record }) => record);
    return {
      canMeet: (kind) => kind === 'more-records' || canMeet(kind),
      write(seenAt, fault) {
        const raw = fault?.do === 'more-records' ? fault.records : [];
        return write({ records, raw, token: '', more: false, total: slice.total, bounded: true }, seenAt);
      },
    };
  };

  return {
    hasPath: (path) => isOf(statusSpec, path) || isOf(chunkSpec, path),
    order({ partition, tokens }, place, now) {
      const range = [partition, ...place.slice(0, 2)].join();
      const active = latest?.range === range ? latest.id : undefined;
      const isActive =
        now !== undefined && now.getTime() - (tokens.read(active ?? '')?.at(-1) ?? 0) < PREPARED_MS;
      if (running !== undefined && active !== undefined && isActive)
        return answer(withValueAt({}, namesOfPath(running.job), active), running.status);
      const id = tokens.issue([...place.slice(0, 3), now?.getTime() ?? 0]);
      latest = { range, id };
      return answer(withValueAt({}, namesOfPath(declared.job), id));
    },
    ask(request) {
      const isStatus = isOf(statusSpec, request.path);
      const asked = checkRequest(isStatus ? statusSpec : chunkSpec, request);
      if ('status' in asked) return asked;
      const job = jobOf(asked, request.now);
      if (job === 'foreign') return { ...NO_EXPORT, isForeign: true };
      if (job === undefined) return NO_EXPORT;
      return isStatus ? answer(describe(job)) : chunkAt(job, asked.values.get('chunk')?.text ?? '');
    },
  };
}

interface Job {
  readonly part: FeedPart;
  readonly range: Place;
  /** Infinite while fixtures are replayed. */
  readonly ageMs: number;
  readonly isFailing: boolean;
}

const NOT_THERE: Refusal = { status: 404, because: 'the chunk is not in the list of the export' };

function isUnlucky(id: string): boolean {
  return Number.parseInt(id.slice(-4), 16) % FAILS_ONE_IN === 0;
}

/** The request for something of an export, as a declaration of its own. */
function requestSpec(spec: RestSpec, request: RestExportRequest): RestSpec {
  const { headers, path, query } = exportTexts(spec, request);
  return {
    base: spec.base,
    path,
    headers,
    query: query as NonNullable<RestSpec['query']>,
    ...(spec.auth === undefined ? {} : { auth: spec.auth }),
    records: '$',
    next: { kind: 'none' },
    stop: { on: 'no-next' },
    resume: 'time',
  };
}

/** An answer without records. */
function answer(body: Json, status = 200): Answering {
  return { canMeet, write: () => ({ status, headers: {}, body: stringifyJson(body) }) };
}

function canMeet(kind: FaultKind['do']): boolean {
  return !OF_DECLARATIONS.has(kind) && kind !== 'foreign-link';
}

const NO_EXPORT = answer({ error: 'there is no such export' }, 404);
