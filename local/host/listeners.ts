import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import type { Caller } from './worker/calls';
import { messageOf } from './errors';
import { type HostedFunction, type Trigger, methodsOf, routeOf, textOf } from './worker/functions';
import type { HostSettings } from './host-json';
import type { Log } from './host-log';
import { startQueue } from './queues/queue-listener';
import { parseRetry } from './queues/retry-policy';
import { parseSchedule } from './timers/schedule';
import { type Environment, findSetting } from './app-settings';
import type { Supervisor } from './worker-supervisor';
import { createTimerStatusStore } from './timers/timer-status';
import { startTimer } from './timers/timer-listener';
import { AZURE_NETWORK } from '../../shared/admin';

/** A function that the host serves, or the reason why it does not. */
export interface Listener {
  readonly trigger: Trigger;
  describe(): HostedFunction;
  stop(): Promise<void>;
}

export interface ListenerOptions {
  readonly environment: Environment;
  readonly settings: HostSettings;
  readonly hostId: string;
  readonly storageConnectionString: string;
  readonly worker: Supervisor;
  readonly call: Caller;
  readonly now: () => Date;
  readonly log: Log;
}

type FunctionDetails = Omit<HostedFunction, 'name' | 'kind' | 'bindings'>;
/** The state of the function, and how to stop its listener. */
interface Started {
  readonly facts: () => FunctionDetails;
  readonly stop: () => Promise<void>;
}

/** The storage is on this machine: it answers soon, or it is not running. */
const CLIENT = {
  retryOptions: { maxTries: 3, retryDelayInMs: 100, maxRetryDelayInMs: 1000 },
  ...AZURE_NETWORK,
};
const NOTHING_TO_STOP = (): Promise<void> => Promise.resolve();

/**
 * Starts the trigger of one function. A wrong declaration (a schedule, a missing app setting) is logged as an error and stops
 * that function alone. Unreachable storage throws, because nothing runs without it.
 */
export async function startListener(trigger: Trigger, options: ListenerOptions): Promise<Listener> {
  const { name, bindings } = trigger.metadata;
  if (isDisabled(name, options.environment)) {
    return {
      trigger,
      stop: NOTHING_TO_STOP,
      describe: () => ({ name, kind: trigger.kind, bindings, isDisabled: true }),
    };
  }
  const { facts, stop } = await begin(trigger, options);
  const { problem } = facts();
  if (problem !== undefined) {
    const message = `Function ${name} is not triggered: ${problem}`;
    options.log({ level: 'error', category: 'Host.Startup', functionName: name, message });
  }
  return { trigger, stop, describe: () => ({ name, kind: trigger.kind, bindings, ...facts() }) };
}

/** @see https://learn.microsoft.com/azure/azure-functions/disable-function */
function isDisabled(name: string, environment: Environment): boolean {
  const value =
    findSetting(environment, `AzureWebJobs.${name}.Disabled`) ??
    findSetting(environment, `AzureWebJobs_${name}_Disabled`);
  return value?.toLowerCase() === 'true' || value === '1';
}

async function begin(trigger: Trigger, options: ListenerOptions): Promise<Started> {
  try {
    switch (trigger.kind) {
      case 'timer':
        return await beginTimer(trigger, options);
      case 'queue':
        return await beginQueue(trigger, options);
      case 'http': {
        const facts = { route: routeOf(trigger, options.settings.routePrefix), methods: methodsOf(trigger) };
        return { facts: () => facts, stop: NOTHING_TO_STOP };
      }
      case 'other':
        throw new Misdeclared(
          `the local host does not support ${trigger.settings.type}; it supports timer, queue and HTTP triggers.`,
        );
    }
  } catch (error) {
    const facts = { problem: problemOf(error, trigger) };
    return { facts: () => facts, stop: NOTHING_TO_STOP };
  }
}

/**
 * What is wrong with one function: its declaration, or the storage's refusal, for instance of a queue name.
 * @throws Error when the storage did not answer
 */
function problemOf(error: unknown, { kind, metadata }: Trigger): string {
  if (error instanceof Misdeclared) return error.message;
  const [message] = messageOf(error).split('\n');
  const { statusCode } = error as { readonly statusCode?: number };
  if (statusCode !== undefined && statusCode < 500) return `the storage answered ${statusCode}: ${message}`;
  throw new Error(
    `opening the storage of ${kind} ${metadata.name}: ${message}. Start the storage, or correct its connection string.`,
    { cause: error },
  );
}

/** A mistake in the function's declaration or settings. Other functions run. */
class Misdeclared extends Error {
  override readonly name = 'Misdeclared';
}

function declared<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Misdeclared(messageOf(error), { cause: error });
  }
}

async function beginTimer(trigger: Trigger, options: ListenerOptions): Promise<Started> {
  const { metadata, settings, binding } = trigger;
  const { name } = metadata;
  const schedule = declared(() => parseSchedule(textOf(trigger, 'schedule', options.environment)));
  const retry = declared(() => parseRetry(metadata.retryOptions));
  const isMonitored = settings['useMonitor'] !== false && !schedule.isSubMinute;
  const stopping = new AbortController();
  const timer = await startTimer({
    name,
    schedule,
    retry,
    runOnStartup: settings['runOnStartup'] === true,
    store: isMonitored ? await openStore(name, options) : undefined,
    invoke: async (data, retryContext) => {
      await options.worker.whenUp(stopping.signal);
      await options.call({
        functionName: name,
        inputs: { [binding]: data },
        ...(retryContext && { retryContext }),
      });
    },
    now: options.now,
    log: options.log,
  });
  return {
    facts: () => ({ schedule: schedule.text, nextRun: timer.next }),
    stop: () => {
      stopping.abort();
      return timer.stop();
    },
  };
}

async function openStore(name: string, { storageConnectionString, hostId, log }: ListenerOptions) {
  const service = BlobServiceClient.fromConnectionString(storageConnectionString, CLIENT);
  const container: ContainerClient = service.getContainerClient('azure-webjobs-hosts');
  await container.createIfNotExists();
  const onDamage = (message: string): void =>
    log({ level: 'warning', category: 'Host.Timers', functionName: name, message });
  return createTimerStatusStore(container, { hostId, name, onDamage });
}

async function beginQueue(trigger: Trigger, options: ListenerOptions): Promise<Started> {
  const { metadata, binding } = trigger;
  const queueName = declared(() => textOf(trigger, 'queueName', options.environment));
  const service = declared(() =>
    QueueServiceClient.fromConnectionString(connectionOf(trigger, options), CLIENT),
  );
  const queue = await startQueue({
    functionName: metadata.name,
    binding,
    queueName,
    service,
    settings: options.settings.queues,
    whenUp: (signal) => options.worker.whenUp(signal),
    invoke: async (input) => {
      await options.call({ functionName: metadata.name, ...input });
    },
    log: options.log,
  });
  return { facts: () => ({ queueName }), stop: () => queue.stop() };
}

/** The connection of a trigger, which names the app setting with or without Azure's prefix. */
function connectionOf(
  { settings }: Trigger,
  { environment, storageConnectionString }: ListenerOptions,
): string {
  const setting = typeof settings['connection'] === 'string' ? settings['connection'] : '';
  const name = setting === '' ? 'AzureWebJobsStorage' : setting;
  const value = findSetting(environment, `AzureWebJobs${name}`) ?? findSetting(environment, name);
  if (value !== undefined) return value;
  if (name === 'AzureWebJobsStorage' || name === 'Storage') return storageConnectionString;
  throw new Error(
    `its connection names the app setting ${name}, which is not set. Set it to a connection string.`,
  );
}
