import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gzip as gzipCallback } from 'node:zlib';
import { source } from './wide-source';
import type { Json } from '../../shared/contract/json';
import { runToEnd } from '../../shared/values/cooperative';
import { compileRow } from '../../shared/rows/format-row';
import type { Measured, Task } from './task';

const gzip = promisify(gzipCallback);
const agent = new Agent({ keepAlive: true });

/**
 * The baseline: the simplest loop with the same output. Keep-alive GET one page ahead, JSON.parse, row, JSON.stringify, gzip,
 * POST; no checks, retries or checkpoints. `rows: false` also omits our row function.
 */
export async function bare({ vendor, collector, pages }: Task, rows: boolean): Promise<Measured> {
  const format = compileRow(source, 'default', new Date());
  const target = `${collector}/dataCollectionRules/dcr-1/streams/Custom-AcmeSystemLog_CL?api-version=2023-01-01`;
  let events = 0;
  const startedAt = performance.now();
  let next = ask(`${vendor}/api/v1/logs?since=${new Date(pages * 1_000).toISOString()}`);
  for (;;) {
    const page = await next;
    const records = JSON.parse(page.body.toString('utf8')) as Json[];
    if (records.length === 0) break;
    next = ask(/<([^>]+)>/.exec(page.link)?.[1] ?? '');
    const out = rows
      ? records.map((record) => (runToEnd(format(record)) as { columns: object }).columns)
      : records;
    await post(target, await gzip(JSON.stringify(out), { level: 1 }));
    events += records.length;
  }
  return { events, ms: performance.now() - startedAt };
}

async function ask(url: string): Promise<{ body: Buffer; link: string }> {
  const answer = await exchange(url, 'GET');
  return { body: answer.body, link: String(answer.headers['link']) };
}

async function post(url: string, body: Buffer): Promise<void> {
  await exchange(url, 'POST', body);
}

function exchange(
  url: string,
  method: string,
  body?: Buffer,
): Promise<{ body: Buffer; headers: IncomingMessage['headers'] }> {
  return new Promise((done, fail) => {
    const headers = {
      'Content-Type': 'application/json',
      'Content-Encoding': 'gzip',
      Authorization: 'Bearer local-workspace',
    };
    const request = httpRequest(
      url,
      { method, agent, ...(body === undefined ? {} : { headers }) },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => done({ body: Buffer.concat(chunks), headers: response.headers }));
        response.on('error', fail);
      },
    );
    request.on('error', fail);
    request.end(body);
  });
}
