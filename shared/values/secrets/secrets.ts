import type { DecodedText } from './decoded-text';
import { encodedForms, partsOf, SHORTEST_PART, type EncodedForm } from './encoded-forms';
import { decodedCopies } from './decoded-text';
import type { ObservedSecret } from './http-secrets';

/** Replaces each secret. */
const MASK = '***';
/** How many of the added values are remembered: the most recent. */
const MAX_ADDED = 1_000;
/** The same for lasting tokens. A separate limit, so that the signatures of single requests displace no token. */
const MAX_TOKENS = 300;
/** The same for all other noted values: each request may have a new signature or cookie. */
const MAX_PASSING = 100;
/** Longer values are not remembered: no header is longer. */
const LONGEST = 16_384;

/** The values that nothing that is written may contain: the secrets of the settings, and those that a run meets. */
export interface Secrets {
  /** Masks this value from now on. Only the last thousand are masked, and none of fewer than four characters. */
  add(value: string): void;
  /** Like `add`, for the secrets that the HTTP client sends and receives: masks the last 300 tokens and the last 100 others. */
  note(seen: readonly ObservedSecret[]): void;
  /**
   * A text with its secrets masked. Searches the text, a copy with its codes decoded, and a copy in joined plain letters, so
   * that these forms are masked, also one within another up to four layers:
   * - plain, in an address, a form, HTML (numbers also without their semicolon), JSON and JavaScript, and in JSON within JSON
   *   at any depth, with any or all characters written as a code;
   * - as Base64, also within longer Base64 (`Basic`), in the URL alphabet, and of UTF-16; as hexadecimal digits, also with
   *   blanks, `:`, `,`, `;`, `-` or `0x` between the bytes, where all bytes of the sequence are masked;
   * - split into lines, also as quoted-printable; in octal codes of ASCII; in full-width letters, with accents as separate
   *   characters, or with characters without width between the letters.
   *
   * A secret of four or five characters is masked only as a whole word, and not where only the joined copy contains it. Not
   * masked: a secret in another case or order, or with blanks or other marks between its letters; its bytes as decimal
   * numbers, in Base32, in Base64 of Base64, compressed, hashed or encrypted; escapes of style sheets.
   */
  mask(text: string): string;
  /**
   * True for a text that contains a certain secret: of the settings, added, or noted as certain. Recognizes every form that
   * `mask` knows. Ignores secrets of fewer than six characters: they occur in any text by chance.
   */
  holds(text: string): boolean;
}

/**
 * Creates the secrets of a run or of the app.
 * @param values the secrets that are known at the start
 * @param wider also gets every added or noted value, to mask output after the run; its limits are those of `note`
 */
export function secretsOf(values: readonly string[], wider?: Pick<Secrets, 'note'>): Secrets {
  const known = new Set(values);
  const added = new Map<string, boolean>();
  const tokens = new Map<string, boolean>();
  const passing = new Map<string, boolean>();
  let compiled: ReadonlyMap<string, readonly EncodedForm[]> = new Map();
  let [forms, certain]: [readonly EncodedForm[], readonly EncodedForm[]] = [[], []];
  let isCompiled = false;

  const remember = (into: Map<string, boolean>, most: number, value: string, isCertain = true): void => {
    if (known.has(value) || value.length > LONGEST) return;
    const before = into.get(value);
    const after = isCertain || before === true;
    if (before !== after) isCompiled = false;
    into.delete(value);
    into.set(value, after);
    if (into.size > most)
      for (const oldest of [...into.keys()].slice(0, into.size - most)) into.delete(oldest);
  };
  const compile = (): void => {
    const noted = [...added, ...tokens, ...passing];
    const partsOfAll = (values: readonly string[]): string[] => values.flatMap(partsOf);
    const parts = partsOfAll([...known, ...noted.map(([value]) => value)]);
    compiled = new Map(parts.map((part) => [part, compiled.get(part) ?? encodedForms(part)]));
    forms = [...compiled.values()].flat();
    const sure = noted.filter(([, isCertain]) => isCertain).map(([value]) => value);
    certain = partsOfAll([...known, ...sure])
      .filter(({ length }) => length >= SHORTEST_PART)
      .flatMap((part) => compiled.get(part) ?? []);
    isCompiled = true;
  };

  return {
    add(value) {
      remember(added, MAX_ADDED, value);
      wider?.note([{ value, isLasting: true, isCertain: true }]);
    },
    note(seen) {
      for (const { isCertain, isLasting, value } of seen) {
        if (isLasting) remember(tokens, MAX_TOKENS, value, isCertain);
        else remember(passing, MAX_PASSING, value, isCertain);
      }
      wider?.note(seen);
    },
    mask(text) {
      if (!isCompiled) compile();
      return masked(text, forms);
    },
    holds(text) {
      if (!isCompiled) compile();
      return masked(text, certain) !== text;
    },
  };
}

function masked(text: string, forms: readonly EncodedForm[]): string {
  const { exact, joined } = decodedCopies(text);
  // The joined copy has no word boundaries left, so whole words cannot be recognized in it.
  const inJoined = joined
    ? spansIn(
        joined,
        forms.filter(({ kind }) => kind !== 'word'),
      )
    : [];
  const found = [...exact.flatMap((copy) => spansIn(copy, forms)), ...inJoined];
  let [kept, done] = ['', 0];
  for (const [from, to] of found.map((span) => withoutHalves(text, span)).sort(([a], [b]) => a - b)) {
    if (to <= done) continue;
    if (from >= done) kept += text.slice(done, from) + MASK;
    done = to;
  }
  return kept + text.slice(done);
}

type Span = readonly [from: number, to: number];

/** Finds the forms in a copy. @returns their spans in the original text */
function spansIn({ ends, starts, text }: DecodedText, forms: readonly EncodedForm[]): Span[] {
  const lower = text.toLowerCase();
  // In lower case, one Turkish letter becomes two and shifts everything after it.
  const digits = lower.length === text.length ? lower : text;
  const found: Span[] = [];
  for (const { kind, text: form } of forms) {
    const within = kind === 'hex' ? digits : text;
    const { length } = form;
    for (let at = within.indexOf(form); at >= 0; at = within.indexOf(form, at + length)) {
      const last = at + length - 1;
      if (kind === 'word' && (isLetter(text, at - 1) || isLetter(text, last + 1))) continue;
      found.push([starts?.[at] ?? at, ends?.[last] ?? last + 1]);
    }
  }
  return found;
}

function isLetter(text: string, at: number): boolean {
  return /[A-Za-z0-9]/.test(text.charAt(at));
}

/** Widens a span so that it does not split a backslash from the character that it escapes: JSON stays valid. */
function withoutHalves(text: string, [from, to]: Span): Span {
  const isBehind = '"\\'.includes(text.charAt(to));
  return [isEscaped(text, from) ? from - 1 : from, isBehind && isEscaped(text, to) ? to + 1 : to];
}

/** True after a backslash that is not itself escaped. */
function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text[first - 1] === '\\') first--;
  return (at - first) % 2 === 1;
}

/** The `secret` function of a pull's context: masks a value from now on, and returns it. */
export function secretKeeper(secrets: Pick<Secrets, 'add'>): (value: string) => string {
  return (value) => {
    secrets.add(value);
    return value;
  };
}

/** A text with these values masked: see {@link Secrets}. */
export function maskSecrets(text: string, values: readonly string[]): string {
  return secretsOf(values).mask(text);
}

/** Masks the message and stack of an error. Returns the same error, because its class says who must act. */
export function withoutSecrets(error: unknown, secrets: Pick<Secrets, 'mask'>): unknown {
  if (!(error instanceof Error)) return typeof error === 'string' ? secrets.mask(error) : error;
  error.message = secrets.mask(error.message);
  if (error.stack !== undefined) error.stack = secrets.mask(error.stack);
  return error;
}
