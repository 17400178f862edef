import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { makeCertificate } from '../../local/workspace/certificate';

/* The fastest possible collector: reads every post, counts it, answers 204. */

let [posts, bytes] = [0, 0];
const take: RequestListener = (request, response) => {
  request.on('data', (chunk: Buffer) => void (bytes += chunk.length));
  request.on('end', () => {
    posts++;
    response.writeHead(204).end();
  });
};

async function listen(server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return (server.address() as AddressInfo).port;
}

async function main(): Promise<void> {
  const { certificate, privateKey } = await makeCertificate();
  const plain = await listen(createServer({ keepAliveTimeout: 60_000 }, take));
  const tls = await listen(
    createTlsServer({ cert: certificate, key: privateKey, keepAliveTimeout: 60_000 }, take),
  );
  process.send?.({ url: `http://127.0.0.1:${plain}`, tlsUrl: `https://127.0.0.1:${tls}`, certificate });
  process.on('message', () => {
    process.send?.({ posts, bytes });
    [posts, bytes] = [0, 0];
  });
}

process.on('disconnect', () => process.exit(0));
void main();
