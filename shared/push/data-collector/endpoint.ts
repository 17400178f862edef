import { SettingError, UnavailableError } from '../../contract/errors';
import type { PushAnswer, PushHead, PushKey, PushRequest } from '../../contract/push';
import { bodySignatureProblem } from './body-signature';
import { answerTo, checkPost, refusal, type Refusal, type Refused, type SignedRequest } from './request';
import { DATA_COLLECTOR, dataCollectorId } from '../../values/source-kind';
import { MAX_LOG_TYPES, type LogTypes } from './log-types';
import { type EndpointDependencies, answerUnavailable, storeBody } from '../store-body';
import { countRecords } from './records';

/** How far `x-ms-date` may be from now, against replays. Our choice: the service's limit is not documented. */
const DATE_WINDOW_MS = 15 * 60_000;
/** The message of the answer when a new Log-Type would exceed the limit. */
const TOO_MANY = `${MAX_LOG_TYPES} log types are in use, as many as a workspace has custom tables, and this would be one more. Post to one of them, or have one removed that is not needed any more.`;
/** The message of the answer while no key is configured. */
const NO_KEYS =
  'No key is set here, so that no post can be verified. Have PUSH_KEYS set with the workspace id and the key that sign this post.';
/** Dependencies of `/api/logs`. */
export interface DataCollectorDependencies extends EndpointDependencies {
  /** The keys of a workspace. @param workspaceId in lower case */
  readonly keysOf: (workspaceId: string) => readonly PushKey[] | undefined;
  /** True when any key is set. Without one, every request is refused with a message of its own. */
  readonly isOpen: boolean;
  /** The problem of a workspace's keys. With one, an unverified caller gets 503, not 403: its key may be the unreadable one. */
  readonly problemOf: (workspaceId: string) => string | undefined;
  /** Log-Types of the framework's own tables, in lower case. No key may write them. */
  readonly reserved: ReadonlySet<string>;
  /** Log-Types of connectors' tables, in lower case. Only a key that names one in `logTypes` may write it. */
  readonly owned: ReadonlySet<string>;
  /** Folders of connectors that did not load. Their tables are unknown. */
  readonly notLoaded: readonly string[];
  /** False for a new Log-Type beyond the limit. @throws UnavailableError | SettingError when storage cannot be used */
  readonly isLogTypeAllowed: LogTypes['isAllowed'];
}

/**
 * Refuses a request by its headers alone, before its body is read. The signature covers the length: a request without
 * Content-Length is refused with 411, because it could be verified only with its whole body in memory. Every known client
 * sends it.
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
 * Answers a request as the Data Collector API did: 200 once the body is durable, the API's error codes for what it refused,
 * 503 while the body cannot be stored. A body is not parsed before it is verified.
 * @see https://learn.microsoft.com/previous-versions/azure/azure-monitor/logs/data-collector-api
 */
export async function acceptDataCollector(
  request: PushRequest,
  dependencies: DataCollectorDependencies,
): Promise<PushAnswer> {
  const { body } = request;
  const now = dependencies.clock.now();
  const signed = judge(request, body.length, dependencies);
  if ('status' in signed) return signed;
  const { key, logType, resourceId, timeField } = signed;
  const refuse = (code: Refusal, why: string, message?: string): PushAnswer =>
    refuseSigned(signed, dependencies, { code, why, ...(message === undefined ? {} : { message }) });
  const wrong = bodySignatureProblem(key, request);
  if (wrong !== undefined) return refuse('InvalidAuthorization', wrong);
  const records = await countRecords(body);
  if (records === undefined)
    return refuse(
      'InvalidDataFormat',
      'its body is not JSON records in UTF-8, or a name in it cannot be a column',
    );
  if (records === 0) return { status: 200 };
  try {
    if (!(await dependencies.isLogTypeAllowed(logType)))
      return refuse('InvalidLogType', `there are ${MAX_LOG_TYPES} Log-Types, and its own is new`, TOO_MANY);
  } catch (error) {
    return answerUnavailable(`${DATA_COLLECTOR}/${logType}`, error as Error, dependencies);
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

/** The signed headers of a request that its key permits; or the answer that refuses it. */
function judge(
  head: PushHead,
  bytes: number | undefined,
  dependencies: DataCollectorDependencies,
): PushAnswer | SignedRequest<PushKey> {
  const signed = checkPost({ ...head, bytes }, dependencies.keysOf);
  if ('status' in signed) return refuseUnsigned(signed, dependencies);
  const why = whyNot(signed, dependencies.owned, dependencies.clock.now());
  if (why !== undefined) return refuseSigned(signed, dependencies, { code: 'InvalidAuthorization', why });
  const owner = possibleOwner(signed, dependencies.notLoaded);
  if (owner !== undefined)
    return answerUnavailable(
      `${DATA_COLLECTOR}/${signed.logType}`,
      ofNobodyYet(signed.logType, owner),
      dependencies,
    );
  return dependencies.reserved.has(signed.logType.toLowerCase())
    ? refuseSigned(signed, dependencies, {
        code: 'InvalidLogType',
        why: 'its Log-Type is a table of the framework',
      })
    : signed;
}

/** Refuses a request that no key signed; with 503 while a key of its workspace cannot be read. */
function refuseUnsigned(refused: Refused, dependencies: DataCollectorDependencies): PushAnswer {
  const problem = refused.unknownTo === undefined ? undefined : dependencies.problemOf(refused.unknownTo);
  if (problem !== undefined)
    return answerUnavailable(DATA_COLLECTOR, new SettingError(problem), dependencies);
  const isClosed = refused.unknownTo !== undefined && !dependencies.isOpen;
  const why = isClosed
    ? 'PUSH_KEYS is not set'
    : (refused.code ?? 'another method, or more than a post may hold');
  dependencies.refused.count(dependencies.log, {
    level: 'warn',
    kind: DATA_COLLECTOR,
    fields: { who: DATA_COLLECTOR },
    sentence: `a post is refused: ${why}`,
  });
  return answerTo(isClosed ? refusal('InvalidAuthorization', NO_KEYS) : refused);
}

/** Refuses a signed request. The answer says no more than the API's did; the log has the reason. */
function refuseSigned(
  { key, logType }: SignedRequest<PushKey>,
  dependencies: DataCollectorDependencies,
  { code, message, why }: { readonly code: Refusal; readonly why: string; readonly message?: string },
): PushAnswer {
  dependencies.refused.count(dependencies.log, {
    level: 'warn',
    kind: `${DATA_COLLECTOR} ${key.name}`,
    fields: { logType, key: key.name },
    sentence: `a signed post is refused: ${why}`,
  });
  return answerTo(refusal(code, message));
}

/** Why a signed request is refused; `undefined` when it is not. */
function whyNot(
  { date, key, logType }: SignedRequest<PushKey>,
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

/** A connector that did not load and may own the Log-Type, judged by its folder: the names of its tables begin with that name. */
function possibleOwner(
  { key, logType }: SignedRequest<PushKey>,
  notLoaded: DataCollectorDependencies['notLoaded'],
): string | undefined {
  if (key.logTypes !== undefined) return undefined;
  return notLoaded.find((folder) => {
    const [first = ''] = folder.toLowerCase().split(/[^a-z\d]/);
    return first !== '' && logType.toLowerCase().startsWith(first);
  });
}

/** The error for a Log-Type with an unknown owner. It becomes a 503, so that the caller keeps the records: a 4xx loses them. */
function ofNobodyYet(logType: string, folder: string): UnavailableError {
  return new UnavailableError(
    `accepting a post of Log-Type ${logType}: the connector ${folder} did not load, and ${logType} may be its table. ` +
      `Correct or remove ${folder}, or name ${logType} in the logTypes of the key.`,
  );
}
