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
  hold(): void;
  /** The withheld request. */
  held(): HttpRequest | undefined;
}

/** Thrown for a withheld request. */
export class HeldError extends Error {}

/** Observes an HTTP client: every request goes through it once, unchanged. */
export function observedHttp(): ObservedHttp {
  const exchanges: Exchange[] = [];
  let isHeld = false;
  let held: HttpRequest | undefined;
  return {
    exchanges,
    hold: () => void (isHeld = true),
    held: () => held,
    observe: (http) => ({
      async request(request) {
        if (isHeld) {
          held ??= request;
          throw new HeldError('the request is kept and not sent');
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
