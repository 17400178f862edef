import type { Failure, Result } from './run-cases';

/** What was proven, and what was not. */
export interface Report {
  readonly seed: number;
  readonly results: readonly Result[];
  /** What nothing was tried on, each with the reason. */
  readonly unproven: readonly string[];
  readonly seconds: number;
}

const COLUMNS = [
  ['connector', 34],
  ['fault', -24],
  ['attempts', 8],
  ['kills', 6],
  ['fetched', 9],
  ['accepted', 9],
  ['missing', 8],
  ['doubled', 8],
  ['promise', 8],
] as const;
type Cells = Readonly<Record<(typeof COLUMNS)[number][0], string | number>>;

/** The line above the table. */
export const HEAD = line(Object.fromEntries(COLUMNS.map(([name]) => [name, name])) as unknown as Cells);

/** What became of one connector under one fault, and under it what broke the promise. */
export function resultLines(result: Result): string {
  const promise = result.failures.length === 0 ? 'kept' : 'BROKEN';
  const peers =
    result.lostByPeers === 0
      ? []
      : [
          `    a reader that goes on one second after the newest event, ten minutes behind now, loses ${result.lostByPeers} of these`,
        ];
  return [line({ ...result, promise }), ...peers, ...result.failures.map(failureLines)].join('\n');
}

/** What it comes to. */
export function sumLines({ results, seconds, seed, unproven }: Report): string {
  const sum = (of: (result: Result) => number): number => results.reduce((all, one) => all + of(one), 0);
  const broken = sum(({ failures }) => failures.length);
  const doubled = sum((one) => one.doubled);
  return [
    ...unproven.map((what) => `NOT PROVEN  ${what}`),
    `seed ${seed}: ${sum((one) => one.attempts)} attempts, ${sum((one) => one.kills)} processes killed, ` +
      `${sum((one) => one.accepted)} rows accepted, ${sum((one) => one.missing)} missing, ` +
      `${doubled} doubled and ${sum((one) => one.left)} of them left by the Unique view, in ${seconds} s: the promise was ${broken === 0 ? 'kept' : `BROKEN ${broken} times`}`,
  ].join('\n');
}

function failureLines({ again, broken, faults, kills }: Failure): string {
  return [
    ...broken.map((what) => `    ${what}`),
    ...(faults.length === 0 ? [] : [`    under ${faults.join(', ')}`]),
    ...kills.map((where) => `    killed ${where}`),
    `    again: ${again}`,
  ].join('\n');
}

/** Text stands at the left, numbers at the right; a negative width is one of text. */
function line(cells: Cells): string {
  return COLUMNS.map(([name, width]) => {
    const text = String(cells[name]);
    return typeof cells[name] === 'number' || (width > 0 && name !== 'connector' && name !== 'promise')
      ? text.padStart(Math.abs(width))
      : text.padEnd(Math.abs(width));
  })
    .join(' ')
    .trimEnd();
}
