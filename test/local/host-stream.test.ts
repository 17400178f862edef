import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  createServer,
  request as send,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
} from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { streamCall } from '../../local/host/http/http-stream';

/* The host between a client and the library's own server, for which a plain server stands in. */

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(listener: RequestListener, options: ServerOptions = {}): Promise<[Server, number]> {
  const server = createServer(options, listener);
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return [server, (server.address() as AddressInfo).port];
}

/** A host that forwards calls to this server. Records each invocation, and whether the server had the request by then. */
async function hostOf(worker: number, has: (id: string) => boolean = () => true) {
  const invoked: boolean[] = [];
  const [host, port] = await listen((request, response) => {
    request.on('error', () => undefined).once('close', () => host.emit('left'));
    const invocationId = randomUUID();
    const call = {
      ...{ request, response, invocationId, params: {}, maxBytes: 1e6 },
      url: new URL(`http://127.0.0.1:${port}${request.url}`),
      httpUri: `http://127.0.0.1:${worker}/`,
      invoke: () => Promise.resolve(void invoked.push(has(invocationId))),
    };
    streamCall(call).catch(() => response.writeHead(500).end());
  });
  return { host, port, invoked };
}

async function post(
  port: number,
  body = 'hello',
  headers: Record<string, string> = {},
): Promise<IncomingMessage> {
  const request = send({ port, host: '127.0.0.1', method: 'POST', agent: false, headers });
  request.end(body);
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  await once(answer.resume(), 'end');
  return answer;
}

/** A client that announces a body and disconnects. */
async function leave(port: number, head: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(`POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n${head}`);
  return socket;
}

test('each call has its own connection, because a kept one may be closed while it is reused', async () => {
  const connections = new Set<Socket>();
  const [, worker] = await listen((request, response) => {
    connections.add(request.socket);
    request.resume().once('end', () => response.end('ok'));
  });
  const { port } = await hostOf(worker);
  for (let calls = 0; calls < 3; calls += 1)
    expect((await post(port, 'hello', { connection: 'keep-alive' })).statusCode).toBe(200);
  expect(connections.size).toBe(3);
});

test('a function starts once the server has its request, even if the caller is gone', async () => {
  const requests = new Set<string>();
  const [server, worker] = await listen((request, response) => {
    requests.add(request.headers['x-ms-invocation-id'] as string);
    request.resume().once('end', () => response.end());
  });
  const { port, invoked } = await hostOf(worker, (id) => requests.has(id));
  expect((await post(port)).statusCode).toBe(200);
  const reached = once(server, 'request');
  (await leave(port, 'Content-Length: 100\r\n\r\nhalf')).destroy();
  const [request] = (await reached) as Parameters<RequestListener>;
  await closed(request);
  expect(invoked).toEqual([true, true]);
});

test('no function waits for the body of a caller that left before the server had its request', async () => {
  const [server, worker] = await listen(() => undefined);
  const reached = once(server, 'checkContinue');
  const { port, host, invoked } = await hostOf(worker);
  const caller = await leave(port, 'Content-Length: 5\r\n\r\nwhole');
  const [request, response] = (await reached) as Parameters<RequestListener>;
  caller.destroy();
  await once(host, 'left');
  response.writeContinue();
  await closed(request.resume());
  expect([request.complete, invoked]).toEqual([false, [true]]);
});

test('requests that the server refuses itself are answered without starting a function', async () => {
  const [, worker] = await listen(() => undefined, { maxHeaderSize: 1_000 });
  const { port, invoked } = await hostOf(worker);
  const answer = await post(port, '', { 'x-long': 'x'.repeat(2_000) });
  expect([answer.statusCode, invoked]).toEqual([431, []]);
});

/** Resolves once no more bytes of a request arrive. */
async function closed(request: IncomingMessage): Promise<void> {
  request.on('error', () => undefined);
  if (!request.closed) await new Promise((resolve) => request.once('close', resolve));
}
