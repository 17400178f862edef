import type { Json } from '../contract/json';
import { parseJson } from './json';

/** How much of a body is looked at: an error is short, and a web page says what it has to say at its beginning. */
const MAX_BYTES = 16_384;
/** A code is one word, as programs write it: `rateLimitExceeded`, `REQUEST_LIMIT_EXCEEDED`, `ThrottlingException`. */
const CODE = /^[\w.#-]{1,80}$/;
/** In a code without its `_`, `-` and `.`, in lower case. */
const CODE_OF_LIMIT =
  /ratelimit|ratequota|toomanyrequests|toomanycalls|throttl|quotaexceeded|exceededquota|slowdown|(?:request|usage|call|api|daily|hourly|concurrency)(?:rate)?limit(?:was|is)?(?:exceeded|reached)/;
/** A right to read or to set limits is called like one. */
const CODE_OF_RIGHT = /(?:read|write|view|manage|admin|permission|scope|forbidden|denied)/;
/** In a sentence, with one space between words. */
const SENTENCE_OF_LIMIT =
  /too many (?:\w+ ){0,2}(?:requests|calls)|\bthrottl|\brate exceeded|\b(?:rate|request|requests|usage|call|calls|api|daily|hourly|concurrency|quota)[ _-]?limits? (?:\w+ ){0,3}(?:exceeded|reached|hit)|\b(?:exceed\w*|reached|hit|over|triggered) (?:\w+ ){0,5}(?:(?:rate|request|usage|call|api)[ _-]?limit|quota)|\bquota (?:\w+ ){0,3}exceeded|\brate[ _-]?limit(?:ed|ing)\b|\babuse detection mechanism/;
/** Whoever is told of a right has asked too much of it, not too often. */
const SENTENCE_OF_RIGHT =
  /\b(?:permissions?|privileges?|scopes?|roles?|licen[cs]ed?|unauthori[sz]ed|not (?:authori[sz]ed|permitted|entitled|accessible))\b/;
const ADDRESS = /\bhttps?:\S+/g;

/**
 * True when the body of an error says that its caller asked too often, in a sentence or by a code, wherever in its JSON
 * that stands. Each text of it is read alone; addresses are left out, because they name the documentation.
 */
export function saysRateLimit(body: Uint8Array): boolean {
  const text = new TextDecoder().decode(body.subarray(0, MAX_BYTES));
  return textsOf(text).some(isRateLimit);
}

function isRateLimit(text: string): boolean {
  const plain = text.replaceAll(ADDRESS, ' ').replace(/\s+/g, ' ').trim();
  if (CODE.test(plain)) {
    const code = plain.toLowerCase().replaceAll(/[_.#-]/g, '');
    return CODE_OF_LIMIT.test(code) && !CODE_OF_RIGHT.test(code);
  }
  const sentence = plain.toLowerCase();
  return SENTENCE_OF_LIMIT.test(sentence) && !SENTENCE_OF_RIGHT.test(sentence);
}

/** Every text of a JSON body, the names of members left out; of any other body, all of it. */
function textsOf(text: string): readonly string[] {
  try {
    return [...leaves(parseJson(text))];
  } catch {
    return [text];
  }
}

function* leaves(value: Json): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (Array.isArray(value)) for (const item of value as readonly Json[]) yield* leaves(item);
  else if (typeof value === 'object' && value !== null)
    for (const member of Object.values<Json>(value)) yield* leaves(member);
}
