import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { ServerResponse } from 'node:http';
import type { Json } from '../../shared/contract/json';
import { stringifyJson } from '../../shared/kit/json';
import type { FaultKind } from './faults';
import type { WrittenPage } from './page';

/** Answers with JSON. */
export function replyJson(
  response: ServerResponse,
  status: number,
  body: Json,
  headers: Readonly<Record<string, string>> = {},
): void {
  reply(response, status, stringifyJson(body), headers);
}

/** Answers a right request: with its page, or as the fault wants. */
export async function replyPage(
  response: ServerResponse,
  page: () => WrittenPage,
  fault: FaultKind | undefined,
): Promise<void> {
  if (fault !== undefined && replyInstead(response, page, fault)) return;
  if (fault?.do === 'slow' && !(await waited(response, fault.ms))) return;
  const { body, links } = page();
  if (fault?.do === 'huge') return replyHuge(response, body, fault.bytes, links);
  if (fault?.do === 'slow-body') return replySlowly(response, body, fault.ms, links);
  if (fault?.do === 'truncated-gzip') {
    const packed = gzipSync(body);
    const half = packed.subarray(0, Math.floor(packed.length / 2));
    return reply(response, 200, half, { link: links, 'content-encoding': 'gzip' });
  }
  const text = fault?.do === 'truncated' ? body.slice(0, Math.floor(body.length / 2)) : body;
  reply(response, 200, text, { link: links });
}

/** The page, then blanks as fast as they are read: no text of Node's may be as long as some bodies. */
async function replyHuge(
  response: ServerResponse,
  body: string,
  bytes: number,
  links: readonly string[],
): Promise<void> {
  writeHead(response, links);
  const blanks = function* (): Generator<string> {
    yield body;
    for (let left = bytes; left > 0; left -= MIB) yield ' '.repeat(Math.min(left, MIB));
  };
  // Whoever asked may have had enough.
  await pipeline(Readable.from(blanks()), response).catch(() => undefined);
}

const PIECES = 8;

/** The page in pieces, one after another. */
async function replySlowly(
  response: ServerResponse,
  body: string,
  ms: number,
  links: readonly string[],
): Promise<void> {
  writeHead(response, links);
  const bytes = Buffer.from(body);
  const size = Math.ceil(bytes.length / PIECES);
  for (let from = 0; from < bytes.length; from += size) {
    response.write(bytes.subarray(from, from + size));
    if (!(await waited(response, ms / PIECES))) return;
  }
  response.end();
}

function writeHead(response: ServerResponse, links: readonly string[]): void {
  response.setHeader('content-type', 'application/json');
  if (links.length > 0) response.setHeader('link', links);
}

/** False for a fault that lets the page be answered. */
function replyInstead(response: ServerResponse, page: () => WrittenPage, fault: FaultKind): boolean {
  if (fault.do === 'status') replyStatus(response, fault);
  else if (fault.do === 'redirect') reply(response, 302, '', { location: fault.to });
  else if (fault.do === 'html') reply(response, 200, SIGN_IN, { 'content-type': 'text/html' });
  else if (fault.do === 'close') close(response, fault.when, page);
  else return false;
  return true;
}

const MIB = 2 ** 20;
const SIGN_IN = '<!doctype html><title>Sign in</title>';

function replyStatus(response: ServerResponse, fault: FaultKind & { readonly do: 'status' }): void {
  const { status, retryAfterSeconds: seconds, body = '{"error":"simulated"}' } = fault;
  reply(response, status, body, seconds === undefined ? {} : { 'retry-after': String(seconds) });
}

function reply(
  response: ServerResponse,
  status: number,
  body: string | Buffer,
  headers: Readonly<Record<string, string | readonly string[]>>,
): void {
  response.statusCode = status;
  response.setHeader('content-type', 'application/json');
  for (const [name, value] of Object.entries(headers)) if (value.length > 0) response.setHeader(name, value);
  response.end(body);
}

/** Resets the connection: at once, in the middle of a body that was promised whole, or right behind it. */
function close(response: ServerResponse, when: 'before' | 'during' | 'after', page: () => WrittenPage): void {
  const { socket } = response;
  if (when === 'before') {
    socket?.resetAndDestroy();
    return;
  }
  const { body: text, links } = page();
  const body = Buffer.from(text);
  writeHead(response, links);
  response.writeHead(200, { 'content-length': body.length });
  const sent = when === 'during' ? body.subarray(0, Math.floor(body.length / 2)) : body;
  response.write(sent, () => socket?.resetAndDestroy());
}

/** Resolves after `ms`, or with false as soon as nobody waits for the answer any more. */
async function waited(response: ServerResponse, ms: number): Promise<boolean> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  return wait(ms, true, { signal: gone.signal }).catch(() => false);
}
