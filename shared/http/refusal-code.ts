import type { HttpResponse } from '../contract/http';
import type { Json } from '../contract/json';
import { compilePath } from '../values/json-path';

const PATHS = ['error.code', 'Error'].map((path) => compilePath(path));

/**
 * The status and the error code of a service that refuses the content of a post: `error.code` of the Logs Ingestion API,
 * `Error` of the Data Collector API. The message is omitted, because it may quote a row.
 */
export function refusalCode(answer: HttpResponse): string {
  const code = codeIn(answer);
  return /^\w{1,60}$/.test(code) ? `${answer.status} ${code}` : `${answer.status}`;
}

/** The code, such as `AuthorizationFailed`; empty when there is none, or when it is not a single word of letters. */
export function refusalWord(answer: HttpResponse): string {
  const code = codeIn(answer);
  return /^[A-Za-z]{1,40}$/.test(code) ? code : '';
}

function codeIn(answer: HttpResponse): string {
  const code = PATHS.map((path) => path(bodyOf(answer))).find((found) => typeof found === 'string');
  return typeof code === 'string' ? code : '';
}

function bodyOf(answer: HttpResponse): Json {
  try {
    return answer.json();
  } catch {
    return null;
  }
}
