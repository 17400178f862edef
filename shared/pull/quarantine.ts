import type { Checkpoint, FailureStreak, LeasedCheckpoint, Ledger } from '../contract/checkpoint';
import type { Page, RawRecord } from '../contract/connector';
import { SettingError, UnavailableError } from '../contract/errors';
import type { DeadLetter } from '../contract/run';
import { pauseMeter, runCooperatively, yieldToEventLoop } from '../values/cooperative';
import type { FormattedPage, FormattedRow, PageFormatting } from '../rows/format-page';
import { toDeadLetter } from '../rows/format-row';
import type { Refusal } from '../rows/send-rows';
import type { PullRun } from './pull-run';

/** After this many runs in a row with the same failure, a page is quarantined. */
const MAX_PAGE_FAILURES = 5;

/** A page after it was sent, or quarantined. */
export interface DeliveredPage {
  readonly formatted: FormattedPage;
  readonly refusals: readonly Refusal<FormattedRow>[];
  readonly isQuarantined: boolean;
}

/**
 * Sends a page; sending formats its records. A failure that the page itself caused is counted in the checkpoint and thrown.
 * The fifth run in a row with the same failure quarantines the page: each row becomes a dead letter under its event id, and
 * the source continues. A SettingError or an UnavailableError is never counted.
 */
export async function orQuarantine(
  page: Page,
  run: Pick<PullRun, 'id' | 'runId' | 'clock' | 'log' | 'secrets'>,
  leased: LeasedCheckpoint,
  formatting: PageFormatting,
  send: () => Promise<DeliveredPage['refusals']>,
): Promise<DeliveredPage> {
  try {
    const refusals = await send();
    return { formatted: formatting.result(), refusals, isQuarantined: false };
  } catch (error) {
    if (error instanceof SettingError || error instanceof UnavailableError || leased.leaseLost.aborted)
      throw error;
    const now = run.clock.now().toISOString();
    const failing = count(leased.checkpoint, run.secrets.mask(textOf(error)), now);
    if (failing.times < MAX_PAGE_FAILURES) {
      await leased.save({ ...leased.checkpoint, failing, savedAt: now });
      throw error;
    }
    const { times, since } = failing;
    run.log.error(
      { ...run.id, runId: run.runId, records: page.records.length, times, since, reason: textOf(error) },
      'page quarantined: its records are dead letters, the source goes on',
    );
    return { formatted: await asDeadLetters(page, formatting, failing), refusals: [], isQuarantined: true };
  }
}

/** Stores a page's dead letters in one blob, and counts the outcome of every record. */
export async function storeDeadLetters(
  { formatted, refusals }: DeliveredPage,
  run: PullRun,
  page: number,
): Promise<Ledger> {
  const refusalOf = new Map<FormattedRow, Refusal<FormattedRow>>(refusals.map((one) => [one.row, one]));
  const deadLetters = [...formatted.deadLetters];
  const isPauseDue = pauseMeter();
  for (const row of formatted.rows) {
    if (isPauseDue(0)) await yieldToEventLoop();
    // A look-up gives each object a hash; for millions of rows the hashes take a hundred megabytes.
    const refusal = refusalOf.size === 0 ? undefined : refusalOf.get(row);
    if (refusal !== undefined)
      deadLetters.push(
        await runCooperatively(toDeadLetter(refusal.cause, refusal.detail, row.record, row.eventId)),
      );
    else if (row.truncated !== undefined) deadLetters.push(row.truncated);
  }
  // Many dead letters have the same detail: mask each text once.
  const details = new Map(
    [...new Set(deadLetters.map(({ detail }) => detail))].map((one) => [one, run.secrets.mask(one)]),
  );
  const masked = deadLetters.map((one) => ({ ...one, detail: details.get(one.detail) ?? '' }));
  if (masked.length > 0) await run.deadLetters.put(run.id, { runId: run.runId, page }, masked);
  const { duplicate, filtered } = formatted;
  const deadLettered = formatted.deadLetters.length + refusals.length;
  const accepted = formatted.rows.length - refusals.length;
  const fetched = accepted + duplicate + filtered + deadLettered;
  return { fetched, accepted, duplicate, filtered, deadLettered, pending: 0 };
}

/** The checkpoint without its failure streak, once a page was delivered. */
export function withoutFailureStreak({ failing: _, ...checkpoint }: Checkpoint): Checkpoint {
  return checkpoint;
}

/** The position does not move while a page fails, so a streak always counts the same page. */
function count({ failing }: Checkpoint, error: string, now: string): FailureStreak {
  const kind = failureKind(error);
  return failing?.error === kind
    ? { ...failing, times: failing.times + 1 }
    : { error: kind, times: 1, since: now };
}

/** Two messages that differ only in numbers, such as sizes and times, report the same failure. */
function failureKind(error: string): string {
  return error.replace(/\d+/g, '').slice(0, 200);
}

function textOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/**
 * Every row that would have been sent becomes a dead letter under its event id, so that a later read recognizes it.
 * Duplicates and filtered records are still counted as such. If formatting itself fails, every record is a dead letter.
 */
async function asDeadLetters(
  page: Page,
  formatting: PageFormatting,
  { error, times }: FailureStreak,
): Promise<FormattedPage> {
  const detail = `its page failed ${times} times: ${error.split(':')[0] ?? 'Error'}`;
  const keep = (record: RawRecord, eventId?: string) =>
    runCooperatively(toDeadLetter('page-set-aside', detail, record, eventId));
  const formatted = await formatRest(formatting);
  const deadLetters: DeadLetter[] = [...(formatted?.deadLetters ?? [])];
  const rest = formatted?.rows ?? page.records.map((record) => ({ record, eventId: undefined }));
  for (const { eventId, record } of rest) deadLetters.push(await keep(record, eventId));
  const { duplicate, filtered } = formatted ?? { duplicate: 0, filtered: 0 };
  return { rows: [], summary: { drifted: 0 }, deadLetters, duplicate, filtered };
}

/** Formats the remaining records of a page. `undefined` if formatting itself fails. */
async function formatRest({ encoded, result }: PageFormatting): Promise<FormattedPage | undefined> {
  try {
    for (const row of encoded) if (row === undefined) await yieldToEventLoop();
    return result();
  } catch {
    return undefined;
  }
}
