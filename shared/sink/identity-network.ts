import type { ClientSecretCredentialOptions } from '@azure/identity';
import { AsyncLocalStorage } from 'node:async_hooks';
import { AZURE_CA, AZURE_NETWORK } from '../http/azure-network';
import { networkFailure } from '../http/network-failure';

/** An attempt that got no answer, as the client tells it. */
interface Unanswered {
  readonly code: string | undefined;
  readonly message: string;
  readonly request: { readonly url: string };
}

/** The last attempt to get a token. */
export interface LastAttempt {
  /** Absent where it was answered, or given up by us. */
  failure?: Unanswered | undefined;
}

const attempts = new AsyncLocalStorage<LastAttempt>();

type Policies = NonNullable<ClientSecretCredentialOptions['additionalPolicies']>;

/**
 * What the credential of a registered app is given: the way of all connections, retries that are short, because the next
 * run tries again anyway, and an ear. The library says of any attempt without an answer `network_error`, and no more.
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

/** Asks for a token; what is heard of its last attempt meanwhile stands in `last`. */
export function recordLastAttempt<T>(last: LastAttempt, ask: () => Promise<T>): Promise<T> {
  return attempts.run(last, ask);
}

/** Why the last attempt was not answered, and who must act; `undefined` where it was. */
export function failureOfAttempt(doing: string, { failure }: LastAttempt): Error | undefined {
  if (failure === undefined) return undefined;
  const { code, message, request } = failure;
  const names = { address: ['AZURE_CLOUD'], ca: AZURE_CA, who: new URL(request.url).host };
  return networkFailure({ doing, code, message, source: failure, tls: undefined, ...names });
}
