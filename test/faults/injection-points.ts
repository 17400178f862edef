import { writeSync } from 'node:fs';
import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { LAST_WORDS_FD } from './child-messages';

/** Counts the crossings of the doors of this process, and may end it at one of them. */
export interface Crossings {
  /** Begins to count anew. At crossing `killAt` the process kills itself, and nothing of it runs any more. */
  begin(killAt: number | undefined): void;
  /** How many there were since. */
  count(): number;
}

type Request = typeof http.request;

/**
 * Watches every way out of this process: vendor, workspace, blobs and queues all end in Node's HTTP client. A request
 * is two crossings: before its first byte leaves, and once its answer is there whole and nobody has seen the end of it.
 */
export function watchCrossings(): Crossings {
  let crossed = 0;
  let fatal: number | undefined;
  const cross = (side: 'before' | 'after', request: ClientRequest): void => {
    crossed++;
    if (crossed !== fatal) return;
    const { host, method, path } = request;
    writeSync(LAST_WORDS_FD, `${side} ${method} ${host}${path.split('?')[0] ?? ''}\n`);
    process.kill(process.pid, 'SIGKILL');
  };
  for (const client of [http, https]) {
    const { request } = client;
    client.request = ((...words: Parameters<Request>) => {
      const made = request(...words);
      cross('before', made);
      made.prependListener('response', (answer: IncomingMessage) => {
        answer.prependListener('end', () => cross('after', made));
      });
      return made;
    }) as Request;
  }
  return {
    begin(killAt) {
      crossed = 0;
      fatal = killAt;
    },
    count: () => crossed,
  };
}
