import { startWorkspace, type Workspace, type WorkspaceOptions } from './workspace';

/*
 * The workspace in its own process. The parent forks it and sends one start message. When the parent ends, or asks it to, it
 * flushes the file and ends. It ignores Ctrl-C, which reaches every process of a terminal: the parent decides.
 */
/** The parent's only message: what to start. */
export interface StartMessage {
  readonly kind: 'start';
  readonly options: Omit<WorkspaceOptions, 'now'>;
}

/** The only reply: the workspace listens, or the reason why not. */
export type ReplyMessage =
  | { readonly kind: 'ready'; readonly url: string; readonly tlsUrl: string; readonly caCertificate: string }
  | { readonly kind: 'failed'; readonly message: string };

let started: Promise<Workspace | undefined> = Promise.resolve(undefined);

process.once('message', (message: StartMessage) => {
  started = start(message);
});
process.once('disconnect', end);
process.once('SIGTERM', end);
process.on('SIGINT', () => undefined);

async function start({ options }: StartMessage): Promise<Workspace | undefined> {
  try {
    const workspace = await startWorkspace(options);
    const { url, tlsUrl, caCertificate } = workspace;
    reply({ kind: 'ready', url, tlsUrl, caCertificate });
    return workspace;
  } catch (error) {
    reply({ kind: 'failed', message: error instanceof Error ? error.message : String(error) }, () =>
      process.exit(1),
    );
    return undefined;
  }
}

/** Does not fail if the parent has ended. */
function reply(message: ReplyMessage, sent: () => void = () => undefined): void {
  if (process.connected) process.send?.(message, sent);
  else sent();
}

function end(): void {
  void started.then((workspace) => workspace?.close()).finally(() => process.exit(0));
}
