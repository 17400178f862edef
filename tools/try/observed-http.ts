import type { Http, HttpRequest, HttpResponse } from '../../shared/contract/http';

/** One request through the door, and what came of it. */
export interface Exchange {
  readonly request: HttpRequest;
  readonly response?: HttpResponse;
  readonly error?: Error;
}

/** A door that is watched. */
export interface ObservedHttp {
  readonly observe: (http: Http) => Http;
  readonly exchanges: readonly Exchange[];
  /** From now on a request is kept instead of being sent. */
  hold(): void;
  /** The request that was kept. */
  held(): HttpRequest | undefined;
}

/** Fails whoever asks for a request that is kept. */
export class HeldError extends Error {}

/** Watches a door without changing its law: every request that is sent goes through it, once, as it is. */
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
