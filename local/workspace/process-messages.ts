import type { WorkspaceOptions } from './workspace';

/** From the parent, once: what to start. */
export interface StartMessage {
  readonly kind: 'start';
  readonly options: Omit<WorkspaceOptions, 'now'>;
}

/** To the parent, once: it listens, or it does not and why. */
export type ReplyMessage =
  | { readonly kind: 'ready'; readonly url: string; readonly tlsUrl: string; readonly caCertificate: string }
  | { readonly kind: 'failed'; readonly message: string };
