import type { Json } from '../../contract/json';
import { parseJson } from '../../values/json/json';

/** What one clause of an answer says, or one code in it. */
export interface Clause {
  /** In lower case, one space between words and around them: ` user rate limit exceeded `. A code reads like a sentence. */
  readonly words: string;
  /** One word as programs write it: `rateLimitExceeded`, `REQUEST_LIMIT_EXCEEDED`, `ThrottlingException`. */
  readonly isCode: boolean;
}

/** How much of a body is looked at: an error is short, and a web page says what it has to say at its beginning. */
const MAX_BYTES = 16_384;
const CODE = /^[\w.#:/-]{1,80}$/;
/** Of `com.acme.limits#ThrottlingException`, or of `Policy.Read.All`, each name says something of its own. */
const BETWEEN_NAMES = /[.#:/]/;
const CLAUSE_ENDS = /[.!?;](?=\s|$)|\n/;
const ADDRESS = /\bhttps?:\S+/g;
/** What stands in quotes is what somebody else said: what was asked for, most of the time. */
const QUOTED = /"[^"]*"|`[^`]*`|(?<!\w)'[^']*'(?!\w)/g;
/** Where the next word of `userRateLimit` or of `APIRateLimit` begins. */
const NEXT_WORD = /(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g;
/** Some codes are written without a sign between their words. */
const RUN_TOGETHER = [
  ['ratelimit', 'rate limit'],
  ['toomanyrequests', 'too many requests'],
  ['slowdown', 'slow down'],
] as const;
/** Members that repeat what was asked for, or name a page to read. */
const REPEATS = new Set(
  'documentation documentationurl filter help input instance parameter parameters path query rejectedvalue uri url value'.split(
    ' ',
  ),
);
const INLINE = /^\/?(?:a|b|code|em|i|small|span|strong)$/i;
const HIDDEN = /^(?:script|style)$/i;

/**
 * What the body of an error says, clause by clause: of JSON each text, of HTML and XML what stands between the tags.
 * Names of members, addresses and what stands in quotes are left out.
 */
export function clausesOf(body: Uint8Array): readonly Clause[] {
  const text = new TextDecoder().decode(body.subarray(0, MAX_BYTES));
  return textsOf(text).flatMap((said) =>
    (/^\s*</.test(said) ? betweenTags(said) : [said]).flatMap(clausesIn),
  );
}

function clausesIn(text: string): readonly Clause[] {
  const plain = text.replaceAll(ADDRESS, ' ').trim();
  const isCode = CODE.test(plain);
  const parts = isCode ? plain.split(BETWEEN_NAMES) : plain.replaceAll(QUOTED, ' ').split(CLAUSE_ENDS);
  return parts.map((part) => ({ words: wordsOf(part), isCode }));
}

function wordsOf(text: string): string {
  const words = text
    .replaceAll(NEXT_WORD, ' ')
    .toLowerCase()
    .replaceAll(/[^a-z\d]+/g, ' ');
  return RUN_TOGETHER.reduce((read, [joined, apart]) => read.replaceAll(joined, apart), ` ${words.trim()} `);
}

/** Every text of a JSON body; of any other body, all of it. */
function textsOf(text: string): readonly string[] {
  let left: Json[];
  try {
    left = [parseJson(text)];
  } catch {
    return [text];
  }
  const texts: string[] = [];
  // No function that calls itself: a body may be nested as deep as it is long.
  for (let value = left.pop(); value !== undefined; value = left.pop()) {
    if (typeof value === 'string') texts.push(value);
    else if (Array.isArray(value)) left.push(...(value as readonly Json[]));
    else if (typeof value === 'object' && value !== null)
      left.push(...Object.entries<Json>(value).flatMap(([name, member]) => (isRepeat(name) ? [] : [member])));
  }
  return texts;
}

function isRepeat(name: string): boolean {
  return REPEATS.has(name.toLowerCase().replaceAll(/[_-]/g, ''));
}

/** The texts of a page, each between two tags that begin a new line; a script and a style say nothing. */
function betweenTags(page: string): readonly string[] {
  const pieces = page
    .replaceAll(/\s+/g, ' ')
    .split('<')
    .map((piece) => {
      const end = piece.indexOf('>');
      const name = /^[^\s>]*/.exec(piece)?.[0] ?? '';
      if (end < 0 || HIDDEN.test(name)) return '';
      return `${INLINE.test(name) ? ' ' : '\n'}${piece.slice(end + 1)}`;
    });
  return pieces
    .join('')
    .replaceAll('&quot;', '"')
    .replaceAll(/&#?\w{1,8};/g, ' ')
    .split('\n');
}
