import { toIso } from '../../shared/values/time';

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Parses an operator's time: `now`, a span back (`90m`, `24h`, `7d`), or ISO 8601 in UTC. @throws Error for anything else */
export function parseTime(text: string, now = new Date()): Date {
  if (text === 'now') return now;
  const span = /^(\d{1,5})([mhd])$/.exec(text);
  if (span !== null) return new Date(now.getTime() - Number(span[1]) * (UNIT_MS[span[2] ?? ''] ?? 0));
  const time = /^\d{4}-/.test(text) ? toIso(text) : undefined;
  if (time !== undefined) return new Date(time);
  throw new Error(`${text} is not a time. Write now, a span such as 24h or 7d, or 2026-01-31T00:00:00Z.`);
}
