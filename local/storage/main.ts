import { Server, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { FOREIGN_REQUEST, isLocalRequest } from '../local-origin';

/**
 * The child process that Azurite runs in. It is forked with Azurite's own arguments and runs Azurite's own main.
 * Azurite writes its metadata out when it is asked to end by SIGTERM, and loses acknowledged writes otherwise; so
 * whatever happens to the parent, this process ends that way.
 */

// More accounts, or a database, of the caller's shell are not meant for this instance.
for (const name of Object.keys(process.env)) if (name.startsWith('AZURITE_')) delete process.env[name];

// Ctrl-C and a closing terminal reach every program of a console on Windows; the parent decides when the storage ends.
const ignore = (): void => undefined;
process.on('SIGINT', ignore);
process.on('SIGHUP', ignore);
process.on('newListener', (event: string, listener: () => void) => {
  if (listener === ignore) return;
  // Before any signal can be delivered: the listener itself is added right after this event.
  if (event === 'SIGINT') queueMicrotask(() => process.removeListener('SIGINT', listener));
  if (event === 'SIGTERM') queueMicrotask(settle);
});

function settle(): void {
  // Azurite listens once; a second SIGTERM would cut short the saving that the first began.
  process.on('SIGTERM', ignore);
  // From here on it can be ended in order, so the parent may hand the addresses out.
  process.send?.('ready');
}

// The parent has let go of it or is dead: as if SIGTERM had come, which Windows does not have.
process.once('disconnect', () => {
  if (!process.emit('SIGTERM', 'SIGTERM')) process.exit(1);
});
// Azurite tells how it closes; when the parent is dead nobody reads that, and it must not stop the saving.
process.stdout.on('error', ignore);
process.stderr.on('error', ignore);
// The channel alone must not keep a storage alive that has been closed.
process.channel?.unref();

/*
 * Azurite reads an account from the first label of any Host, and its key is public: a page whose own name points to this
 * machine could sign for it. Azurite has no option against that, so that each server of this process looks first.
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

// Not an import: that would be hoisted above all this.
createRequire(__filename)('azurite/dist/src/azurite');
