import type { DequeuedMessageItem, QueueClient, QueueServiceClient } from '@azure/storage-queue';
import { messageOf } from '../errors';
import type { QueueSettings } from '../host-json';
import type { Log, LogLevel } from '../host-log';
import {
  type LeasedMessage,
  type QueueInput,
  decodeMessage,
  holdMessage,
  toQueueInput,
} from './queue-message';
import { wait } from '../wait';

export interface QueueOptions {
  readonly functionName: string;
  /** The name of the function's trigger binding. */
  readonly binding: string;
  readonly queueName: string;
  readonly service: QueueServiceClient;
  readonly settings: QueueSettings;
  /** How long a message is hidden while its function runs; renewed at half of it. Azure: 10 minutes. */
  readonly heldMs?: number;
  /** Resolves when the worker accepts calls, or when the signal aborts. */
  readonly whenUp: (signal: AbortSignal) => Promise<void>;
  /** Runs the function once and logs its failure. */
  readonly invoke: (input: QueueInput) => Promise<void>;
  readonly log: Log;
}

export interface RunningQueue {
  /** Fetches no more messages; resolves when those in progress are done. */
  stop(): Promise<void>;
}

interface Listener extends QueueOptions {
  readonly heldMs: number;
  readonly queue: QueueClient;
  readonly poisonQueue: QueueClient;
  readonly signal: AbortSignal;
  readonly working: Set<Promise<void>>;
}

const HELD_MS = 10 * 60_000;
const MIN_POLLING_MS = 100;

/**
 * Feeds one function from its queue as Azure's listener does: in batches, polling more slowly while the queue is empty, and
 * moving a message to the poison queue after `maxDequeueCount` failures. Creates a missing queue.
 * @throws when the storage cannot be reached
 * @see https://learn.microsoft.com/azure/azure-functions/functions-bindings-storage-queue
 */
export async function startQueue(options: QueueOptions): Promise<RunningQueue> {
  const stopping = new AbortController();
  const listener: Listener = {
    heldMs: HELD_MS,
    ...options,
    queue: options.service.getQueueClient(options.queueName),
    poisonQueue: options.service.getQueueClient(`${options.queueName}-poison`),
    signal: stopping.signal,
    working: new Set(),
  };
  await listener.queue.createIfNotExists();
  const polling = poll(listener);
  return {
    stop: async () => {
      stopping.abort();
      await polling;
      await Promise.allSettled(listener.working);
    },
  };
}

async function poll(listener: Listener): Promise<void> {
  const { settings, signal, working } = listener;
  let idleMs = MIN_POLLING_MS;
  while (!signal.aborted) {
    await listener.whenUp(signal);
    while (working.size > settings.newBatchThreshold) await Promise.race(working);
    if (signal.aborted) return;
    const messages = await fetch(listener);
    for (const message of messages) {
      const task = work(listener, message).finally(() => working.delete(task));
      working.add(task);
    }
    idleMs = messages.length > 0 ? MIN_POLLING_MS : Math.min(idleMs * 2, settings.maxPollingIntervalMs);
    if (messages.length === 0) await wait(idleMs, signal);
  }
}

async function fetch(listener: Listener): Promise<readonly DequeuedMessageItem[]> {
  const visibilityTimeout = Math.ceil(listener.heldMs / 1000);
  try {
    const limits = { numberOfMessages: listener.settings.batchSize, visibilityTimeout };
    return (await listener.queue.receiveMessages(limits)).receivedMessageItems;
  } catch (error) {
    say(listener, 'warning', `Polling queue ${listener.queueName}: ${messageOf(error)}. Trying again.`);
    return [];
  }
}

/** Never rejects. */
async function work(listener: Listener, message: DequeuedMessageItem): Promise<void> {
  const { queue, poisonQueue, heldMs } = listener;
  const name = `Message ${message.messageId} of queue ${listener.queueName}`;
  const onLost = (error: unknown): void =>
    say(listener, 'warning', `${name} may be processed twice: ${messageOf(error)}`);
  const held = holdMessage(queue, poisonQueue, message, { heldMs, onLost });
  try {
    const reason = await handle(listener, message, held);
    if (reason !== undefined)
      await poison(listener, held, `${name} was moved to ${poisonQueue.name}: ${reason}`);
  } catch (error) {
    say(listener, 'warning', `${name} will be retried: ${messageOf(error)}`);
  } finally {
    held.stopRenewal();
  }
}

/** Runs the function, then deletes or releases the message. @returns the reason for a poison message */
async function handle(
  listener: Listener,
  message: DequeuedMessageItem,
  held: LeasedMessage,
): Promise<string | undefined> {
  const { messageEncoding, maxDequeueCount, visibilityTimeoutMs } = listener.settings;
  const { messageText, dequeueCount } = message;
  const text = decodeMessage(messageText, messageEncoding);
  if (text === undefined)
    return 'it is not base64. Send it encoded, or set messageEncoding "none" in host.json.';
  // Each host that dequeued it may have died before it could count a failure.
  if (dequeueCount > maxDequeueCount) return `it was dequeued ${dequeueCount} times.`;
  try {
    await listener.invoke(toQueueInput(listener.binding, text, message));
  } catch {
    if (dequeueCount >= maxDequeueCount) return `its function failed ${dequeueCount} times.`;
    await held.release(visibilityTimeoutMs);
    return undefined;
  }
  await held.remove();
  return undefined;
}

async function poison(listener: Listener, held: LeasedMessage, message: string): Promise<void> {
  // A message that fails in a poison queue stays there: the queue has no poison queue of its own.
  if (listener.queueName.endsWith('-poison')) return;
  await held.poison();
  say(listener, 'error', message);
}

function say(listener: Listener, level: LogLevel, message: string): void {
  listener.log({ level, category: 'Host.Queues', functionName: listener.functionName, message });
}
