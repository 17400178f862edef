const SHAPE = /^(?:(\d+)\.)?(\d{1,2}):([0-5]?\d)(?::([0-5]?\d)(\.\d{1,7})?)?$/;

/**
 * Parses .NET's `[days.]hours:minutes[:seconds[.fraction]]`, the format of durations in host.json. @returns milliseconds
 * @throws Error for another format
 * @see https://learn.microsoft.com/dotnet/api/system.timespan.parse
 */
export function parseTimeSpan(text: string): number {
  const match = SHAPE.exec(text);
  const [, days, hours = '0', minutes = '0', seconds = '0', fraction = '0'] = match ?? [];
  if (match === null || (days !== undefined && Number(hours) >= 24))
    throw new Error(`"${text}" is not a duration. Write hours:minutes:seconds, as in "00:05:00".`);
  // .NET reads a number that cannot be an hour as days: 24:00:00 is 24 days.
  if (days === undefined && Number(hours) >= 24) return parseTimeSpan(`${hours}.${minutes}:${seconds}`);
  const whole = ((Number(days ?? '0') * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);
  return whole * 1000 + Math.round(Number(fraction) * 1000);
}
