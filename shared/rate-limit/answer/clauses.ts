import type { Json } from '../../contract/json';
import { parseJson } from '../../values/json/json';

/** One clause of an answer, or one code in it. */
export interface Clause {
  /** In lower case, one space between words and around them: ` user rate limit exceeded `. A code is split into words, too. */
  readonly words: string;
  /** True for an identifier: `rateLimitExceeded`, `REQUEST_LIMIT_EXCEEDED`, `ThrottlingException`. */
  readonly isCode: boolean;
}

/** How much of a body is read. An error is short, and a web page names it at its beginning. */
const MAX_BYTES = 16_384;
const CODE = /^[\w.#:/-]{1,80}$/;
/** Between the names of `com.acme.limits#ThrottlingException` or `Policy.Read.All`, which are read one by one. */
const BETWEEN_NAMES = /[.#:/]/;
const CLAUSE_ENDS = /[.!?;](?=\s|$)|\n/;
const ADDRESS = /\bhttps?:\S+/g;
/** Quoted text mostly repeats the request. */
const QUOTED = /"[^"]*"|`[^`]*`|(?<!\w)'[^']*'(?!\w)/g;
/** Where the next word of `userRateLimit` or `APIRateLimit` begins. */
const NEXT_WORD = /(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g;
/** Words that some codes write without anything between them. */
const RUN_TOGETHER = [
  ['ratelimit', 'rate limit'],
  ['toomanyrequests', 'too many requests'],
  ['slowdown', 'slow down'],
] as const;
/** Members that repeat the request or link to documentation. */
const REPEATS = new Set(
  'documentation documentationurl filter help input instance parameter parameters path query rejectedvalue uri url value'.split(
    ' ',
  ),
);
const INLINE = /^\/?(?:a|b|code|em|i|small|span|strong)$/i;
const HIDDEN = /^(?:script|style)$/i;

/**
 * The clauses of an error's body: of every JSON string, or of the text between HTML or XML tags. Member names, addresses
 * and quoted text are left out.
 */
export function clausesOf(body: Uint8Array): readonly Clause[] {
  const text = new TextDecoder().decode(body.subarray(0, MAX_BYTES));
  return textsOf(text).flatMap((each) =>
    (/^\s*</.test(each) ? betweenTags(each) : [each]).flatMap(clausesIn),
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

/** Every string of a JSON body; any other body as it is. */
function textsOf(text: string): readonly string[] {
  let left: Json[];
  try {
    left = [parseJson(text)];
  } catch {
    return [text];
  }
  const texts: string[] = [];
  // Not recursive: a body may be nested as deep as it is long.
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

/** The text of a page without scripts and styles, cut at every tag that begins a new line. */
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
