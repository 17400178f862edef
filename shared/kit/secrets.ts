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
   * A text without the secrets in it: as they are, or as they stand in an address, a form, JSON, HTML or Base64, within
   * longer Base64 too (`Basic`). One of four or five characters is masked as a whole word only.
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
      let masked = text;
      for (const patterns of compiled.values())
        for (const pattern of patterns) masked = masked.replaceAll(pattern, MASK);
      return masked;
    },
  };
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
