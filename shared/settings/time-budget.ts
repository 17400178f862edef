import { readFileSync } from 'node:fs';
import * as z from 'zod/mini';
import { OVERRUN_MS } from '../values/wait-bound';
import type { Environment } from './environment';

const HOST_JSON = z.object({ functionTimeout: z.optional(z.string()) });
/** The platform's time-out if neither host.json nor a setting has one. @see https://learn.microsoft.com/azure/azure-functions/functions-scale#timeout */
const DEFAULT_TIMEOUT_MS = 5 * 60_000;
/** The length of a run on a plan without a time-out. Runs still end, so that instances can be replaced. */
const UNLIMITED_MS = 30 * 60_000;
/** The share of the time-out for reading. The rest is for the last page. */
const SHARE = 0.8;

/**
 * How long one run may go on: 80 % of `functionTimeout`, from the setting `AzureFunctionsJobHost__functionTimeout`
 * or from host.json.
 */
export function timeBudgetMs(env: Environment, hostJsonFile: string | undefined): number {
  const text = env['AzureFunctionsJobHost__functionTimeout'] || fromFile(hostJsonFile);
  return SHARE * (text === undefined ? DEFAULT_TIMEOUT_MS : (spanMs(text) ?? DEFAULT_TIMEOUT_MS));
}

/** How long a read may go on behind a run of so long: half of what the platform leaves it, 30 seconds at most. */
export function overrunMs(budgetMs: number): number {
  return Math.min(OVERRUN_MS, (budgetMs * (1 - SHARE)) / SHARE / 2);
}

function fromFile(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    return HOST_JSON.parse(JSON.parse(readFileSync(file, 'utf8'))).functionTimeout;
  } catch {
    return undefined;
  }
}

/** A span as host.json writes it: `00:10:00`, `1.00:00:00`, or `-1` for no limit. */
function spanMs(text: string): number | undefined {
  if (text.trim() === '-1') return UNLIMITED_MS / SHARE;
  const match = /^(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2})$/.exec(text.trim());
  if (match === null) return undefined;
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
  ];
  return Math.min((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1_000, UNLIMITED_MS / SHARE);
}
