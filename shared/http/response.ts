import type { AxiosResponse } from 'axios';
import { ContractError } from '../contract/errors';
import type { HttpResponse } from '../contract/http';
import type { Json } from '../contract/json';
import type { Secrets } from '../values/secrets/secrets';
import { readDecodedBody, WrongFormat } from './response-format';
import { readJsonBody } from './response-json';

/** How much of a body an error quotes, and how much of it is read for the quote. */
const EXCERPT_CHARACTERS = 200;
const READ_BYTES = 65_536;

/** An answer of any status. */
export interface Answer extends HttpResponse {
  /** The reason phrase of the status line. */
  readonly reason: string;
}

/** The headers by lower-case name. */
export function headersOf({ headers }: Pick<AxiosResponse, 'headers'>): Record<string, string> {
  const values = Object.entries(headers).map(([name, value]): [string, string] => [
    name.toLowerCase(),
    Array.isArray(value) ? value.join(', ') : String(value),
  ]);
  return Object.fromEntries(values);
}

/** Converts an axios response to an answer. @param decode reads the body of a 2xx */
export async function toResponse(
  response: AxiosResponse<Buffer>,
  doing: string,
  decode?: (body: Uint8Array, contentType: string) => Promise<Json>,
): Promise<Answer> {
  const body = response.data;
  const headers = headersOf(response);
  const contentType = headers['content-type'];
  const isFine = response.status >= 200 && response.status < 300;
  const read =
    decode === undefined || !isFine
      ? await readJsonBody(body, contentType)
      : await readDecodedBody(body, contentType, decode);
  return {
    status: response.status,
    reason: response.statusText,
    headers,
    body,
    json() {
      try {
        return read();
      } catch (cause) {
        throw new ContractError(
          `${doing}: ${cause instanceof WrongFormat ? cause.message : notJson(body, contentType)}`,
          { cause },
        );
      }
    },
  };
}

function notJson(body: Uint8Array, contentType = 'no content type'): string {
  const beginning = Buffer.from(body.subarray(0, READ_BYTES)).toString('utf8').trimStart();
  if (beginning === '') return 'the answer is empty where JSON was expected.';
  if (beginning.startsWith('<')) {
    return `the answer is a web page (${contentType}), not JSON. Check that the address is the one of the API.`;
  }
  return `the answer (${contentType}, ${body.length} bytes) is not whole JSON. The next run asks for it again.`;
}

/** The beginning of a body on one line, after a colon, with secrets masked; empty without a body. */
export function excerpt(body: Uint8Array, secrets: Pick<Secrets, 'mask'>): string {
  const text = secrets
    .mask(Buffer.from(body.subarray(0, READ_BYTES)).toString('utf8'))
    .replace(/\s+/g, ' ')
    .trim();
  return text === '' ? '' : `: ${text.slice(0, EXCERPT_CHARACTERS)}`;
}
