import type { Failure, Result } from './run-cases';

/** What was tested, and what was not. */
export interface Report {
  readonly seed: number;
  readonly results: readonly Result[];
  /** A sentence for each thing that was not tested, with the reason. */
  readonly untested: readonly string[];
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

/** The head of the table. */
export const HEAD = line(Object.fromEntries(COLUMNS.map(([name]) => [name, name])) as unknown as Cells);

/** The result of one connector under one fault, and below it every failure. */
export function resultLines(result: Result): string {
  const promise = result.failures.length === 0 ? 'kept' : 'BROKEN';
  const baseline =
    result.lostByBaseline === 0
      ? []
      : [
          `    a reader that asks from one second after the newest event until ten minutes ago loses ${result.lostByBaseline} of these`,
        ];
  return [line({ ...result, promise }), ...baseline, ...result.failures.map(failureLines)].join('\n');
}

/** The totals. */
export function sumLines({ results, seconds, seed, untested }: Report): string {
  const sum = (of: (result: Result) => number): number => results.reduce((all, one) => all + of(one), 0);
  const broken = sum(({ failures }) => failures.length);
  const doubled = sum((one) => one.doubled);
  return [
    ...untested.map((what) => `NOT TESTED  ${what}`),
    `seed ${seed}: ${sum((one) => one.attempts)} attempts, ${sum((one) => one.kills)} processes killed, ` +
      `${sum((one) => one.accepted)} rows accepted, ${sum((one) => one.missing)} missing, ` +
      `${doubled} doubled and ${sum((one) => one.left)} of them left by the Unique view, in ${seconds} s: the promise was ${broken === 0 ? 'kept' : `BROKEN ${broken} times`}`,
  ].join('\n');
}

function failureLines({ rerun, violations, faults, kills }: Failure): string {
  return [
    ...violations.map((what) => `    ${what}`),
    ...(faults.length === 0 ? [] : [`    under ${faults.join(', ')}`]),
    ...kills.map((where) => `    killed ${where}`),
    `    again: ${rerun}`,
  ].join('\n');
}

/** Aligns numbers right. A negative width aligns text left. */
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
