/* Times written by a pattern of letters, in UTC: a small part of .NET's custom formats, which many vendors' documentation uses. */

/** A part of a pattern: literal text, or the letters of a part of the time. */
export type TimePatternPart = { readonly text: string } | { readonly letters: string };

/** A checked pattern. */
export interface TimePattern {
  readonly parts: readonly TimePatternPart[];
  /** What the last digit stands for, in milliseconds; at least 1. */
  readonly stepMs: number;
}

export const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
export const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

const DAY_MS = 86_400_000;
/** The letters of each unit, from coarse to fine. A pattern has the first three, and no gap behind them. */
const UNITS = [
  { stepMs: 366 * DAY_MS, letters: ['yyyy'] },
  { stepMs: 31 * DAY_MS, letters: ['MM', 'MMM'] },
  { stepMs: DAY_MS, letters: ['dd'] },
  { stepMs: 3_600_000, letters: ['HH'] },
  { stepMs: 60_000, letters: ['mm'] },
  { stepMs: 1_000, letters: ['ss'] },
  { stepMs: 1, letters: Array.from({ length: 9 }, (_, digits) => 'f'.repeat(digits + 1)) },
] as const;
const FEWEST_UNITS = 3;
const TEXT_LETTERS = ['T', 'Z'];

/**
 * Compiles a pattern: `yyyy`, `MM` or `MMM` (`Nov`), `dd`, `HH` (00 to 23), `mm`, `ss`, one to nine `f` for digits of the
 * second, and `ddd` (`Mon`). `T` and `Z`, whatever is no letter, and text in single quotes stand for themselves.
 * @throws Error with the reason, as a sentence's end
 * @see https://learn.microsoft.com/dotnet/standard/base-types/custom-date-and-time-format-strings
 */
export function compileTimePattern(pattern: string): TimePattern {
  const parts = [...pattern.matchAll(/'([^']*)'|([A-Za-z])\2*|[^A-Za-z]/g)].map(([all, quoted, letter]) => {
    if (quoted !== undefined) return { text: quoted };
    return letter === undefined || TEXT_LETTERS.includes(all) ? { text: all } : { letters: all };
  });
  const letters = parts.flatMap((part) => ('letters' in part ? [part.letters] : []));
  const unknown = letters.find((each) => each !== 'ddd' && unitOf(each) < 0);
  if (unknown !== undefined) throw new Error(`${unknown} is not known in a pattern of a time`);
  const unquoted = parts.some((part) => 'text' in part && part.text === "'");
  if (unquoted) throw new Error('a quote has no end');
  const units = letters.map(unitOf).filter((unit) => unit >= 0);
  const isWhole =
    units.length >= FEWEST_UNITS && [...units].sort((a, b) => a - b).every((unit, at) => unit === at);
  if (!isWhole)
    throw new Error('it needs year, month and day, each finer part behind all coarser ones, and each once');
  const last = Math.max(...units);
  const fraction = letters.find((each) => each.startsWith('f'))?.length ?? 3;
  return {
    parts,
    stepMs: last < UNITS.length - 1 ? (UNITS[last]?.stepMs ?? 1) : Math.max(1, 10 ** (3 - fraction)),
  };
}

function unitOf(letters: string): number {
  return UNITS.findIndex((unit) => unit.letters.some((each) => each === letters));
}

/** Writes a time, ISO 8601 in UTC. Digits that the pattern does not have are cut off. */
export function writeTimePattern({ parts }: TimePattern, time: string): string {
  return parts.map((part) => ('text' in part ? part.text : writePart(part.letters, time))).join('');
}

function writePart(letters: string, time: string): string {
  switch (letters) {
    case 'yyyy':
      return time.slice(0, 4);
    case 'MM':
      return time.slice(5, 7);
    case 'MMM':
      return MONTHS[Number(time.slice(5, 7)) - 1] ?? '';
    case 'dd':
      return time.slice(8, 10);
    case 'ddd':
      return WEEKDAYS[new Date(time).getUTCDay()] ?? '';
    case 'HH':
      return time.slice(11, 13);
    case 'mm':
      return time.slice(14, 16);
    case 'ss':
      return time.slice(17, 19);
    default:
      return time.slice(20, -1).padEnd(letters.length, '0').slice(0, letters.length);
  }
}
