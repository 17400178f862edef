/** A fault for some requests to one endpoint. */
export interface Rule<Action, Request> {
  readonly action: Action;
  /** The requests that the rule is for. @default all */
  readonly matches?: (request: Request) => boolean;
  /** How many of them pass first. @default 0 */
  readonly skip?: number;
  /** How many of them the action is applied to. @default 1 */
  readonly times?: number;
}

/** The rules of one endpoint. The first rule that matches and is not used up applies. */
export interface Rules<Action, Request> {
  add(...rules: readonly Rule<Action, Request>[]): void;
  clear(): void;
  next(request: Request): Action | undefined;
  /** How many requests a rule was applied to. */
  readonly hits: number;
}

/** Starts without rules. */
export function createRules<Action, Request>(): Rules<Action, Request> {
  let rules: { readonly rule: Rule<Action, Request>; skip: number; times: number }[] = [];
  let hits = 0;
  return {
    get hits() {
      return hits;
    },
    add(...more) {
      rules.push(...more.map((rule) => ({ rule, skip: rule.skip ?? 0, times: rule.times ?? 1 })));
    },
    clear() {
      rules = [];
    },
    next(request) {
      for (const one of rules) {
        if (one.times === 0 || one.rule.matches?.(request) === false) continue;
        if (one.skip > 0) {
          one.skip--;
          continue;
        }
        one.times--;
        hits++;
        return one.rule.action;
      }
      return undefined;
    },
  };
}
