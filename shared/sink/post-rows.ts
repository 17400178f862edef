import type { Http } from '../contract/http';
import type { SinkAnswer } from '../contract/sink';
import { refusalCode } from '../http/refusal-code';

/** One batch, as a sink sends it. */
export interface RowsToPost {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** What a 404 means: `too-large`, or throws who must act. */
  notFound(): 'too-large';
}

/** Posts a batch once, retries of the door aside: a batch that arrives twice is allowed, one that is lost is not. */
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
