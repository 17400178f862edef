import { messageOf, stackOf } from '../errors';
import type { RetryContext } from '../worker/rpc';
import { wait } from '../wait';

/** A function's `retry`, as the app declared it. */
export interface RetryPolicy {
  /** Undefined = for ever. */
  readonly maxRetries: number | undefined;
  /** How long to wait before the retry of this number, from 1. */
  delayMs(retry: number): number;
}

/**
 * Reads the retry options the library registered. Durations arrive in whole seconds. Azure also spreads
 * exponential delays by up to 20 %, which one host alone does not need.
 * @throws Error when the strategy is not one of Azure's two
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
 * Runs `attempt` until it succeeds or the policy is used up; the first call has no retry context, as in Azure.
 * @throws what the last attempt threw, or the latest one once the signal aborts
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
