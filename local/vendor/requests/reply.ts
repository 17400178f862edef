import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { ServerResponse } from 'node:http';
import type { Json } from '../../../shared/contract/json';
import { stringifyJson } from '../../../shared/values/json/json';
import type { FaultKind } from '../faults';

/** Answers with JSON. */
export function replyJson(
  response: ServerResponse,
  status: number,
  body: Json,
  headers: Readonly<Record<string, string>> = {},
): void {
  reply(response, status, stringifyJson(body), headers);
}

/** An HTTP answer. */
export interface Written {
  /** @default 200 */
  readonly status?: number;
  /** The default `content-type` is JSON. */
  readonly headers: Headers;
  readonly body: string | Uint8Array;
}

type Headers = Readonly<Record<string, string | readonly string[]>>;

/** Answers a correct request, or applies the fault. */
export async function replyWritten(
  response: ServerResponse,
  write: () => Written,
  fault: FaultKind | undefined,
): Promise<void> {
  if (fault !== undefined && replyInstead(response, write, fault)) return;
  if (fault?.do === 'slow' && !(await waited(response, fault.ms))) return;
  const { body: text, headers, status = 200 } = write();
  const body = Buffer.from(text);
  if (fault?.do === 'huge') return replyHuge(response, { status, headers, body }, fault.bytes);
  if (fault?.do === 'slow-body') return replySlowly(response, { status, headers, body }, fault.ms);
  const own = fault?.do === 'headers' ? { ...headers, ...fault.headers } : headers;
  // The length is wrong, so the connection must end: the next answer must not be read as part of this one.
  if ('content-length' in own) response.setHeader('connection', 'close');
  reply(response, status, ...cutShort(body, own, fault));
}

/** Body and headers; under some faults, half of the body. */
function cutShort(body: Buffer, headers: Headers, fault: FaultKind | undefined): [Buffer, Headers] {
  if (fault?.do === 'truncated') return [half(body), headers];
  if (fault?.do !== 'truncated-gzip') return [body, headers];
  const { 'content-encoding': encoding } = headers;
  if (encoding !== undefined) return [half(body), headers];
  return [half(gzipSync(body)), { ...headers, 'content-encoding': 'gzip' }];
}

function half(bytes: Buffer): Buffer {
  return bytes.subarray(0, Math.floor(bytes.length / 2));
}

/** The body, then spaces as fast as they are read, because a string in Node cannot be as long as some bodies. */
async function replyHuge(response: ServerResponse, written: Written, bytes: number): Promise<void> {
  writeHead(response, written);
  const blanks = function* (): Generator<string | Uint8Array> {
    yield written.body;
    for (let left = bytes; left > 0; left -= MIB) yield ' '.repeat(Math.min(left, MIB));
  };
  // The client may have disconnected.
  await pipeline(Readable.from(blanks()), response).catch(() => undefined);
}

const PIECES = 8;

/** The body in pieces, one after another. */
async function replySlowly(
  response: ServerResponse,
  written: Written & { readonly body: Buffer },
  ms: number,
): Promise<void> {
  writeHead(response, written);
  const { body } = written;
  const size = Math.max(Math.ceil(body.length / PIECES), 1);
  for (let from = 0; from < body.length; from += size) {
    response.write(body.subarray(from, from + size));
    if (!(await waited(response, ms / PIECES))) return;
  }
  response.end();
}

function writeHead(response: ServerResponse, { headers, status = 200 }: Omit<Written, 'body'>): void {
  response.statusCode = status;
  response.setHeader('content-type', 'application/json');
  for (const [name, value] of Object.entries(headers)) if (value.length > 0) response.setHeader(name, value);
}

/** False for a fault that keeps the normal answer. */
function replyInstead(response: ServerResponse, write: () => Written, fault: FaultKind): boolean {
  if (fault.do === 'status') replyStatus(response, fault);
  else if (fault.do === 'redirect') reply(response, 302, '', { location: fault.to });
  else if (fault.do === 'html') reply(response, 200, SIGN_IN, { 'content-type': 'text/html' });
  else if (fault.do === 'close') close(response, fault.when, write);
  else return false;
  return true;
}

const MIB = 2 ** 20;
const SIGN_IN = '<!doctype html><title>Sign in</title>';

function replyStatus(response: ServerResponse, fault: FaultKind & { readonly do: 'status' }): void {
  const { status, headers, retryAfterSeconds: seconds, body = '{"error":"simulated"}' } = fault;
  const after: Headers = seconds === undefined ? {} : { 'retry-after': String(seconds) };
  reply(response, status, body, { ...after, ...headers });
}

function reply(response: ServerResponse, status: number, body: string | Buffer, headers: Headers): void {
  writeHead(response, { status, headers });
  response.end(body);
}

/** Resets the connection: at once, in the middle of a body that was promised whole, or right behind it. */
function close(response: ServerResponse, when: 'before' | 'during' | 'after', write: () => Written): void {
  const { socket } = response;
  if (when === 'before') {
    socket?.resetAndDestroy();
    return;
  }
  const written = write();
  const body = Buffer.from(written.body);
  writeHead(response, written);
  response.setHeader('content-length', body.length);
  response.write(when === 'during' ? half(body) : body, () => socket?.resetAndDestroy());
}

/** Resolves after `ms`, or with false as soon as the client disconnects. */
async function waited(response: ServerResponse, ms: number): Promise<boolean> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  return wait(ms, true, { signal: gone.signal }).catch(() => false);
}
