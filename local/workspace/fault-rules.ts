import type { Json, JsonObject } from '../../shared/contract/json';
import { isObject } from '../../shared/values/json-path';
import type { ApiName } from './ingestion-api';

/** A simulated fault for the next requests to one API, or to one of its streams or Log-Types. */
export type FaultRule = FaultAction & {
  readonly api: ApiName;
  readonly match?: { readonly stream?: string; readonly logType?: string };
  /** How many requests it applies to. @default 1 */
  readonly times?: number;
};

/**
 * - `drop-after-accept`: accepts all rows, then loses the first `rows` (default: all), with a row in `DCRLogErrors` if the API
 *   has that table
 * - `status`: answers with the status and stores nothing; `code` selects among several errors of a status
 * - `close-before-answer`: stores the rows, then closes the connection
 * - `delay`: waits, then continues as usual
 */
export type FaultAction =
  | { readonly do: 'drop-after-accept'; readonly rows?: number }
  | {
      readonly do: 'status';
      readonly status: number;
      readonly code?: string;
      readonly retryAfterSeconds?: number;
    }
  | { readonly do: 'close-before-answer' }
  | { readonly do: 'delay'; readonly ms: number };

/** The rules that are not used up. */
export interface FaultRules {
  /** Replaces all rules; an empty list ends them. @throws Error naming the rule and the wrong member */
  set(rules: Json): void;
  /** The action of the first rule that matches; counts one use of it. */
  next(api: ApiName, stream: string): FaultAction | undefined;
}

const APIS: readonly unknown[] = ['logs-ingestion', 'data-collector'];
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  'drop-after-accept': ['api'],
  status: ['api', 'status'],
  'close-before-answer': ['api'],
  delay: ['api', 'ms'],
};
const LEGAL: Readonly<Record<string, (value: Json) => boolean>> = {
  api: (value) => APIS.includes(value),
  match: (value) =>
    isObject(value) && Object.keys(value).every((key) => key === 'stream' || key === 'logType'),
  times: isCount,
  do: (value) => typeof value === 'string' && Object.hasOwn(NEEDED, value),
  rows: isCount,
  status: (value) => isCount(value) && Number(value) >= 400 && Number(value) <= 599,
  code: (value) => typeof value === 'string',
  retryAfterSeconds: isCount,
  ms: isCount,
};

/** Starts without rules: the workspace behaves as documented. */
export function createFaultRules(): FaultRules {
  let left: { readonly rule: FaultRule; times: number }[] = [];
  return {
    set(rules) {
      if (!Array.isArray(rules))
        throw new Error('reading the rules: they are not a list. Send a JSON array of rules.');
      left = (rules as readonly Json[]).map((rule, position) => {
        assertRule(rule, position);
        return { rule, times: rule.times ?? 1 };
      });
    },
    next(api, stream) {
      const next = left.find(({ rule, times }) => times > 0 && isFor(rule, api, stream));
      if (next) next.times -= 1;
      return next?.rule;
    },
  };
}

function isFor({ api, match }: FaultRule, asked: ApiName, stream: string): boolean {
  const wanted = match?.stream ?? match?.logType;
  return api === asked && (wanted === undefined || wanted === stream);
}

function assertRule(rule: Json, position: number): asserts rule is JsonObject & FaultRule {
  if (!isObject(rule)) throw new Error(`reading rule ${position}: it is not an object.`);
  const wrong = Object.keys(rule).find((member) => LEGAL[member]?.(rule[member] ?? null) !== true);
  const missing = ['do', ...neededFor(rule['do'])].find((member) => rule[member] === undefined);
  if (wrong ?? missing) {
    throw new Error(
      `reading rule ${position}: ${wrong ?? missing} is ${wrong ? 'not valid' : 'missing'}. A rule is {api, match?, times?, do, …}, see local/workspace/fault-rules.ts.`,
    );
  }
}

function neededFor(act: Json | undefined): readonly string[] {
  return typeof act === 'string' ? (NEEDED[act] ?? []) : [];
}

function isCount(value: Json): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
