import Module from 'node:module';
import type { LogLevel } from '../host-log';
import type { FunctionMetadata, Invocation, InvocationResponse } from './rpc';

/** A function or a hook of the app, as the library registers it. */
export type Callback = (...args: readonly unknown[]) => unknown;

export type LogCategory = 'user' | 'system';

/** The library's input for one call. */
export interface CoreContext {
  readonly invocationId: string;
  readonly request: Readonly<Record<string, unknown>>;
  readonly metadata: FunctionMetadata;
  state: 'preInvocationHooks' | 'invocation' | 'postInvocationHooks' | undefined;
  log(level: LogLevel, category: LogCategory, message: string): void;
}

export interface InvocationModel {
  getArguments(): Promise<{ readonly context: unknown; readonly inputs: readonly unknown[] }>;
  invokeFunction(context: unknown, inputs: readonly unknown[], callback: Callback): Promise<unknown>;
  getResponse(context: unknown, result: unknown): Promise<InvocationResponse>;
}

export interface ProgrammingModel {
  readonly name: string;
  readonly version: string;
  getInvocationModel(context: CoreContext): InvocationModel | Promise<InvocationModel>;
  getCapabilities?(capabilities: Record<string, string>): Promise<Record<string, string>>;
}

export const HOOKS = ['appStart', 'appTerminate', 'preInvocation', 'postInvocation', 'log'] as const;
export type HookName = (typeof HOOKS)[number];

interface RegisteredFunction {
  readonly metadata: FunctionMetadata;
  readonly callback: Callback;
}

/** What the app registered: functions, hooks, programming model. */
export interface Registry {
  readonly functions: ReadonlyMap<string, RegisteredFunction>;
  readonly hooks: Readonly<Record<HookName, readonly Callback[]>>;
  readonly model: ProgrammingModel | undefined;
  /** Shared by the hooks of the whole app. */
  readonly appHookData: Record<string, unknown>;
  /** Makes later registrations throw, as in Azure. */
  close(): void;
}

type CoreLog = (level: LogLevel, category: LogCategory, message: string) => void;
type Load = (request: string, parent: unknown, isMain: boolean) => unknown;

/**
 * Supplies `@azure/functions-core` to every module that this process loads from now on. In Azure the module is part of the
 * worker and in no registry; the library requires it to detect whether it runs in a host.
 * @see https://github.com/Azure/azure-functions-nodejs-worker
 */
export function installCore(log: CoreLog): Registry {
  const state: State = {
    functions: new Map(),
    hooks: { appStart: [], appTerminate: [], preInvocation: [], postInvocation: [], log: [] },
    appHookData: {},
    model: undefined,
    isOpen: true,
    close: () => void (state.isOpen = false),
  };
  const core = createCoreModule(state, log);
  // Node's loader is not in its public types.
  const load = Reflect.get(Module, '_load') as Load;
  const loadCore: Load = (request, parent, isMain) =>
    request === '@azure/functions-core' ? core : load(request, parent, isMain);
  Reflect.set(Module, '_load', loadCore);
  return state;
}

interface State extends Registry {
  readonly functions: Map<string, RegisteredFunction>;
  readonly hooks: Readonly<Record<HookName, Callback[]>>;
  model: ProgrammingModel | undefined;
  isOpen: boolean;
}

function createCoreModule(state: State, log: CoreLog): Readonly<Record<string, unknown>> {
  return {
    version: '4.0.0',
    hostVersion: '4.0.0',
    log,
    setProgrammingModel: (given: ProgrammingModel) => void (state.model = given),
    getProgrammingModel: () => state.model,
    registerFunction: (metadata: FunctionMetadata, callback: Callback) => {
      if (!state.isOpen) throw new Error('A function can only be registered during app startup.');
      if (state.functions.has(metadata.name)) {
        throw new Error(`Two functions are named "${metadata.name}": give one of them another name.`);
      }
      state.functions.set(metadata.name, { metadata, callback });
      return { dispose: () => void state.functions.delete(metadata.name) };
    },
    registerHook: (name: HookName, callback: Callback) => {
      const list = state.hooks[name] as Callback[] | undefined;
      // By this error the library recognises that a hook is newer than the worker.
      const unknown = new RangeError(`Unrecognized hook "${name}"`);
      if (list === undefined) throw Object.assign(unknown, { isAzureFunctionsSystemError: true });
      list.push(callback);
      return { dispose: () => void list.splice(list.indexOf(callback), 1) };
    },
  };
}

/** The request in the form that the library reads. */
export function toCoreRequest(call: Invocation): Readonly<Record<string, unknown>> {
  return {
    invocationId: call.id,
    inputData: Object.entries(call.inputs).map(([name, data]) => ({ name, data })),
    triggerMetadata: call.triggerMetadata,
    retryContext: call.retryContext,
    traceContext: call.traceContext,
  };
}
