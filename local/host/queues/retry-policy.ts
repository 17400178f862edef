import { messageOf, stackOf } from '../errors';
import type { RetryContext } from '../worker/rpc';
import { wait } from '../wait';

/** The `retry` of a function's declaration. */
export interface RetryPolicy {
  /** Undefined: without limit. */
  readonly maxRetries: number | undefined;
  /** The delay before a retry; the first is number 1. */
  delayMs(retry: number): number;
}

/**
 * Parses the retry options that the library registered. Durations are in whole seconds. Azure also varies exponential delays by
 * up to 20 %, which a single host does not need.
 * @throws Error for an unknown strategy
 * @see https://learn.microsoft.com/azure/azure-functions/functions-bindings-error-pages#retry-policies
 */
export function parseRetry(options: Readonly<Record<string, unknown>> | undefined): RetryPolicy | undefined {
  if (options === undefined) return undefined;
  const seconds = (key: string): number =>
    (options[key] as { readonly seconds: number } | undefined)?.seconds ?? 0;
  const maxRetryCount = Number(options['maxRetryCount']);
  const maxRetries = maxRetryCount === -1 ? undefined : maxRetryCount;
  switch (options['retryStrategy']) {
    case 'fixedDelay':
      return { maxRetries, delayMs: () => seconds('delayInterval') * 1000 };
    case 'exponentialBackoff':
      return {
        maxRetries,
        delayMs: (retry) =>
          Math.min(seconds('minimumInterval') * 2 ** (retry - 1), seconds('maximumInterval')) * 1000,
      };
    default:
      throw new Error(
        `retry strategy "${String(options['retryStrategy'])}" is not "fixedDelay" or "exponentialBackoff"`,
      );
  }
}

/**
 * Repeats `attempt` until it succeeds or the policy ends. The first call has no retry context, as in Azure.
 * @throws the error of the last attempt; after an abort, the latest error
 */
export async function withRetries(
  policy: RetryPolicy | undefined,
  attempt: (context?: RetryContext) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  let context: RetryContext | undefined;
  for (let retry = 1; ; retry += 1) {
    try {
      return await attempt(context);
    } catch (error) {
      if (policy === undefined || signal.aborted || retry > (policy.maxRetries ?? Infinity)) throw error;
      await wait(policy.delayMs(retry), signal);
      if (signal.aborted) throw error;
      context = {
        retryCount: retry,
        maxRetryCount: policy.maxRetries ?? -1,
        exception: { message: messageOf(error), source: '', stackTrace: stackOf(error) },
      };
    }
  }
}
