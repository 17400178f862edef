const SHAPE = /^(?:(\d{1,3})\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?$/;
/** The parts of a TimeSpan, each with its highest value. */
const PARTS = [
  ['hours', 23],
  ['minutes', 59],
  ['seconds', 59],
] as const;

/**
 * Parses a timer's TimeSpan, `[days.]hh:mm[:ss]`, to milliseconds; `undefined` if it is invalid. As in .NET, a first part of
 * 24 or more counts days: `24:00:00` is 24 days.
 * @see https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer#timespan
 */
export function timeSpanMs(text: string): number | undefined {
  const parts = partsOf(text);
  if (parts === undefined || wrongPart(parts) !== undefined) return undefined;
  const [days, hours, minutes, seconds] = parts;
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1_000;
}

/** Why a text that is meant as a TimeSpan (one word with a colon) is invalid; `undefined` for a valid one and for any other text. */
export function timeSpanProblem(text: string): string | undefined {
  if (!/^[^\s:]*:\S*$/.test(text.trim())) return undefined;
  const parts = partsOf(text);
  if (parts === undefined) return 'it is not a TimeSpan of the form [days.]hh:mm[:ss]';
  const wrong = wrongPart(parts);
  if (wrong === undefined) return undefined;
  const [name, highest] = PARTS[wrong];
  return `it is a TimeSpan whose ${name} are ${parts[wrong + 1] ?? ''}; they go from 0 to ${highest}`;
}

type Parts = readonly [days: number, hours: number, minutes: number, seconds: number];

function partsOf(text: string): Parts | undefined {
  const found = SHAPE.exec(text.trim());
  if (found === null) return undefined;
  const [days, first = 0, second = 0, third = 0] = found
    .slice(1)
    .map((part: string | undefined) => (part === undefined ? undefined : Number(part)));
  return days === undefined && first >= 24 ? [first, second, third, 0] : [days ?? 0, first, second, third];
}

/** The index in {@link PARTS} of a part that is out of range. */
function wrongPart([, ...parts]: Parts): 0 | 1 | 2 | undefined {
  return ([0, 1, 2] as const).find((at) => parts[at] > PARTS[at][1]);
}
