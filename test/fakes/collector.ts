import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Json } from '../../shared/contract/json';
import { answerDataCollector } from './collector-data-collector';
import { answerLogsIngestion } from './collector-logs-ingestion';

/** One row as it was stored. */
export type StoredRow = Readonly<Record<string, Json>>;

/** One request with its complete body. */
export interface Received {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** An endpoint's answer, and the rows that it stores. */
export interface Answer {
  readonly status: number;
  readonly body?: string;
  readonly store?: { readonly table: string; readonly rows: readonly StoredRow[] };
  /** Set if the client did something that our clients must never do. */
  readonly problem?: string;
}

/** A fault for the next request: instead of the normal answer, or (`after`) after the rows are stored. */
export interface Fault {
  readonly status?: number;
  readonly retryAfter?: string;
  readonly body?: string;
  /** Closes the connection without an answer: before the rows are stored, or after. */
  readonly close?: 'before' | 'after';
}

/** Both ingestion APIs on this machine, as strict as documented. */
export interface Collector {
  readonly url: string;
  /** All requests, also those with a fault. */
  readonly requests: readonly Received[];
  /** The violations of our clients; a test asserts that there are none. */
  readonly problems: readonly string[];
  rows(table: string): readonly StoredRow[];
  /** Sets the faults of the next requests, one each. */
  fail(...faults: readonly Fault[]): void;
  /** Larger bodies are refused as too large, in the way of each API. */
  refuseAbove(bytes: number): void;
  close(): Promise<void>;
}

/** The accepted secrets and names. */
export const COLLECTOR = {
  rule: 'dcr-0123456789abcdef0123456789abcdef',
  token: 'local-workspace',
  workspaceId: '01234567-89ab-cdef-0123-456789abcdef',
  workspaceKey: Buffer.from('an invented workspace key').toString('base64'),
} as const;

/** Starts a collector whose rule has these streams. */
export async function startCollector(streams: readonly string[] = ['Custom-Sample_CL']): Promise<Collector> {
  const requests: Received[] = [];
  const problems: string[] = [];
  const faults: Fault[] = [];
  const stored = new Map<string, StoredRow[]>();
  let maxBytes = Infinity;

  const serve = (request: Received): Answer => {
    if (request.url.pathname === '/api/logs') return answerDataCollector(request, maxBytes);
    return answerLogsIngestion(request, streams, maxBytes);
  };
  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const request = await readWhole(incoming);
    requests.push(request);
    const fault = faults.shift();
    if (fault?.close === 'before') return void incoming.socket.destroy();
    if (fault?.status !== undefined) {
      if (fault.retryAfter !== undefined) response.setHeader('Retry-After', fault.retryAfter);
      return void response.writeHead(fault.status).end(fault.body ?? '');
    }
    const { status, body = '', problem, store } = serve(request);
    if (problem !== undefined) problems.push(problem);
    if (store !== undefined) stored.set(store.table, [...(stored.get(store.table) ?? []), ...store.rows]);
    if (fault?.close === 'after') return void incoming.socket.destroy();
    response.writeHead(status, body === '' ? {} : { 'Content-Type': 'application/json' }).end(body);
  };

  const server = createServer((incoming, response) => {
    handle(incoming, response).catch((error: unknown) => {
      problems.push(String(error));
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    problems,
    rows: (table) => stored.get(table) ?? [],
    fail: (...more) => void faults.push(...more),
    refuseAbove(bytes) {
      maxBytes = bytes;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readWhole(incoming: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
  );
  const url = new URL(incoming.url ?? '/', 'http://collector.test');
  return { method: incoming.method ?? '', url, headers, body: Buffer.concat(chunks) };
}
