import { ContractError, SettingError, UnavailableError } from '../contract/errors';
import type { Http, HttpRequest, HttpResponse } from '../contract/http';
import type { Json, JsonObject } from '../contract/json';
import type { Clock } from '../contract/run';
import { isObject } from '../values/json-path';
import type { GetToken } from '../sink/token';
import { retryAfterMs } from '../rate-limit/answer/retry-after';

/** Poll interval of a running operation when the service sends no `Retry-After`. */
const POLL_MS = 5_000;
const ENDED = ['Succeeded', 'Failed', 'Canceled'];

/** A request to Azure Resource Manager. */
export interface ResourceRequest {
  /** Opens error messages: `creating table X_CL`. */
  readonly doing: string;
  /** Path below the origin: `/subscriptions/…`. */
  readonly path: string;
  readonly apiVersion: string;
}

/** A client of Azure Resource Manager that uses the app's identity. */
export interface ResourceManager {
  /** `undefined` when the resource does not exist. @throws SettingError | UnavailableError | ContractError */
  get(request: ResourceRequest): Promise<JsonObject | undefined>;
  /** All items of a list, over all pages. @throws as {@link get} */
  list(request: ResourceRequest): Promise<JsonObject[]>;
  /**
   * Creates or changes a resource and waits until the operation ends.
   * @throws SettingError when the service refuses the request or the operation fails; UnavailableError while another
   * operation runs on the resource
   */
  change(
    request: ResourceRequest & { readonly method: 'PUT' | 'PATCH' | 'POST'; readonly body?: JsonObject },
  ): Promise<void>;
}

/** @see https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations */
export function createResourceManager(
  origin: string,
  http: Http,
  {
    clock,
    getToken,
    signal,
  }: { readonly clock: Clock; readonly getToken: GetToken; readonly signal: AbortSignal },
): ResourceManager {
  const ask = async (request: HttpRequest): Promise<HttpResponse> =>
    http.request({
      ...request,
      headers: { ...request.headers, Authorization: `Bearer ${await getToken(signal)}` },
      repeatable: true,
      accept: [400, 404, 409],
    });
  const url = ({ apiVersion, path }: ResourceRequest): string => `${origin}${path}?api-version=${apiVersion}`;

  const get = async (request: ResourceRequest, at: string): Promise<JsonObject | undefined> => {
    const answer = await ask({ url: at });
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw refused(request.doing, answer);
    return objectOf(request.doing, answer);
  };

  /** Polls `Azure-AsyncOperation`, whose body has a status, or else `Location`, whose HTTP status is the result. */
  const wait = async (doing: string, first: HttpResponse): Promise<void> => {
    let answer = first;
    const operation = first.headers['azure-asyncoperation'];
    const at = operation ?? first.headers['location'];
    if (at === undefined) return;
    for (;;) {
      await clock.sleep(retryAfterMs(answer.headers, clock.now()) ?? POLL_MS, signal);
      answer = await ask({ url: at });
      if (answer.status >= 400) throw refused(doing, answer);
      if (operation === undefined) {
        if (answer.status !== 202) return;
        continue;
      }
      const { error, status } = objectOf(doing, answer);
      if (typeof status !== 'string' || !ENDED.includes(status)) continue;
      if (status === 'Succeeded') return;
      throw new SettingError(
        `${doing}: the operation ended as ${status}${wordsOf(error)}. Nothing more was done.`,
      );
    }
  };

  return {
    get: (request) => get(request, url(request)),
    async list(request) {
      const items: JsonObject[] = [];
      for (let at: string | undefined = url(request); at !== undefined;) {
        const page: JsonObject = (await get(request, at)) ?? {};
        const { nextLink, value } = page;
        if (Array.isArray(value)) items.push(...(value as readonly Json[]).filter(isObject));
        at = typeof nextLink === 'string' && nextLink !== '' ? nextLink : undefined;
      }
      return items;
    },
    async change({ body, method, ...request }) {
      const answer = await ask({
        method,
        url: url(request),
        headers: { 'Content-Type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (answer.status === 409) {
        throw new UnavailableError(
          `${request.doing}: another operation on it is in progress${wordsOf(errorOf(answer))}. Try again when it has ended.`,
        );
      }
      if (answer.status >= 400) throw refused(request.doing, answer);
      if (answer.status !== 200) await wait(request.doing, answer);
    },
  };
}

function refused(doing: string, answer: HttpResponse): SettingError {
  return new SettingError(
    `${doing}: the service refuses it with ${answer.status}${wordsOf(errorOf(answer))}. Nothing more was done.`,
  );
}

function errorOf(answer: HttpResponse): Json | undefined {
  try {
    const body = answer.json();
    return isObject(body) ? body['error'] : undefined;
  } catch {
    return undefined;
  }
}

/** The service's error code and message, with those of its details. They never quote a row. */
function wordsOf(error: Json | undefined): string {
  if (!isObject(error)) return '';
  const { code, details, message } = error;
  const own = [code, message]
    .flatMap((part) => (typeof part === 'string' && part !== '' ? [part] : []))
    .join(', ');
  const more = Array.isArray(details) ? (details as readonly Json[]).map(wordsOf).join('') : '';
  return `${own === '' ? '' : `: ${own.replace(/\.$/, '')}`}${more}`;
}

function objectOf(doing: string, answer: HttpResponse): JsonObject {
  const body = answer.json();
  if (isObject(body)) return body;
  throw new ContractError(`${doing}: the answer is not a JSON object. Check AZURE_RESOURCE_MANAGER_URL.`);
}
