import { writeSync } from 'node:fs';
import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { KILL_POINT_FD } from './child-messages';

/** Counts the injection points of this process, and may kill it at one of them. */
export interface InjectionPoints {
  /** Starts to count again. The process kills itself at injection point `killAt`. */
  begin(killAt: number | undefined): void;
  /** How many were reached since. */
  count(): number;
}

type Request = typeof http.request;

/**
 * Watches every request of this process: those to vendor, workspace, blobs and queues all use Node's HTTP client. A
 * request has two injection points: before its first byte is sent, and after its complete answer arrived, before the
 * app sees the end of it.
 */
export function watchInjectionPoints(): InjectionPoints {
  let reached = 0;
  let killPoint: number | undefined;
  const reach = (side: 'before' | 'after', request: ClientRequest): void => {
    reached++;
    if (reached !== killPoint) return;
    const { host, method, path } = request;
    writeSync(KILL_POINT_FD, `${side} ${method} ${host}${path.split('?')[0] ?? ''}\n`);
    process.kill(process.pid, 'SIGKILL');
  };
  for (const client of [http, https]) {
    const { request } = client;
    client.request = ((...args: Parameters<Request>) => {
      const made = request(...args);
      reach('before', made);
      made.prependListener('response', (answer: IncomingMessage) => {
        answer.prependListener('end', () => reach('after', made));
      });
      return made;
    }) as Request;
  }
  return {
    begin(killAt) {
      reached = 0;
      killPoint = killAt;
    },
    count: () => reached,
  };
}
