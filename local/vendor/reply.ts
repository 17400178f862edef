import { setTimeout as wait } from 'node:timers/promises';
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
  switch (fault?.do) {
    case 'status': {
      const { status, retryAfterSeconds: seconds, body = '{"error":"simulated"}' } = fault;
      return reply(response, status, body, seconds === undefined ? {} : { 'retry-after': String(seconds) });
    }
    case 'redirect':
      return reply(response, 302, '', { location: fault.to });
    case 'html':
      return reply(response, 200, '<!doctype html><title>Sign in</title>', { 'content-type': 'text/html' });
    case 'close':
      return close(response, fault.when === 'during' ? page() : undefined);
    case 'slow':
      if (!(await waited(response, fault.ms))) return;
      break;
    default:
  }
  const { body, links } = page();
  const half = body.slice(0, Math.floor(body.length / 2));
  const blanks = fault?.do === 'huge' ? ' '.repeat(fault.bytes) : '';
  reply(response, 200, fault?.do === 'truncated' ? half : body + blanks, { link: links });
}

function reply(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string | readonly string[]>>,
): void {
  response.statusCode = status;
  response.setHeader('content-type', 'application/json');
  for (const [name, value] of Object.entries(headers)) if (value.length > 0) response.setHeader(name, value);
  response.end(body);
}

/** Ends the connection, at once or in the middle of a body that was promised whole. */
function close(response: ServerResponse, page: WrittenPage | undefined): void {
  if (page === undefined) {
    response.destroy();
    return;
  }
  const body = Buffer.from(page.body);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
  response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.destroy());
}

/** Resolves after `ms`, or with false as soon as nobody waits for the answer any more. */
async function waited(response: ServerResponse, ms: number): Promise<boolean> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  return wait(ms, true, { signal: gone.signal }).catch(() => false);
}
