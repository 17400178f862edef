import type { DecodedText } from './decoded-text';
import { encodedForms, partsOf, SHORTEST_PART, type EncodedForm } from './encoded-forms';
import { decodedCopies } from './decode-text';
import type { ObservedSecret } from './http-secrets';

/** What stands where a secret stood. */
const MASK = '***';
/** How many of the values that a run came upon are remembered, the last ones. */
const MAX_ADDED = 1_000;
/** Of the tokens that it was given: apart, so that what each request has anew pushes none of them out. */
const MAX_TOKENS = 300;
/** Of the others: a signature and a cookie are one for each request. */
const MAX_PASSING = 100;
/** No header is longer. */
const LONGEST = 16_384;

/** What must stand in nothing that is written: the secrets of the settings, and those that come up in a run. */
export interface Secrets {
  /** From now on this is masked; of such values the last thousand are. One of fewer than four characters is not. */
  add(value: string): void;
  /** As `add`, for what the door sends and receives: of tokens the last 300 are masked, of all else the last hundred. */
  note(seen: readonly ObservedSecret[]): void;
  /**
   * A text without the secrets in it. They are looked for in the text, in a copy without codes, and in one that is joined
   * and in plain letters, so that these are masked, and each within another up to four layers, too:
   * - as they are, in an address, a form, HTML (numbers also without their semicolon), JSON and JavaScript, and in JSON
   *   within JSON however deep, with any or all of their characters written as a code;
   * - as Base64, also within longer Base64 (`Basic`), for addresses, and of UTF-16; as hexadecimal digits, also with blanks,
   *   `:`, `,`, `;`, `-` or `0x` between the bytes, where all bytes of the row are masked;
   * - broken into lines, also as quoted-printable; in octal codes of ASCII; in full-width letters, with accents apart, or
   *   with what has no width between the letters.
   *
   * One of four or five characters is masked as a whole word alone, and not in what only the joined copy says. These are
   * other texts, and stay: one whose letters have changed their case or order, with blanks or other marks between them; its
   * bytes as decimal numbers, in Base32, in Base64 of Base64, packed, hashed or encrypted; codes of style sheets.
   */
  mask(text: string): string;
  /**
   * True for a text with a secret in it that is certainly one: of the settings, added, or noted as certain. In any form
   * that `mask` knows; one of fewer than six characters stands in any text by chance.
   */
  holds(text: string): boolean;
}

/**
 * The secrets that are known at the beginning.
 * @param wider is told of all that comes up too, for what outlives a run; it remembers as much of it as of what it notes
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
  // The joined copy has lost the ends of words, so that a form may begin or end anywhere in it.
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

/** Where one of these stands in a copy, as places in the text that it was made of. */
function spansIn({ ends, starts, text }: DecodedText, forms: readonly EncodedForm[]): Span[] {
  const lower = text.toLowerCase();
  // One letter of Turkish is two in lower case, and moves all behind it.
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

/** With the whole of a backslash and what stands behind it, so that JSON remains JSON. */
function withoutHalves(text: string, [from, to]: Span): Span {
  const isBehind = '"\\'.includes(text.charAt(to));
  return [isEscaped(text, from) ? from - 1 : from, isBehind && isEscaped(text, to) ? to + 1 : to];
}

/** True behind a backslash that no other one stands for. */
function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text[first - 1] === '\\') first--;
  return (at - first) % 2 === 1;
}

/** What a pull is given to keep a secret with. */
export function secretKeeper(secrets: Pick<Secrets, 'add'>): (value: string) => string {
  return (value) => {
    secrets.add(value);
    return value;
  };
}

/** A text without these values in it: see {@link Secrets}. */
export function maskSecrets(text: string, values: readonly string[]): string {
  return secretsOf(values).mask(text);
}

/** An error whose words hold no secret: the same one, because its kind says who must act. */
export function withoutSecrets(error: unknown, secrets: Pick<Secrets, 'mask'>): unknown {
  if (!(error instanceof Error)) return typeof error === 'string' ? secrets.mask(error) : error;
  error.message = secrets.mask(error.message);
  if (error.stack !== undefined) error.stack = secrets.mask(error.stack);
  return error;
}
