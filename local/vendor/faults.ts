/** How a vendor answers a correct request wrongly. */
export type FaultKind =
  | {
      readonly do: 'status';
      readonly status: number;
      readonly retryAfterSeconds?: number;
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** The correct answer with these headers instead of its own; `content-length` may be wrong, and ends the connection. */
  | { readonly do: 'headers'; readonly headers: Readonly<Record<string, string>> }
  /**
   * The connection is reset. `before`: not a byte of an answer; `during`: half of the body, less than it promised;
   * `after`: as soon as the whole body was sent.
   */
  | { readonly do: 'close'; readonly when: 'before' | 'during' | 'after' }
  /** A complete answer that contains half of the JSON text. */
  | { readonly do: 'truncated' }
  /** A complete answer that contains half of the gzip data. */
  | { readonly do: 'truncated-gzip' }
  | { readonly do: 'html' }
  | { readonly do: 'redirect'; readonly to: string }
  /** The page, followed by this many spaces. */
  | { readonly do: 'huge'; readonly bytes: number }
  | { readonly do: 'slow'; readonly ms: number }
  /** The body arrives in pieces, over this time. */
  | { readonly do: 'slow-body'; readonly ms: number }
  /**
   * What the first request that met this was answered at the same path, once more. For a reader that goes on as the answer
   * says, it never ends.
   */
  | { readonly do: 'same-answer' }
  /** The page says that there is more, and names the page that was just asked for as the next one. */
  | { readonly do: 'same-token' }
  /** The next link leads to this origin. */
  | { readonly do: 'foreign-link'; readonly to: string }
  /** The records of the previous page again; then the next pages as usual. */
  | { readonly do: 'repeated-page' }
  /** A page without records that says that there is more. */
  | { readonly do: 'empty-page' }
  /** These records, as JSON text, before the others: deep nesting, `__proto__` keys, whatever a page may hold. */
  | { readonly do: 'more-records'; readonly records: readonly string[] };

/** A rule for the next matching requests. */
export type VendorFault = FaultKind & {
  readonly connector?: string;
  readonly source?: string;
  /** How many matching requests pass first. @default 0 */
  readonly skip?: number;
  /** To how many matching requests it applies. @default 1 */
  readonly times?: number;
};

const KINDS: Readonly<Record<FaultKind['do'], true>> = {
  status: true,
  headers: true,
  close: true,
  truncated: true,
  'truncated-gzip': true,
  html: true,
  redirect: true,
  huge: true,
  slow: true,
  'slow-body': true,
  'same-answer': true,
  'same-token': true,
  'foreign-link': true,
  'repeated-page': true,
  'empty-page': true,
  'more-records': true,
};

/** True for a list of rules that was received as JSON. */
export function areFaults(value: unknown): value is readonly VendorFault[] {
  const isFault = (each: unknown): boolean =>
    typeof each === 'object' && each !== null && Object.hasOwn(KINDS, String((each as { do?: unknown }).do));
  return Array.isArray(value) && value.every(isFault);
}

/** The active rules. The first rule that matches and is not used up applies to a request. */
export interface Faults {
  /** Replaces all rules. */
  set(rules: readonly VendorFault[]): void;
  /** @param canMeet whether a kind of fault is possible for the answer; rules of other kinds are skipped */
  next(connector: string, source: string, canMeet: (kind: FaultKind['do']) => boolean): FaultKind | undefined;
  /** To how many requests a rule has applied. */
  readonly met: number;
}

/** Starts with no rules. */
export function noFaults(): Faults {
  let rules: { readonly fault: VendorFault; skip: number; times: number }[] = [];
  let met = 0;
  return {
    get met() {
      return met;
    },
    set(faults) {
      rules = faults.map((fault) => ({ fault, skip: fault.skip ?? 0, times: fault.times ?? 1 }));
    },
    next(connector, source, canMeet) {
      for (const rule of rules) {
        const { fault } = rule;
        if (rule.times === 0 || (fault.connector ?? connector) !== connector) continue;
        if ((fault.source ?? source) !== source || !canMeet(fault.do)) continue;
        if (rule.skip > 0) {
          rule.skip--;
          return undefined;
        }
        rule.times--;
        met++;
        return fault;
      }
      return undefined;
    },
  };
}
