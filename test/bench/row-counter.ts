import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

/** A workspace that accepts every post and counts its rows. */
export interface RowCounter {
  readonly url: string;
  rows(): number;
  close(): Promise<void>;
}

const ROW = Buffer.from('"TimeGenerated":');

export async function startRowCounter(): Promise<RowCounter> {
  let rows = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => void chunks.push(chunk));
    request.on('end', () => {
      const isEvents = request.url?.includes('ConnectorHealth') === false;
      if (isEvents) rows += countIn(gunzipSync(Buffer.concat(chunks)));
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    rows: () => rows,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function countIn(body: Buffer): number {
  let count = 0;
  for (let at = body.indexOf(ROW); at >= 0; at = body.indexOf(ROW, at + ROW.length)) count++;
  return count;
}
