/** When something happens to the requests of one endpoint. */
export interface Rule<Does, Asked> {
  /** What they meet. */
  readonly does: Does;
  /** Which requests. @default all */
  readonly on?: (asked: Asked) => boolean;
  /** How many of them pass first. @default 0 */
  readonly skip?: number;
  /** How many of them it meets. @default 1 */
  readonly times?: number;
}

/** The rules in force at one endpoint; a request meets the first one that is not used up. */
export interface Rules<Does, Asked> {
  add(...rules: readonly Rule<Does, Asked>[]): void;
  clear(): void;
  next(asked: Asked): Does | undefined;
  /** How many requests met one. */
  readonly met: number;
}

/** Starts without rules. */
export function noRules<Does, Asked>(): Rules<Does, Asked> {
  let rules: { readonly rule: Rule<Does, Asked>; skip: number; times: number }[] = [];
  let met = 0;
  return {
    get met() {
      return met;
    },
    add(...more) {
      rules.push(...more.map((rule) => ({ rule, skip: rule.skip ?? 0, times: rule.times ?? 1 })));
    },
    clear() {
      rules = [];
    },
    next(asked) {
      for (const one of rules) {
        if (one.times === 0 || one.rule.on?.(asked) === false) continue;
        if (one.skip > 0) {
          one.skip--;
          continue;
        }
        one.times--;
        met++;
        return one.rule.does;
      }
      return undefined;
    },
  };
}
