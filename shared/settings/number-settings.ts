import { isUnresolved, unresolvedProblem } from './unresolved-references';
import type { Environment } from './environment';

/** The settings of the app that are numbers: what holds where one is not set, and up to what it may be set. */
const NUMBERS = {
  /** How many pulls one process runs at once. */
  PULL_CONCURRENCY: { otherwise: 8, most: 1_000, isWhole: true },
  /** How many parts of backfills one process works at once, beside them. */
  BACKFILL_CONCURRENCY: { otherwise: 8, most: 1_000, isWhole: true },
  /** How long the history of runs, acts and ended backfills is kept: an auditor asks about the year before. */
  RUN_HISTORY_DAYS: { otherwise: 400, most: 9_999, isWhole: true },
  /** What the spool may hold; 10^9 bytes each. */
  SPOOL_MAX_GB: { otherwise: 20, most: 1e6, isWhole: false },
} as const;

/** The name of such a setting. */
export type NumberSetting = keyof typeof NUMBERS;

/** What a setting says; what holds without it where it is malformed too, which `numberProblems` tells: nothing stops for it. */
export function readNumber(env: Environment, name: NumberSetting): number {
  const text = env[name]?.trim() ?? '';
  return text !== '' && isInRange(name, text) ? Number(text) : NUMBERS[name].otherwise;
}

/** What is wrong with these settings, a sentence each. */
export function numberProblems(env: Environment): string[] {
  return (Object.keys(NUMBERS) as NumberSetting[]).flatMap((name) => {
    const text = env[name]?.trim() ?? '';
    if (text === '' || isInRange(name, text)) return [];
    if (isUnresolved(text)) return [unresolvedProblem(name, text)];
    const { isWhole, most, otherwise } = NUMBERS[name];
    const range = isWhole ? `a whole number from 1 to ${most}` : `a number above 0, up to ${most}`;
    return [`${name}: ${text} is not ${range}. The default ${otherwise} applies until it is corrected.`];
  });
}

function isInRange(name: NumberSetting, text: string): boolean {
  const { isWhole, most } = NUMBERS[name];
  const value = Number(text);
  return value > 0 && value <= most && (!isWhole || Number.isInteger(value));
}
