import { plainText, type PlainText } from './plain-text';
import { partsOf, patternsOf, type Pattern } from './secret-forms';

/** What stands where a secret stood. */
const MASK = '***';
/** How many of the values that a run came upon are remembered, the last ones: a signature is one for each request. */
const MAX_ADDED = 1_000;
const MAX_NOTED = 100;
/** No header is longer. */
const LONGEST = 16_384;

/** What must stand in nothing that is written: the secrets of the settings, and those that come up in a run. */
export interface Secrets {
  /** From now on this is masked; of such values the last thousand are. One of fewer than four characters is not. */
  add(value: string): void;
  /** As `add`, for what the door sends and receives: of these the last hundred are masked. */
  note(values: readonly string[]): void;
  /**
   * A text without the secrets in it: as they are, or as they stand in an address, a form, JSON, HTML, Base64 or
   * hexadecimal digits, within longer Base64 too (`Basic`), and with any character written as a code. One of four
   * or five characters is masked as a whole word only.
   */
  mask(text: string): string;
}

/**
 * The secrets that are known at the beginning.
 * @param wider is told of all that comes up too, for what outlives a run; it remembers the last hundred of it
 */
export function secretsOf(values: readonly string[], wider?: Pick<Secrets, 'note'>): Secrets {
  const known = new Set(values);
  const added = new Set<string>();
  const noted = new Set<string>();
  let compiled: ReadonlyMap<string, readonly Pattern[]> = new Map();
  let patterns: readonly Pattern[] = [];
  let isCompiled = false;

  const remember = (into: Set<string>, value: string, most: number): void => {
    if (known.has(value) || value.length > LONGEST) return;
    if (!into.delete(value)) isCompiled = false;
    into.add(value);
    if (into.size > most) for (const oldest of [...into].slice(0, into.size - most)) into.delete(oldest);
  };
  const compile = (): void => {
    // The longest first: what a shorter one leaves of it would be told.
    const parts = [...known, ...added, ...noted].flatMap(partsOf).sort((a, b) => b.length - a.length);
    compiled = new Map(parts.map((part) => [part, compiled.get(part) ?? patternsOf(part)]));
    patterns = [...compiled.values()].flat();
    isCompiled = true;
  };

  return {
    add(value) {
      remember(added, value, MAX_ADDED);
      wider?.note([value]);
    },
    note(found) {
      for (const value of found) remember(noted, value, MAX_NOTED);
      wider?.note(found);
    },
    mask(text) {
      if (!isCompiled) compile();
      const masked = patterns.reduce<string>((left, pattern) => left.replaceAll(pattern, MASK), text);
      const plain = plainText(masked);
      return plain === undefined ? masked : withoutCoded(masked, plain, patterns);
    },
  };
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
