import type { DequeuedMessageItem, QueueClient } from '@azure/storage-queue';
import type { Invocation, TypedData } from '../worker/rpc';

/** The function's input and metadata for one message. */
export type QueueInput = Pick<Invocation, 'inputs' | 'triggerMetadata'>;

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The text of a message; `undefined` if it does not have the encoding of host.json. */
export function decodeMessage(text: string, encoding: 'base64' | 'none'): string | undefined {
  if (encoding === 'none') return text;
  return BASE64.test(text) ? Buffer.from(text, 'base64').toString('utf8') : undefined;
}

/** The input of a queue function. The library parses JSON text. Times are ISO 8601, UTC. */
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

/** A message that this host has dequeued. Others do not see it until it is released, deleted or its time expires. */
export interface LeasedMessage {
  remove(): Promise<void>;
  /** Returns it to the queue, hidden for `hiddenMs` more, in whole seconds. */
  release(hiddenMs: number): Promise<void>;
  /** Copies it to the poison queue, then deletes it. After a crash in between it is in both. */
  poison(): Promise<void>;
  /** Stops extending the time for which it is hidden. */
  stopRenewal(): void;
}

/** Keeps a message hidden while its function runs: extends the time at half of `heldMs`. */
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
