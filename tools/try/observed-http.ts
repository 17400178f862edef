import type { Http, HttpRequest, HttpResponse } from '../../shared/contract/http';

/** One request and its outcome. */
export interface Exchange {
  readonly request: HttpRequest;
  readonly response?: HttpResponse;
  readonly error?: Error;
}

/** An HTTP client whose requests are observed. */
export interface ObservedHttp {
  readonly observe: (http: Http) => Http;
  readonly exchanges: readonly Exchange[];
  /** From now on, withholds requests instead of sending them. */
  withhold(): void;
  /** The withheld request. */
  withheld(): HttpRequest | undefined;
}

/** Thrown for a withheld request. */
export class WithheldError extends Error {}

/** Observes an HTTP client: every request goes through it once, unchanged. */
export function observedHttp(): ObservedHttp {
  const exchanges: Exchange[] = [];
  let isHeld = false;
  let held: HttpRequest | undefined;
  return {
    exchanges,
    withhold: () => void (isHeld = true),
    withheld: () => held,
    observe: (http) => ({
      async request(request) {
        if (isHeld) {
          held ??= request;
          throw new WithheldError('the request is kept and not sent');
        }
        try {
          const response = await http.request(request);
          exchanges.push({ request, response });
          return response;
        } catch (error) {
          exchanges.push({ request, error: error as Error });
          throw error;
        }
      },
    }),
  };
}
