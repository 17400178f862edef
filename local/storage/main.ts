import { Server, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { FOREIGN_REQUEST, isLocalRequest } from '../local-origin';

/**
 * The child process of Azurite. It is forked with Azurite's arguments and runs Azurite's own main. Azurite saves its metadata
 * only when SIGTERM ends it, and otherwise loses acknowledged writes. Therefore this process always ends in that way, whatever
 * happens to the parent.
 */

// Variables in the caller's shell, such as more accounts or a database, do not apply to this instance.
for (const name of Object.keys(process.env)) if (name.startsWith('AZURITE_')) delete process.env[name];

// On Windows, Ctrl-C and a closing terminal reach every program of a console, but the parent decides when the storage ends.
const ignore = (): void => undefined;
process.on('SIGINT', ignore);
process.on('SIGHUP', ignore);
process.on('newListener', (event: string, listener: () => void) => {
  if (listener === ignore) return;
  // A microtask runs before any signal can be delivered; the listener is added right after this event.
  if (event === 'SIGINT') queueMicrotask(() => process.removeListener('SIGINT', listener));
  if (event === 'SIGTERM') queueMicrotask(settle);
});

function settle(): void {
  // Azurite's listener runs once; without another one, a second SIGTERM would interrupt its saving.
  process.on('SIGTERM', ignore);
  // From now on it ends in order, so the parent may publish the addresses.
  process.send?.('ready');
}

// The parent has closed the channel or is dead. Windows has no SIGTERM, so it is emulated.
process.once('disconnect', () => {
  if (!process.emit('SIGTERM', 'SIGTERM')) process.exit(1);
});
// Azurite logs while it closes. If the parent is dead, the write fails, which must not interrupt the saving.
process.stdout.on('error', ignore);
process.stderr.on('error', ignore);
// The open channel must not keep the process alive after Azurite has closed.
process.channel?.unref();

/*
 * Refuses foreign Hosts. Azurite takes the account from the first label of any Host, and its key is public: a web page whose
 * own name resolves to this machine could sign requests. Azurite has no option against this.
 */
const { emit } = Server.prototype;
Server.prototype.emit = function (this: Server, event: string, ...args: unknown[]): boolean {
  if (event === 'request') {
    const [request, response] = args as [IncomingMessage, ServerResponse];
    if (!isLocalRequest(request.headers, request.socket.localPort)) {
      response.writeHead(403, { 'Content-Type': 'text/plain' }).end(FOREIGN_REQUEST);
      return true;
    }
  }
  return Reflect.apply(emit, this, [event, ...args]) as boolean;
};

// An import would be hoisted above all of this.
createRequire(__filename)('azurite/dist/src/azurite');
