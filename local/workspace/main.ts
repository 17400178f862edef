import { startWorkspace, type Workspace, type WorkspaceOptions } from './workspace';

/*
 * The workspace as a process of its own: forked, told once what to start, and gone, with everything flushed,
 * when its parent is gone or asks it to end. Ctrl-C reaches every process of a terminal: the parent decides then.
 */
/** From the parent, once: what to start. */
export interface StartMessage {
  readonly kind: 'start';
  readonly options: Omit<WorkspaceOptions, 'now'>;
}

/** To the parent, once: the workspace listens, or why it does not. */
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

/** The parent may be gone already. */
function reply(message: ReplyMessage, sent: () => void = () => undefined): void {
  if (process.connected) process.send?.(message, sent);
  else sent();
}

function end(): void {
  void started.then((workspace) => workspace?.close()).finally(() => process.exit(0));
}
