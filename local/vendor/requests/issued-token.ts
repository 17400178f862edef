import { createHmac } from 'node:crypto';
import type { VendorRequest } from '../../../shared/contract/simulator';

/** How long a token of a live vendor lives. */
export const TOKEN_MS = 60_000;
/** The end of a token while fixtures are replayed and time stands still. */
const ENDLESS_MS = 253_402_300_799_000;

/** A new token. Nothing is kept: the token says until when it lives. @param of what it is issued for, beside the settings */
export function issueToken(
  of: readonly unknown[],
  { now, settings }: VendorRequest,
  lifeMs = TOKEN_MS,
): string {
  return tokenUntil(of, settings, now === undefined ? ENDLESS_MS : now.getTime() + lifeMs);
}

/** True for a token that was issued for this and has not ended. */
export function isIssued(sent: string, of: readonly unknown[], { now, settings }: VendorRequest): boolean {
  const untilMs = endOf(sent);
  return sent === tokenUntil(of, settings, untilMs) && untilMs > (now?.getTime() ?? 0);
}

/** When a token ends, in milliseconds since 1970; NaN for a text that is no token. */
export function endOf(token: string): number {
  return Number(/^local-token-(\d+)-\w+$/.exec(token)?.[1]);
}

function tokenUntil(of: readonly unknown[], settings: VendorRequest['settings'], untilMs: number): string {
  const key = JSON.stringify([...of, settings]);
  return `local-token-${untilMs}-${createHmac('sha256', key).update(String(untilMs)).digest('hex').slice(0, 40)}`;
}
