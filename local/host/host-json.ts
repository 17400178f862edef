import { readFileSync } from 'node:fs';
import { messageOf } from './errors';
import { type Environment, findSetting } from './app-settings';
import { parseTimeSpan } from './time-span';

/** `extensions.queues` of host.json. */
export interface QueueSettings {
  /** Messages fetched at once; at most 32. */
  readonly batchSize: number;
  /** The next batch is fetched when no more than this many messages are being worked on. */
  readonly newBatchThreshold: number;
  /** A message with this many failures goes to `<queue>-poison`. */
  readonly maxDequeueCount: number;
  /** How long a message stays hidden after a failure. */
  readonly visibilityTimeoutMs: number;
  readonly maxPollingIntervalMs: number;
  readonly messageEncoding: 'base64' | 'none';
}

/** The values of host.json that the local host uses. It ignores the rest. */
export interface HostSettings {
  readonly routePrefix: string;
  /** Undefined when unlimited. */
  readonly functionTimeoutMs: number | undefined;
  readonly queues: QueueSettings;
}

/**
 * The longest polling interval of an empty queue. Azure's default is 1 minute, to save storage transactions. Those are free on
 * a laptop, and its user waits for the message.
 */
const MAX_LOCAL_POLLING_MS = 2000;
const DEFAULT_POLLING_INTERVAL = '00:01:00';
const DEFAULT_TIMEOUT = '00:05:00';

/**
 * Reads host.json. Each value can be overridden by an app setting `AzureFunctionsJobHost__path__to__key`.
 * @throws Error naming file, key and what is allowed
 * @see https://learn.microsoft.com/azure/azure-functions/functions-host-json
 */
export function readHostJson(file: string, environment: Environment): HostSettings {
  const json = parseFile(file);
  const text = (path: string, otherwise: string): string => {
    const override = findSetting(environment, `AzureFunctionsJobHost__${path.replaceAll('.', '__')}`);
    const value = override ?? find(json, path.split('.')) ?? otherwise;
    return typeof value === 'string' ? value : JSON.stringify(value);
  };
  const read = <T>(path: string, otherwise: string, parse: (value: string) => T): T => {
    try {
      return parse(text(path, otherwise));
    } catch (error) {
      throw new Error(`reading ${file}: ${path}: ${messageOf(error)}`, { cause: error });
    }
  };
  const count = (path: string, otherwise: number, [min, max]: readonly [number, number]): number =>
    read(path, String(otherwise), (value) => parseCount(value, min, max));

  const batchSize = count('extensions.queues.batchSize', 16, [1, 32]);
  const polling = read('extensions.queues.maxPollingInterval', DEFAULT_POLLING_INTERVAL, parseTimeSpan);
  return {
    routePrefix: text('extensions.http.routePrefix', 'api').replace(/^\/+|\/+$/g, ''),
    functionTimeoutMs: read('functionTimeout', DEFAULT_TIMEOUT, parseTimeout),
    queues: {
      batchSize,
      newBatchThreshold: count('extensions.queues.newBatchThreshold', Math.floor(batchSize / 2), [0, 1000]),
      maxDequeueCount: count('extensions.queues.maxDequeueCount', 5, [1, 1000]),
      visibilityTimeoutMs: read('extensions.queues.visibilityTimeout', '00:00:00', parseTimeSpan),
      maxPollingIntervalMs: Math.min(polling, MAX_LOCAL_POLLING_MS),
      messageEncoding: read('extensions.queues.messageEncoding', 'base64', parseEncoding),
    },
  };
}

function parseFile(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown;
  } catch (error) {
    throw new Error(`reading ${file}: ${messageOf(error)}. It must be a Functions host.json.`, {
      cause: error,
    });
  }
}

function find(json: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined,
    json,
  );
}

function parseTimeout(value: string): number | undefined {
  return value === '-1' ? undefined : parseTimeSpan(value);
}

function parseCount(value: string, min: number, max: number): number {
  const count = Number(value);
  if (!Number.isInteger(count) || count < min || count > max) {
    throw new Error(`must be a whole number from ${min} to ${max}; it is ${value}.`);
  }
  return count;
}

function parseEncoding(value: string): 'base64' | 'none' {
  const encoding = value.toLowerCase();
  if (encoding !== 'base64' && encoding !== 'none')
    throw new Error(`must be "base64" or "none"; it is "${value}".`);
  return encoding;
}
