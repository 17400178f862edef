import { Readable } from 'node:stream';
import type { PullContext, SettingValues } from '../../contract/connector';
import { ContractError, SettingError, isNamedError } from '../../contract/errors';
import type { Http, HttpRequest, HttpResponse } from '../../contract/http';
import type { ObjectsSpec } from '../../contract/objects';

/** The places of a queue and of the files beside it. */
export interface AwsPlace {
  readonly region: string;
  /** Where SQS is asked. */
  readonly queue: string;
  /** Where S3 is asked, with the bucket in the path. */
  readonly files: string;
  /** Where STS is asked. */
  readonly roles: string;
}

/**
 * The place that the address of a queue says. A host that is not one of AWS serves all at one address, as simulators do.
 * @throws SettingError for an address of AWS without a region
 * @see https://docs.aws.amazon.com/general/latest/gr/sqs-service.html
 * @see https://docs.aws.amazon.com/general/latest/gr/s3.html
 * @see https://docs.aws.amazon.com/general/latest/gr/sts.html
 */
export function awsPlace(address: string): AwsPlace {
  const { host, hostname, origin } = new URL(address);
  const [, domain] = /\.(amazonaws\.com(?:\.cn)?)$/.exec(hostname) ?? [];
  if (domain === undefined) return { region: 'us-east-1', queue: origin, files: origin, roles: origin };
  const named = /^(?:sqs(?<fips>-fips)?\.(?<new>[a-z0-9-]+)|(?<old>[a-z0-9-]+)\.queue)\.amazonaws\.com/.exec(
    host,
  );
  const { fips = '', new: region = named?.groups?.['old'] } = named?.groups ?? {};
  if (region === undefined)
    throw new SettingError(
      `reading the address of the queue: ${hostname} names no region. Copy the URL of the queue from its page in the console of SQS, such as https://sqs.eu-west-1.amazonaws.com/123456789012/events.`,
    );
  // In GovCloud the plain address of STS is the approved one.
  const approved = region.startsWith('us-gov-') ? '' : fips;
  return {
    region,
    queue: origin,
    files: `https://s3${fips}.${region}.${domain}`,
    roles: `https://sts${approved}.${region}.${domain}`,
  };
}

/** What the clients of AWS need of a run. */
export type AwsContext = Pick<PullContext, 'http' | 'now' | 'secret' | 'settings' | 'signal' | 'startedAt'>;

/** What signs a request. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** In the past: a client asks for them before each request. Absent: it keeps them. */
  readonly expiration?: Date;
}

/**
 * The SDK warns on Node 20 that its versions of 2027 need Node 22. An operator cannot act on that: this app pins the version.
 * @see https://github.com/aws/aws-sdk-js-v3/blob/main/packages/core/src/submodules/client/emitWarningIfUnsupportedVersion.ts
 */
const NO_WARNING = 'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED';

/**
 * The options of a client of AWS. It signs the requests and reads the answers; `http` sends them, with its limits, retries and
 * errors.
 * @param credentials always given: a client without them looks for some in the environment of the process
 * @param answers statuses that the client reads itself
 */
export function clientOptions(
  { http, now, startedAt }: AwsContext,
  credentials: AwsClientOptions['credentials'],
  region: string,
  endpoint: string,
  answers: readonly number[] = [],
): AwsClientOptions {
  // eslint-disable-next-line no-restricted-properties -- the SDK reads it there
  process.env[NO_WARNING] ??= 'true';
  return {
    endpoint,
    region,
    credentials,
    // eslint-disable-next-line no-restricted-properties -- the client signs by the clock of the process, and adds this
    systemClockOffset: (now?.() ?? startedAt).getTime() - Date.now(),
    defaultsMode: 'standard',
    maxAttempts: 1,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { handle: async (request) => ({ response: await send(http, request, answers) }) },
  };
}

/** The options that every client of AWS takes. */
export interface AwsClientOptions {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: AwsCredentials | (() => Promise<AwsCredentials>);
  readonly systemClockOffset: number;
  readonly defaultsMode: 'standard';
  readonly maxAttempts: number;
  readonly requestChecksumCalculation: 'WHEN_REQUIRED';
  readonly responseChecksumValidation: 'WHEN_REQUIRED';
  readonly requestHandler: { handle(request: SignedRequest): Promise<{ response: AwsResponse }> };
}

/** A request as the client signed it. */
interface SignedRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

interface AwsResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array | Readable;
}

/** Sent by `http` itself, and not signed. */
const OWN_HEADERS = new Set(['host', 'content-length', 'user-agent']);

/** Codes by which AWS refuses the keys with a status other than 401 and 403. @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const REFUSED =
  /\b(ExpiredToken|InvalidToken|TokenRefreshRequired|InvalidClientTokenId|UnrecognizedClientException|InvalidSignatureException|ExpiredTokenException|AccessDeniedException)\b/;

async function send(http: Http, request: SignedRequest, answers: readonly number[]): Promise<AwsResponse> {
  const { body, headers, hostname, method, path, port, protocol, query = {} } = request;
  const isRead = method === 'GET';
  const search = Object.entries(query)
    .flatMap(([name, value]) => [value ?? ''].flat().map((one) => `${encoded(name)}=${encoded(one)}`))
    .join('&');
  const response = await http.request({
    method: method as NonNullable<HttpRequest['method']>,
    url: `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}${search === '' ? '' : `?${search}`}`,
    headers: Object.fromEntries(
      Object.entries(headers).filter(([name]) => !OWN_HEADERS.has(name.toLowerCase())),
    ),
    ...bodySent(body),
    // A message that was received and whose answer was lost comes again; to delete or hide one twice is to do it once.
    repeatable: true,
    accept: answers,
    refuses: (answer) => REFUSED.exec(Buffer.from(answer.body).toString('utf8'))?.[1],
    ...(isRead ? { streamed: true as const } : {}),
  });
  return { statusCode: response.status, headers: { ...response.headers }, body: bodyOf(response) };
}

/** A body of the client looks like a text as well, and warns of it. */
function bodySent(body: unknown): Pick<HttpRequest, 'body'> {
  if (body instanceof Uint8Array)
    return { body: new Uint8Array(body.buffer, body.byteOffset, body.byteLength) };
  return typeof body === 'string' ? { body } : {};
}

function bodyOf({ body, chunks }: HttpResponse): Uint8Array | Readable {
  return chunks === undefined ? body : Readable.from(chunks, { objectMode: false });
}

/** As signed. @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The value of a setting; empty where none is declared. */
export function valueOf(settings: SettingValues, name: string | undefined): string {
  return name === undefined ? '' : (settings[name] ?? '');
}

/** An error of a client of AWS in words of ours; a named one unchanged. */
export function awsProblem(doing: string, error: unknown): unknown {
  if (isNamedError(error) || !(error instanceof Error)) return error;
  return new ContractError(
    `${doing}: the answer is not one that AWS documents: ${error.name}: ${error.message}`,
    {
      cause: error,
    },
  );
}

/** The addresses that a source of files asks, beside that of its queue. */
export function addressesOfObjects(spec: ObjectsSpec | undefined, values: SettingValues): readonly string[] {
  const queue = spec === undefined ? '' : valueOf(values, spec.queue);
  if (queue === '') return [];
  const { files, roles } = awsPlace(queue);
  return valueOf(values, spec?.role?.arn) === '' ? [files] : [files, roles];
}
