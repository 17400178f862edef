import type { IncomingMessage, ServerResponse } from 'node:http';
import type { NullableStrings, RpcCookie, RpcHttpRequest, RpcHttpResponse } from '../worker/rpc';

/** The body exceeds the limit: the answer is 413. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
}

/**
 * The unchanged bytes of a request, so that a signature over them can be verified.
 * @throws BodyTooLargeError as soon as more than `maxBytes` are announced or received. The rest is read and dropped, because a
 * client that is disconnected while it writes never sees the answer
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  assertFits(Number(request.headers['content-length'] ?? 0), maxBytes);
  const chunks: Buffer[] = [];
  let bytes = 0;
  return new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= maxBytes) return void chunks.push(chunk);
      chunks.length = 0;
      reject(tooLarge(maxBytes));
    });
    request.once('end', () => resolve(Buffer.concat(chunks)));
    request.once('error', reject);
  });
}

/** @throws BodyTooLargeError */
export function assertFits(bytes: number, maxBytes: number): void {
  if (bytes > maxBytes) throw tooLarge(maxBytes);
}

export function tooLarge(maxBytes: number): BodyTooLargeError {
  return new BodyTooLargeError(`The request body is larger than ${maxBytes} bytes.`);
}

/** A request in the library's form. Repeated headers and query values are joined by a comma, as in Azure. */
export function toRpcRequest(
  request: IncomingMessage,
  {
    url,
    params,
    body,
  }: { readonly url: URL; readonly params: Readonly<Record<string, string>>; readonly body: Buffer },
): RpcHttpRequest {
  return {
    url: url.href,
    method: request.method ?? 'GET',
    nullableHeaders: toNullable(requestHeaders(request)),
    nullableQuery: toNullable(queryOf(url)),
    nullableParams: toNullable(params),
    ...(body.length === 0 ? {} : { body: { bytes: body } }),
  };
}

/** The headers with a value, by lower-case name. */
export function requestHeaders(request: IncomingMessage): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    const text = Array.isArray(value) ? value.join(',') : value;
    if (text !== undefined && text !== '') headers[name] = text;
  }
  return headers;
}

function queryOf(url: URL): Readonly<Record<string, string>> {
  const names = new Set(url.searchParams.keys());
  return Object.fromEntries([...names].map((name) => [name, url.searchParams.getAll(name).join(',')]));
}

function toNullable(record: Readonly<Record<string, string>>): NullableStrings {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, { value }]));
}

/** Headers that belong to one connection or that Node sets itself. */
export const NOT_FORWARDED = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'trailer',
]);

/** Writes a function's answer; a function that returned nothing answers 204. */
export function writeResponse(response: ServerResponse, answer: RpcHttpResponse | undefined): void {
  response.statusCode = Number(answer?.statusCode ?? 204);
  for (const [name, value] of Object.entries(answer?.headers ?? {})) {
    if (!NOT_FORWARDED.has(name.toLowerCase())) response.setHeader(name, value);
  }
  for (const cookie of answer?.cookies ?? []) response.appendHeader('set-cookie', formatCookie(cookie));
  const { bytes, string } = answer?.body ?? {};
  response.end(bytes ?? string);
}

/** Answers with a status and a sentence. */
export function refuse(response: ServerResponse, status: number, sentence: string): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${sentence}\n`);
}

/** `Set-Cookie` of RFC 6265; name and value are percent-encoded, as Azure's host does. */
export function formatCookie(cookie: RpcCookie): string {
  const expires = cookie.expires?.value && new Date(cookie.expires.value.seconds * 1000).toUTCString();
  const attributes: readonly (readonly [name: string, value: string | number | undefined])[] = [
    ['expires', expires],
    ['max-age', cookie.maxAge?.value],
    ['domain', cookie.domain?.value],
    ['path', cookie.path?.value],
    ['samesite', SAME_SITE[cookie.sameSite ?? 'none']],
  ];
  const flags = [
    cookie.secure?.value === true ? '; secure' : '',
    cookie.httpOnly?.value === true ? '; httponly' : '',
  ];
  const written = attributes.map(([name, value]) => (value === undefined ? '' : `; ${name}=${value}`));
  return [encodeURIComponent(cookie.name), '=', encodeURIComponent(cookie.value), ...written, ...flags].join(
    '',
  );
}

/** The protocol's `none` means that the value is not set. */
const SAME_SITE = { none: undefined, lax: 'lax', strict: 'strict', explicitNone: 'none' } as const;
