import { createRequire } from 'node:module';
import { captureConsole } from '../capture-console';
import { installCore } from './functions-core';
import { type InvocationLine, runHooks, runInvocation } from './invocation';
import type { FromWorker, Invocation, LoadedApp, RemoteError, ToWorker } from './rpc';

/**
 * The worker: the child process that runs the app, in place of Azure's Node worker. The host forks it. When the channel to the
 * host closes, for any reason, it exits at once.
 */

/** The time that Azure grants `appTerminate` hooks. */
const TERMINATE_GRACE_MS = 5000;

const registry = installCore((level, category, message) => send({ kind: 'log', level, category, message }));
const appLevelHookData = {};

captureConsole((level, message) => send({ kind: 'log', level, category: 'console', message }));
process.on('disconnect', () => process.exit(1));
// Ctrl-C and a closing terminal signal the whole process group, but the host decides when the worker ends.
process.on('SIGINT', () => undefined);
process.on('SIGHUP', () => undefined);
process.once('SIGTERM', () => void terminate());
process.on(
  'message',
  (message: ToWorker) => void (message.kind === 'load' ? load(message.entry) : invoke(message)),
);

async function load(entry: string): Promise<void> {
  try {
    createRequire(entry)(entry);
    registry.close();
    const capabilities = (await registry.model?.getCapabilities?.({ RawHttpBodyBytes: 'true' })) ?? {};
    await runHooks(registry, 'appStart', { hookData: appLevelHookData, appHookData: registry.appHookData });
    send({ kind: 'loaded', ...describe(capabilities['HttpUri']) });
  } catch (error) {
    send({ kind: 'failed', ...toRemote(error) }, () => process.exit(1));
  }
}

function describe(httpUri: string | undefined): LoadedApp {
  const { model } = registry;
  // Serialised by JSON, as in Azure: values in a binding that are not data must not break the channel.
  const functions = [...registry.functions.values()].map(
    ({ metadata }) => JSON.parse(JSON.stringify(metadata)) as LoadedApp['functions'][number],
  );
  return {
    functions,
    programmingModel: model && { name: model.name, version: model.version },
    ...(httpUri === undefined ? {} : { httpUri }),
  };
}

async function invoke(call: Invocation): Promise<void> {
  try {
    send({ kind: 'result', id: call.id, response: await runInvocation(registry, call, logInvocation) });
  } catch (error) {
    send({ kind: 'result', id: call.id, error: toRemote(error) });
  }
}

function logInvocation({ call, level, category, message, context }: InvocationLine): void {
  const line = { level, category, message, invocationContext: context };
  try {
    for (const hook of registry.hooks.log) hook(line);
  } catch {
    // A log hook that throws must not silence the function's own lines.
  }
  // Hooks may change the function's lines, but not the library's.
  const shown = category === 'user' ? line : { level, message };
  const about = { functionName: call.functionName, invocationId: call.id };
  send({ kind: 'log', level: shown.level, message: shown.message, category, ...about });
}

async function terminate(): Promise<void> {
  setTimeout(() => process.exit(1), TERMINATE_GRACE_MS);
  try {
    await runHooks(registry, 'appTerminate', {
      hookData: appLevelHookData,
      appHookData: registry.appHookData,
    });
  } catch (error) {
    send({ kind: 'log', level: 'error', category: 'system', message: toRemote(error).stack });
  }
  // The exit waits until all messages have been written to the channel.
  send({ kind: 'log', level: 'debug', category: 'system', message: 'The worker is shutting down.' }, () =>
    process.exit(0),
  );
}

function toRemote(error: unknown): RemoteError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), stack: String(error) };
  return { name: error.name, message: error.message, stack: error.stack ?? error.message };
}

function send(message: FromWorker, sent: () => void = () => undefined): void {
  // A message to a closed channel is lost; `disconnect` ends the process.
  if (process.connected) process.send?.(message, undefined, undefined, sent);
}
