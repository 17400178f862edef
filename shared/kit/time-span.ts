const SHAPE = /^(?:(\d{1,3})\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?$/;
const MINUTE_MS = 60_000;

/**
 * Reads a timer's TimeSpan, `[days.]hh:mm[:ss]`, as milliseconds; `undefined` for what is none. A first part of 24 or
 * more counts days, as .NET reads it: `24:00:00` is 24 days.
 * @see https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer#timespan
 */
export function timeSpanMs(text: string): number | undefined {
  const found = SHAPE.exec(text.trim());
  if (found === null) return undefined;
  const [days, first = 0, second = 0, third] = found
    .slice(1)
    .map((part: string | undefined) => (part === undefined ? undefined : Number(part)));
  const isDays = first >= 24;
  if (isDays && days !== undefined) return undefined;
  const [hours, minutes, seconds] = isDays ? [second, third ?? 0, 0] : [first, second, third ?? 0];
  if (hours >= 24 || minutes >= 60 || seconds >= 60) return undefined;
  const wholeDays = isDays ? first : (days ?? 0);
  return ((wholeDays * 24 + hours) * 60 + minutes) * MINUTE_MS + seconds * 1_000;
}
