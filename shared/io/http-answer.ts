import type { AxiosResponse } from 'axios';
import { ContractError } from '../contract/errors';
import type { HttpResponse } from '../contract/http';
import { parseJson } from '../kit/json';
import type { Secrets } from '../kit/secrets';

/** What of an answer's body an error may quote, and what of it is looked through for that. */
const EXCERPT_CHARACTERS = 200;
const READ_BYTES = 65_536;

/** An answer of any status. */
export interface Answer extends HttpResponse {
  /** What the status line says beside the status. */
  readonly reason: string;
}

/** An answer as a caller sees it; its body is read as JSON only where that is asked for. */
export function toResponse(response: AxiosResponse<Buffer>, doing: string): Answer {
  const body = response.data;
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    headers[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : String(value);
  }
  return {
    status: response.status,
    reason: response.statusText,
    headers,
    body,
    json() {
      const text = new TextDecoder().decode(body);
      try {
        return parseJson(text);
      } catch (cause) {
        throw new ContractError(`${doing}: ${notJson(text, headers['content-type'])}`, { cause });
      }
    },
  };
}

function notJson(text: string, contentType = 'no content type'): string {
  if (text.trim() === '') return 'the answer is empty where JSON was promised.';
  if (text.trimStart().startsWith('<')) {
    return `the answer is a web page (${contentType}), not JSON. Check that the address is the one of the API.`;
  }
  return `the answer (${contentType}, ${text.length} characters) is not whole JSON. The next run asks for it again.`;
}

/** The beginning of a body on one line, behind a colon; nothing where there is none. */
export function excerpt(body: Uint8Array, secrets: Pick<Secrets, 'mask'>): string {
  const text = secrets
    .mask(Buffer.from(body.subarray(0, READ_BYTES)).toString('utf8'))
    .replace(/\s+/g, ' ')
    .trim();
  return text === '' ? '' : `: ${text.slice(0, EXCERPT_CHARACTERS)}`;
}
