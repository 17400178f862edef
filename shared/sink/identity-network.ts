import type { ClientSecretCredentialOptions } from '@azure/identity';
import { AsyncLocalStorage } from 'node:async_hooks';
import { AZURE_CA, AZURE_NETWORK } from '../http/azure-network';
import { networkFailure } from '../http/network-failure';

/** The client's error for an attempt that got no answer. */
interface Unanswered {
  readonly code: string | undefined;
  readonly message: string;
  readonly request: { readonly url: string };
}

/** The last attempt to get a token. */
export interface LastAttempt {
  /** Absent when it was answered, or aborted by us. */
  failure?: Unanswered | undefined;
}

const attempts = new AsyncLocalStorage<LastAttempt>();

type Policies = NonNullable<ClientSecretCredentialOptions['additionalPolicies']>;

/**
 * Options for the credential of a registered app: the network of all Azure clients, short retries, because the next run
 * tries again anyway, and a policy that records the last failure. The library itself reports any attempt without an answer
 * only as `network_error`.
 */
export const IDENTITY_NETWORK = {
  ...AZURE_NETWORK,
  retryOptions: { maxRetries: 2, retryDelayInMs: 200, maxRetryDelayInMs: 2_000 },
  additionalPolicies: [
    {
      position: 'perRetry',
      policy: {
        name: 'hear the last failure',
        async sendRequest(request, next) {
          const last = attempts.getStore();
          try {
            const answer = await next(request);
            if (last !== undefined) last.failure = undefined;
            return answer;
          } catch (error) {
            const isGivenUp = request.abortSignal?.aborted === true;
            const { code, message } = error as NodeJS.ErrnoException;
            if (last !== undefined) last.failure = isGivenUp ? undefined : { code, message, request };
            throw error;
          }
        },
      },
    },
  ] satisfies Policies,
};

/** Requests a token, and records the failure of its last attempt in `last`. */
export function recordLastAttempt<T>(last: LastAttempt, ask: () => Promise<T>): Promise<T> {
  return attempts.run(last, ask);
}

/** The error for a last attempt without an answer, by who must act; `undefined` when it was answered or aborted. */
export function failureOfAttempt(doing: string, { failure }: LastAttempt): Error | undefined {
  if (failure === undefined) return undefined;
  const { code, message, request } = failure;
  const names = { address: ['AZURE_CLOUD'], ca: AZURE_CA, who: new URL(request.url).host };
  return networkFailure({ doing, code, message, source: failure, tls: undefined, ...names });
}
