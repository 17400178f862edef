/** A message of a queue, hidden from other readers for some time. */
export interface QueueMessage {
  readonly id: string;
  readonly body: string;
  /** What deletes or hides it. */
  readonly receipt: string;
}

/** A file that a message names. */
export interface NamedFile {
  readonly bucket: string;
  readonly key: string;
  /** The key where there is none of the first, if the message does not tell how it writes keys. */
  readonly otherKey?: string;
  /** In bytes, as the message says; `undefined` if it does not. */
  readonly size: number | undefined;
  readonly etag: string | undefined;
  readonly version: string | undefined;
  /** Tells this version of the file from every other one: the same for each message about it. */
  readonly identity: string;
}

/** A file that is being read. */
export interface OpenedFile {
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly contentType: string;
  /** True if the transport decompresses it, so that the bytes are more than the size. */
  readonly isEncoded: boolean;
}

/** The file is not there any more, or another one has taken its place. */
export type Missing = 'gone' | 'replaced';

/** A queue, and the store of the files that its messages name. */
export interface ObjectStore {
  /** Takes some messages and hides them for {@link HIDDEN_SECONDS}. None: the queue is empty. */
  receive(): Promise<readonly QueueMessage[]>;
  /** Deletes messages. One that cannot be deleted comes again. */
  remove(messages: readonly QueueMessage[]): Promise<void>;
  /** Hides messages for so many seconds from now. */
  hide(messages: readonly QueueMessage[], seconds: number): Promise<void>;
  open(file: NamedFile): Promise<OpenedFile | Missing>;
}

/**
 * How long a message is hidden. It is renewed while the message is worked on. After a crash the message is back this much later.
 */
export const HIDDEN_SECONDS = 60;
