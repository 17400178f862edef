import type { DequeuedMessageItem, QueueClient } from '@azure/storage-queue';
import type { Invocation, TypedData } from '../worker/rpc';

/** The function's input and metadata for one message. */
export type QueueInput = Pick<Invocation, 'inputs' | 'triggerMetadata'>;

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The text of a message, or undefined when it is not of the encoding that host.json says. */
export function decodeMessage(text: string, encoding: 'base64' | 'none'): string | undefined {
  if (encoding === 'none') return text;
  return BASE64.test(text) ? Buffer.from(text, 'base64').toString('utf8') : undefined;
}

/** What a queue function is given; JSON text is parsed by the library. Times are ISO 8601, UTC. */
export function toQueueInput(binding: string, text: string, message?: DequeuedMessageItem): QueueInput {
  const triggerMetadata: Record<string, TypedData> = { QueueTrigger: { string: text } };
  if (message !== undefined) {
    const facts = {
      Id: message.messageId,
      DequeueCount: message.dequeueCount,
      PopReceipt: message.popReceipt,
      InsertionTime: message.insertedOn.toISOString(),
      ExpirationTime: message.expiresOn.toISOString(),
      NextVisibleTime: message.nextVisibleOn.toISOString(),
    };
    for (const [name, fact] of Object.entries(facts)) triggerMetadata[name] = { json: JSON.stringify(fact) };
  }
  return { inputs: { [binding]: { string: text } }, triggerMetadata };
}

/** A message this host has taken from the queue; hidden from others until it is released, removed or lost. */
export interface LeasedMessage {
  remove(): Promise<void>;
  /** Gives it back; hidden for `hiddenMs` more, in whole seconds. */
  release(hiddenMs: number): Promise<void>;
  /** Stores a copy in the poison queue, then removes it: a crash in between leaves it in both. */
  poison(): Promise<void>;
  /** Stops renewing the time that it is hidden. */
  stopRenewal(): void;
}

/** Keeps a message hidden for as long as it is worked on, renewing at half of `heldMs`. */
export function holdMessage(
  queue: QueueClient,
  poisonQueue: QueueClient,
  message: DequeuedMessageItem,
  { heldMs, onLost }: { readonly heldMs: number; onLost(error: unknown): void },
): LeasedMessage {
  let { popReceipt } = message;
  let renewing = Promise.resolve();
  const hide = async (ms: number): Promise<void> => {
    const seconds = Math.ceil(ms / 1000);
    const renewed = await queue.updateMessage(message.messageId, popReceipt, undefined, seconds);
    popReceipt = renewed.popReceipt ?? popReceipt;
  };
  const timer = setInterval(
    () => void (renewing = renewing.then(() => hide(heldMs)).catch(onLost)),
    heldMs / 2,
  );
  const stopRenewal = (): void => clearInterval(timer);
  /** A renewal in progress changes the receipt, so it is awaited. */
  const settle = async (): Promise<void> => {
    stopRenewal();
    await renewing;
  };
  const remove = async (): Promise<void> => {
    await settle();
    await queue.deleteMessage(message.messageId, popReceipt);
  };
  return {
    remove,
    stopRenewal,
    release: async (hiddenMs) => {
      await settle();
      await hide(hiddenMs);
    },
    poison: async () => {
      await poisonQueue.createIfNotExists();
      await poisonQueue.sendMessage(message.messageText, { messageTimeToLive: -1 });
      await remove();
    },
  };
}
