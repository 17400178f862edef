import type { SourceId } from '../../contract/checkpoint';
import { SettingError, UnavailableError, isNamedError } from '../../contract/errors';
import type { Json, JsonObject } from '../../contract/json';
import type { PushAnswer, PushHead, PushKey, PushRequest } from '../../contract/push';
import type { Clock, Log } from '../../contract/run';
import type { PushedBody, Spool } from '../../contract/spool';
import { bodySignatureProblem } from './body-signature';
import { haveLegalNames } from './columns';
import { checkPost, refusal, type Refusal, type Refused, type SignedFacts } from './request';
import { runCooperatively } from '../../values/cooperative';
import { parseInPieces } from '../../values/json/incremental-parse';
import { DATA_COLLECTOR, dataCollectorId } from '../../values/source-kind';
import { isObject } from '../../values/json-path';
import { MAX_LOG_TYPES, type LogTypes } from './log-types';
import type { RefusedPosts } from '../refused-posts';
import { MAX_DEPTH } from '../../rows/format-row';

/** How far `x-ms-date` may be from now, so that a post cannot be sent again later. Ours: the service's is not documented. */
const DATE_WINDOW_MS = 15 * 60_000;
/** A post of 30 MB with more objects than this holds some bytes of each: a bomb, not records. */
const BOUNDS = { maxDepth: MAX_DEPTH, maxContainers: 1_000_000 };
/** What a caller is told whose Log-Type would be one too many. */
const TOO_MANY = `${MAX_LOG_TYPES} log types are in use, as many as a workspace has custom tables, and this would be one more. Post to one of them, or have one removed that is not needed any more.`;
/** The answer where no key is configured, so that no caller may post. */
const NO_KEYS =
  'No key is set here, so that no post can be verified. Have PUSH_KEYS set with the workspace id and the key that sign this post.';
/** When a caller may come back where nothing better is known. */
const RETRY_AFTER_MS = 30_000;

/** What every push endpoint uses. */
export interface EndpointDependencies {
  /** @throws UnavailableError | SettingError where there is no spool */
  readonly spool: () => Pick<Spool, 'put'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Counts refused requests, so that the log has no line for each. */
  readonly refused: RefusedPosts;
}

/** What `/api/logs` uses besides. */
export interface DataCollectorDependencies extends EndpointDependencies {
  /** The keys of a workspace, by its id in lower case. */
  readonly keysOf: (workspaceId: string) => readonly PushKey[] | undefined;
  /** Whether any key is set; without one every post is forbidden, and none is wrong. */
  readonly isOpen: boolean;
  /** What is wrong with the keys of a workspace: whom none of the others knows is not refused for it, but asked to come back. */
  readonly problemOf: (workspaceId: string) => string | undefined;
  /** Log-Types that no push may write, in lower case. */
  readonly reserved: ReadonlySet<string>;
  /** Log-Types that fill a connector's table, in lower case: only a key that names one may write it. */
  readonly owned: ReadonlySet<string>;
  /** The folders of connectors that did not load: what their tables are is not known. */
  readonly notLoaded: readonly string[];
  /** Whether there is room for the table of a Log-Type. @throws UnavailableError | SettingError where there is no spool */
  readonly mayTake: LogTypes['isAllowed'];
}

/**
 * Refuses a post by what stands before its body, so that of a refused one nothing is read. The signature covers the
 * length: a post that announces none is refused with 411, because its signature could only be checked once its body
 * is in memory. Every known client announces it.
 * @param bytes the announced length
 */
export function refuseDataCollector(
  head: PushHead,
  bytes: number | undefined,
  dependencies: DataCollectorDependencies,
): PushAnswer | undefined {
  const judged = judge(head, bytes, dependencies);
  return 'status' in judged ? judged : undefined;
}

/**
 * Answers a post of the Data Collector API as that API did: 200 once the body is durable, its own error codes for what
 * it refused, 503 while the body cannot be kept. Nothing of a body is looked at before its signature is right.
 * @see https://learn.microsoft.com/previous-versions/azure/azure-monitor/logs/data-collector-api
 */
export async function acceptDataCollector(
  request: PushRequest,
  dependencies: DataCollectorDependencies,
): Promise<PushAnswer> {
  const { body } = request;
  const now = dependencies.clock.now();
  const facts = judge(request, body.length, dependencies);
  if ('status' in facts) return facts;
  const { key, logType, resourceId, timeField } = facts;
  const refuse = (code: Refusal, why: string, message?: string): PushAnswer =>
    refuseSigned(facts, dependencies, { code, why, ...(message === undefined ? {} : { message }) });
  const wrong = bodySignatureProblem(key, request);
  if (wrong !== undefined) return refuse('InvalidAuthorization', wrong);
  const records = await countRecords(body);
  if (records === undefined)
    return refuse(
      'InvalidDataFormat',
      'its body is no JSON of records in UTF-8, or a name in it cannot be a column',
    );
  if (records === 0) return { status: 200 };
  try {
    if (!(await dependencies.mayTake(logType)))
      return refuse('InvalidLogType', `there are ${MAX_LOG_TYPES} Log-Types, and its own is new`, TOO_MANY);
  } catch (error) {
    return later(`${DATA_COLLECTOR}/${logType}`, error as Error, dependencies);
  }
  return storeBody(
    dataCollectorId(logType),
    {
      bytes: body,
      records,
      receivedAt: now.toISOString(),
      key: key.name,
      facts: {
        ...(timeField === undefined ? {} : { timeField }),
        ...(resourceId === undefined ? {} : { resourceId }),
      },
    },
    dependencies,
  );
}

/** What a post says of its records, once a key signed it that may; or its answer. */
function judge(
  head: PushHead,
  bytes: number | undefined,
  dependencies: DataCollectorDependencies,
): PushAnswer | SignedFacts<PushKey> {
  const facts = checkPost({ ...head, bytes }, dependencies.keysOf);
  if ('status' in facts) return refuseUnsigned(facts, dependencies);
  const why = whyNot(facts, dependencies.owned, dependencies.clock.now());
  if (why !== undefined) return refuseSigned(facts, dependencies, { code: 'InvalidAuthorization', why });
  const owner = possibleOwner(facts, dependencies.notLoaded);
  if (owner !== undefined)
    return later(`${DATA_COLLECTOR}/${facts.logType}`, ofNobodyYet(facts.logType, owner), dependencies);
  return dependencies.reserved.has(facts.logType.toLowerCase())
    ? refuseSigned(facts, dependencies, {
        code: 'InvalidLogType',
        why: 'its Log-Type is a table of the framework',
      })
    : facts;
}

/** Answers a post that no key signed; whose keys cannot be read may have the right one, and is asked to come back. */
function refuseUnsigned(facts: Refused, dependencies: DataCollectorDependencies): PushAnswer {
  const problem = facts.unknownTo === undefined ? undefined : dependencies.problemOf(facts.unknownTo);
  if (problem !== undefined) return later(DATA_COLLECTOR, new SettingError(problem), dependencies);
  const isClosed = facts.unknownTo !== undefined && !dependencies.isOpen;
  const why = isClosed
    ? 'PUSH_KEYS is not set'
    : (facts.code ?? 'another method, or more than a post may hold');
  dependencies.refused.tell(dependencies.log, {
    level: 'warn',
    kind: DATA_COLLECTOR,
    fields: { who: DATA_COLLECTOR },
    sentence: `a post is refused: ${why}`,
  });
  return answer(isClosed ? refusal('InvalidAuthorization', NO_KEYS) : facts);
}

/** Answers a post that a key signed and that is refused all the same. Its sender is told no more than the API told. */
function refuseSigned(
  { key, logType }: SignedFacts<PushKey>,
  dependencies: DataCollectorDependencies,
  { code, message, why }: { readonly code: Refusal; readonly why: string; readonly message?: string },
): PushAnswer {
  dependencies.refused.tell(dependencies.log, {
    level: 'warn',
    kind: `${DATA_COLLECTOR} ${key.name}`,
    fields: { logType, key: key.name },
    sentence: `a signed post is refused: ${why}`,
  });
  return answer(refusal(code, message));
}

/** Stores a body in the spool and answers 200; or 503, so that its sender keeps it. Both kinds of push end here. */
export async function storeBody(
  id: SourceId,
  body: PushedBody,
  dependencies: EndpointDependencies,
): Promise<PushAnswer> {
  try {
    const kept = await dependencies.spool().put(id, body);
    if (kept === 'stored') dependencies.log.warn({ ...id }, 'stored, but its wake-up could not be sent');
    return { status: 200 };
  } catch (error) {
    return later(`${id.connector}/${id.source}`, error as Error, dependencies);
  }
}

/** Why a post is not taken though a key signed it; `undefined` where it is. */
function whyNot(
  { date, key, logType }: SignedFacts<PushKey>,
  owned: DataCollectorDependencies['owned'],
  now: Date,
): string | undefined {
  if (key.expires !== undefined && key.expires <= now) return 'its key has expired';
  if (key.logTypes?.includes(logType) === false) return 'its key may not write this Log-Type';
  if (key.logTypes === undefined && owned.has(logType.toLowerCase()))
    return 'its Log-Type fills the table of a connector, which only a key with that Log-Type in its logTypes may write';
  const isNow = Math.abs(now.getTime() - Date.parse(date)) <= DATE_WINDOW_MS;
  return isNow ? undefined : 'its x-ms-date is more than 15 minutes from now';
}

/** A connector that did not load and may own a Log-Type which the key does not name: tables begin as their folder does. */
function possibleOwner(
  { key, logType }: SignedFacts<PushKey>,
  notLoaded: DataCollectorDependencies['notLoaded'],
): string | undefined {
  if (key.logTypes !== undefined) return undefined;
  return notLoaded.find((folder) => {
    const [first = ''] = folder.toLowerCase().split(/[^a-z\d]/);
    return first !== '' && logType.toLowerCase().startsWith(first);
  });
}

/** A 503, so that the sender keeps the records: a final refusal would lose them. */
function ofNobodyYet(logType: string, folder: string): UnavailableError {
  return new UnavailableError(
    `taking a post of Log-Type ${logType}: the connector ${folder} did not load, and ${logType} may be its table. ` +
      `Mend or remove ${folder}, or name ${logType} in the logTypes of the key.`,
  );
}

/** How many records a body holds: an array of objects, or one object alone; `undefined` for anything else. */
async function countRecords(body: Uint8Array): Promise<number | undefined> {
  try {
    const records = recordsOf(await parseInPieces(body, BOUNDS));
    return (await runCooperatively(haveLegalNames(records))) ? records.length : undefined;
  } catch {
    return undefined;
  }
}

/** The records of a body's JSON. @throws TypeError where it holds none */
export function recordsOf(value: Json): readonly JsonObject[] {
  const records = Array.isArray(value) ? (value as readonly Json[]) : [value];
  if (records.every(isObject)) return records;
  throw new TypeError('the body is neither an object nor an array of objects');
}

/** Never a word to the caller of what is wrong here: it is in the log. */
export function later(who: string, error: Error, { log, refused }: EndpointDependencies): PushAnswer {
  const isNamed = isNamedError(error);
  refused.tell(log, {
    level: 'error',
    kind: `${who} ${error.name}`,
    fields: { who, reason: error.message, ...(isNamed ? {} : { stack: error.stack }) },
    sentence: 'a push was not taken; its sender is asked to come back',
  });
  return comeBack(error instanceof UnavailableError ? error.retryAfterMs : undefined);
}

/** The answer to a sender that shall retry: 503. */
export function comeBack(afterMs = RETRY_AFTER_MS): PushAnswer {
  const { headers, ...rest } = answer(refusal('ServiceUnavailable'));
  return { ...rest, headers: { ...headers, 'retry-after': String(Math.ceil(afterMs / 1_000)) } };
}

function answer({ body, status }: Refused): PushAnswer {
  return body === undefined ? { status } : { status, headers: { 'content-type': 'application/json' }, body };
}
