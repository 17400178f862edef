import { plainText, type PlainText } from './plain-text';
import { partsOf, patternsOf, SHORTEST_PART, type Pattern } from './forms';
import type { SeenSecret } from './seen';

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
  note(seen: readonly SeenSecret[]): void;
  /**
   * A text without the secrets in it: as they are, or as they stand in an address, a form, JSON, HTML, Base64 or
   * hexadecimal digits, within longer Base64 too (`Basic`), and with any character written as a code, or as a code of
   * codes. One of four or five characters is masked as a whole word only. One that is broken into lines, or whose letters
   * have changed their case, is another text.
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
  let compiled: ReadonlyMap<string, readonly Pattern[]> = new Map();
  let [patterns, certain]: [readonly Pattern[], readonly Pattern[]] = [[], []];
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
    // The longest first: what a shorter one leaves of it would be told.
    const longestFirst = (values: readonly string[]): string[] =>
      values.flatMap(partsOf).sort((a, b) => b.length - a.length);
    const noted = [...added, ...tokens, ...passing];
    const parts = longestFirst([...known, ...noted.map(([value]) => value)]);
    compiled = new Map(parts.map((part) => [part, compiled.get(part) ?? patternsOf(part)]));
    patterns = [...compiled.values()].flat();
    const sure = noted.filter(([, isCertain]) => isCertain).map(([value]) => value);
    certain = longestFirst([...known, ...sure])
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
      return masked(text, patterns);
    },
    holds(text) {
      if (!isCompiled) compile();
      return masked(text, certain) !== text;
    },
  };
}

function masked(text: string, patterns: readonly Pattern[]): string {
  const left = patterns.reduce<string>((rest, pattern) => rest.replaceAll(pattern, MASK), text);
  const plain = plainText(left);
  return plain === undefined ? left : withoutCoded(left, plain, patterns);
}

/** Cuts out of a text what the patterns find in it without its codes. */
function withoutCoded(
  text: string,
  { starts, text: plain }: PlainText,
  patterns: readonly Pattern[],
): string {
  const found = patterns.flatMap((pattern) => [...spansOf(plain, pattern)]);
  let [kept, done] = ['', 0];
  for (const [from, to] of found.sort(([a], [b]) => a - b)) {
    const [begin, end] = [starts[from] ?? text.length, starts[to] ?? text.length];
    if (end <= done) continue;
    if (begin >= done) kept += text.slice(done, begin) + MASK;
    done = end;
  }
  return kept + text.slice(done);
}

function* spansOf(text: string, pattern: Pattern): Generator<readonly [from: number, to: number]> {
  if (typeof pattern === 'string') {
    const { length } = pattern;
    for (let at = text.indexOf(pattern); at >= 0; at = text.indexOf(pattern, at + length))
      yield [at, at + length];
  } else {
    for (const { 0: word, index } of text.matchAll(pattern)) yield [index, index + word.length];
  }
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
