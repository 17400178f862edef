import { type CoreContext, type LogCategory, type Registry, toCoreRequest } from './functions-core';
import type { LogLevel } from '../host-log';
import type { Invocation, InvocationResponse } from './rpc';

/** One log line of an invocation; log hooks receive the context. */
export interface InvocationLine {
  readonly call: Invocation;
  readonly level: LogLevel;
  readonly category: LogCategory;
  readonly message: string;
  readonly context: unknown;
}

type HookContext = Record<string, unknown>;

/** Calls the app's hooks of one kind, one after the other, in the order they were registered. */
export async function runHooks(
  registry: Registry,
  name: 'appStart' | 'appTerminate' | 'preInvocation' | 'postInvocation',
  context: HookContext,
): Promise<void> {
  for (const hook of registry.hooks[name]) await hook(context);
}

/**
 * Runs one call as Azure's Node worker does: arguments from the library's invocation model, preInvocation hooks, the function,
 * postInvocation hooks (which receive the error and may clear it), response.
 * @throws the error of the function or of a hook
 */
export async function runInvocation(
  registry: Registry,
  call: Invocation,
  log: (line: InvocationLine) => void,
): Promise<InvocationResponse> {
  const found = registry.functions.get(call.functionName);
  if (found === undefined || registry.model === undefined) {
    throw new Error(`Function "${call.functionName}" is not loaded and cannot be invoked.`);
  }
  const known: { context?: unknown } = {};
  const core: CoreContext = {
    invocationId: call.id,
    request: toCoreRequest(call),
    metadata: found.metadata,
    state: undefined,
    log: (level, category, message) => log({ call, level, category, message, context: known.context }),
  };
  const model = await registry.model.getInvocationModel(core);
  const given = await model.getArguments();
  const context = (known.context = given.context);

  const { appHookData } = registry;
  const shared = { hookData: {}, appHookData, invocationContext: context };
  const before = { ...shared, inputs: given.inputs, functionCallback: found.callback };
  await during(core, 'preInvocationHooks', () => runHooks(registry, 'preInvocation', before));

  const after = { ...shared, inputs: before.inputs, result: null as unknown, error: null as unknown };
  await during(core, 'invocation', async () => {
    try {
      after.result = await model.invokeFunction(context, before.inputs, before.functionCallback);
    } catch (error) {
      after.error = error ?? new Error('Unknown error');
    }
  });
  await during(core, 'postInvocationHooks', () => runHooks(registry, 'postInvocation', after));
  if (after.error !== null && after.error !== undefined) throw toError(after.error);
  return model.getResponse(context, after.result);
}

async function during(
  core: CoreContext,
  state: CoreContext['state'],
  work: () => Promise<void>,
): Promise<void> {
  core.state = state;
  try {
    await work();
  } finally {
    core.state = undefined;
  }
}

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
