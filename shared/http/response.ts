import type { AxiosResponse } from 'axios';
import { ContractError } from '../contract/errors';
import type { HttpResponse } from '../contract/http';
import type { Secrets } from '../values/secrets/secrets';
import { readJsonBody } from './response-json';

/** What of an answer's body an error may quote, and what of it is looked through for that. */
const EXCERPT_CHARACTERS = 200;
const READ_BYTES = 65_536;

/** An answer of any status. */
export interface Answer extends HttpResponse {
  /** What the status line says beside the status. */
  readonly reason: string;
}

/** An answer as a caller sees it. */
export async function toResponse(response: AxiosResponse<Buffer>, doing: string): Promise<Answer> {
  const body = response.data;
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    headers[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : String(value);
  }
  const read = await readJsonBody(body, headers['content-type']);
  return {
    status: response.status,
    reason: response.statusText,
    headers,
    body,
    json() {
      try {
        return read();
      } catch (cause) {
        throw new ContractError(`${doing}: ${notJson(body, headers['content-type'])}`, { cause });
      }
    },
  };
}

function notJson(body: Uint8Array, contentType = 'no content type'): string {
  const beginning = Buffer.from(body.subarray(0, READ_BYTES)).toString('utf8').trimStart();
  if (beginning === '') return 'the answer is empty where JSON was promised.';
  if (beginning.startsWith('<')) {
    return `the answer is a web page (${contentType}), not JSON. Check that the address is the one of the API.`;
  }
  return `the answer (${contentType}, ${body.length} bytes) is not whole JSON. The next run asks for it again.`;
}

/** The beginning of a body on one line, after a colon; empty without a body. */
export function excerpt(body: Uint8Array, secrets: Pick<Secrets, 'mask'>): string {
  const text = secrets
    .mask(Buffer.from(body.subarray(0, READ_BYTES)).toString('utf8'))
    .replace(/\s+/g, ' ')
    .trim();
  return text === '' ? '' : `: ${text.slice(0, EXCERPT_CHARACTERS)}`;
}
