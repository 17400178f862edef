import type { PullContext, Page, Pull } from '../../shared/contract/connector';
import { ContractError } from '../../shared/contract/errors';
import type { Http, HttpRequest } from '../../shared/contract/http';
import type { Json, JsonObject } from '../../shared/contract/json';
import { sleepAndPoll } from '../../shared/kit/sleep-and-poll';
import { fakeClock } from './fake-clock';

/** One answer of the script: its body and headers. */
export interface ScriptedAnswer {
  readonly body: Json;
  /** @default 200 */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An HTTP client that returns scripted answers in order, records requests, and refuses other origins. */
export function scriptedHttp(
  origin: string,
  answers: readonly ScriptedAnswer[],
): Http & { readonly asked: readonly HttpRequest[] } {
  const asked: HttpRequest[] = [];
  return {
    asked,
    request(request) {
      if (new URL(request.url).origin !== origin) {
        return Promise.reject(
          new ContractError(`asking ${new URL(request.url).origin}: it is not declared.`),
        );
      }
      const answer = answers[asked.push(request) - 1];
      if (answer === undefined) return Promise.reject(new Error('the script has no answer left'));
      return Promise.resolve({
        status: answer.status ?? 200,
        headers: answer.headers ?? {},
        body: new Uint8Array(),
        json: () => answer.body,
      });
    },
  };
}

/** A pull's context, by default with a start on 1 November 2026 and no checkpoint. */
export function pullContext(http: Http, parts: Partial<PullContext> = {}): PullContext {
  const { signal } = new AbortController();
  const clock = fakeClock('2026-11-02T00:00:00Z');
  return {
    http,
    settings: { url: 'https://vendor.test', token: 'local-token' },
    checkpoint: null,
    startFrom: new Date('2026-11-01T00:00:00Z'),
    newest: undefined,
    time: 'at',
    startedAt: new Date('2026-11-02T00:00:00Z'),
    signal,
    secret: (value) => value,
    ...sleepAndPoll({ clock, deadline: new Date('2026-11-02T00:05:00Z'), signal }),
    ...parts,
  };
}

/** Every page of a pull. */
export async function readAll(pull: Pull, context: PullContext): Promise<readonly Page[]> {
  const pages: Page[] = [];
  for await (const page of pull(context)) pages.push(page);
  return pages;
}

/** The position after the last page. */
export function lastPosition(pages: readonly Page[]): JsonObject | undefined {
  return pages.at(-1)?.checkpoint;
}

/** Every page of a pull, and the message of the error that ends it. */
export async function readUntilError(
  pull: Pull,
  context: PullContext,
): Promise<{ readonly pages: readonly Page[]; readonly error: string | undefined }> {
  const pages: Page[] = [];
  try {
    for await (const page of pull(context)) pages.push(page);
    return { pages, error: undefined };
  } catch (error) {
    return { pages, error: (error as Error).message };
  }
}
