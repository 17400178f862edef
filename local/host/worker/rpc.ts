import type { LogLevel } from '../host-log';

/**
 * The messages between host and worker. In Azure they are protobuf messages over gRPC. Here the same objects go over Node's IPC
 * channel with `serialization: 'advanced'`, which keeps bytes.
 * @see https://github.com/Azure/azure-functions-language-worker-protobuf
 */
export interface TypedData {
  readonly string?: string;
  readonly json?: string;
  readonly bytes?: Uint8Array;
  readonly int?: number;
  readonly double?: number;
  readonly http?: RpcHttpRequest;
}

export interface Nullable<T> {
  readonly value?: T;
}

export type NullableStrings = Readonly<Record<string, Nullable<string>>>;

/** An HTTP request as `@azure/functions` reads it. Header names are lower case. */
export interface RpcHttpRequest {
  readonly url: string;
  readonly method: string;
  readonly nullableHeaders: NullableStrings;
  readonly nullableQuery: NullableStrings;
  readonly nullableParams: NullableStrings;
  readonly body?: TypedData;
}

export interface RpcCookie {
  readonly name: string;
  readonly value: string;
  readonly domain?: Nullable<string>;
  readonly path?: Nullable<string>;
  readonly expires?: Nullable<{ readonly seconds: number }>;
  readonly secure?: Nullable<boolean>;
  readonly httpOnly?: Nullable<boolean>;
  readonly sameSite?: 'none' | 'lax' | 'strict' | 'explicitNone';
  /** Seconds. */
  readonly maxAge?: Nullable<number>;
}

/** An HTTP response as `@azure/functions` writes it. */
export interface RpcHttpResponse {
  readonly statusCode?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: readonly RpcCookie[];
  readonly body?: TypedData;
}

/** One binding of a function; the trigger is the one whose type ends with `Trigger`. */
export interface Binding {
  readonly type: string;
  readonly direction?: string;
  readonly [setting: string]: unknown;
}

export interface FunctionMetadata {
  readonly name: string;
  readonly bindings: Readonly<Record<string, Binding>>;
  readonly retryOptions?: Readonly<Record<string, unknown>>;
}

export interface RetryContext {
  readonly retryCount: number;
  readonly maxRetryCount: number;
  readonly exception?: { readonly message: string; readonly source: string; readonly stackTrace: string };
}

/** One call of a function. `inputs` and `triggerMetadata` are by binding and by metadata name. */
export interface Invocation {
  readonly id: string;
  readonly functionName: string;
  readonly inputs: Readonly<Record<string, TypedData>>;
  readonly triggerMetadata: Readonly<Record<string, TypedData>>;
  readonly retryContext?: RetryContext;
  readonly traceContext?: { readonly traceParent: string };
}

export interface InvocationResponse {
  readonly returnValue?: { readonly http?: RpcHttpResponse } | null;
  readonly outputData?: readonly { readonly name: string; readonly data: unknown }[];
}

export interface RemoteError {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}

/** The worker's message after the app has been loaded. */
export interface LoadedApp {
  readonly functions: readonly FunctionMetadata[];
  readonly programmingModel: { readonly name: string; readonly version: string } | undefined;
  /** The address of the library's own server, if the app streams HTTP. */
  readonly httpUri?: string;
}

export type ToWorker =
  { readonly kind: 'load'; readonly entry: string } | ({ readonly kind: 'invoke' } & Invocation);

export type FromWorker =
  | ({ readonly kind: 'loaded' } & LoadedApp)
  | ({ readonly kind: 'failed' } & RemoteError)
  | { readonly kind: 'result'; readonly id: string; readonly response: InvocationResponse }
  | { readonly kind: 'result'; readonly id: string; readonly error: RemoteError }
  | {
      readonly kind: 'log';
      readonly level: LogLevel;
      readonly message: string;
      readonly category: 'user' | 'system' | 'console';
      readonly functionName?: string;
      readonly invocationId?: string;
    };
