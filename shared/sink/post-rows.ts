import type { Http } from '../contract/http';
import type { SinkAnswer } from '../contract/sink';
import { refusalCode } from '../http/refusal-code';

/** The POST of one batch. */
export interface RowsToPost {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Interprets a 404. @returns `too-large` @throws the error that names who must act */
  notFound(): 'too-large';
}

/** Posts a batch. The HTTP client may retry it: a batch may arrive twice, but must not be lost. */
export async function postRows(
  http: Http,
  { body, headers, notFound, url }: RowsToPost,
): Promise<SinkAnswer> {
  const request = { method: 'POST', url, headers, body, repeatable: true, accept: [400, 404, 413] } as const;
  const answer = await http.request(request);
  if (answer.status === 413) return 'too-large';
  if (answer.status === 400) return { refused: refusalCode(answer) };
  return answer.status === 404 ? notFound() : 'accepted';
}
