import type { Checkpoint, Failing, HeldCheckpoint } from '../contract/checkpoint';
import type { Page, RawRecord } from '../contract/connector';
import { SettingError, UnavailableError } from '../contract/errors';
import type { DeadLetter } from '../contract/run';
import { inPieces, pause } from '../values/in-pieces';
import type { FormattedPage, FormattedRow } from '../rows/format';
import { letter } from '../rows/row';
import type { Refusal } from '../rows/send';
import type { PullRun } from './pull-run';

/** A page that failed this often in the same way will not be delivered by the next attempt either. */
export const MAX_FAILURES = 5;

/** What became of a page that was formatted and sent, or set aside. */
export interface DeliveredPage {
  readonly formatted: FormattedPage;
  readonly refusals: readonly Refusal<FormattedRow>[];
  readonly isSetAside: boolean;
}

/**
 * Formats and sends a page. When that fails for a reason of the page's own it is counted in the checkpoint, and thrown;
 * the fifth run in a row that fails the same way sets the page aside instead: each row that it holds becomes a dead
 * letter under its own name, and the source goes on. Time and settings are never a page's own reason: such a failure
 * counts nothing.
 */
export async function orSetAside(
  page: Page,
  run: Pick<PullRun, 'id' | 'runId' | 'clock' | 'log' | 'secrets'>,
  held: HeldCheckpoint,
  formatted: FormattedPage,
  deliver: () => Promise<DeliveredPage['refusals']>,
): Promise<DeliveredPage> {
  try {
    return { formatted, refusals: await deliver(), isSetAside: false };
  } catch (error) {
    if (error instanceof SettingError || error instanceof UnavailableError || held.lost.aborted) throw error;
    const now = run.clock.now().toISOString();
    const failing = count(held.checkpoint, run.secrets.mask(textOf(error)), now);
    if (failing.times < MAX_FAILURES) {
      await held.save({ ...held.checkpoint, failing, savedAt: now });
      throw error;
    }
    const { times, since } = failing;
    run.log.error(
      { ...run.id, runId: run.runId, records: page.records.length, times, since, reason: textOf(error) },
      'page set aside: its records are dead letters, the source goes on',
    );
    return { formatted: await asLetters(page, formatted, failing), refusals: [], isSetAside: true };
  }
}

/** The checkpoint of a page that was delivered: how it failed before means nothing any more. */
export function withoutFailing({ failing: _, ...checkpoint }: Checkpoint): Checkpoint {
  return checkpoint;
}

/** The position does not move while a page fails, so that it is the same page for as long as this is not removed. */
function count({ failing }: Checkpoint, error: string, now: string): Failing {
  const same = sameness(error);
  return failing?.error === same
    ? { ...failing, times: failing.times + 1 }
    : { error: same, times: 1, since: now };
}

/** Two messages that differ in numbers alone, such as sizes and times, tell of one failure. */
function sameness(error: string): string {
  return error.replace(/\d+/g, '').slice(0, 200);
}

function textOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

const NO_ROWS = { drifted: 0 };

/**
 * What would have been sent is a letter by the name that it has, so that a later look at it knows it; what was
 * delivered before, or is turned away, is none. Where formatting itself is the failure, every record is a letter.
 */
async function asLetters(
  page: Page,
  formatted: FormattedPage,
  { error, times }: Failing,
): Promise<FormattedPage> {
  const detail = `its page failed ${times} times: ${error.split(':')[0] ?? 'Error'}`;
  const asLetter = (record: RawRecord, eventId?: string) =>
    inPieces(letter('page-set-aside', detail, record, eventId));
  const letters: DeadLetter[] = [];
  if (!(await isNamed(page, formatted))) {
    for (const record of page.records) letters.push(await asLetter(record));
    return { encoded: [], rows: [], summary: NO_ROWS, letters, duplicate: 0, filtered: 0 };
  }
  const { duplicate, filtered, rows } = formatted;
  for (const { eventId, record } of rows) letters.push(await asLetter(record, eventId));
  const all = [...formatted.letters, ...letters];
  return { encoded: [], rows: [], summary: NO_ROWS, letters: all, duplicate, filtered };
}

/** Formats what is left of a page that was sent in part. True when each of its records became something. */
async function isNamed({ records }: Page, formatted: FormattedPage): Promise<boolean> {
  try {
    for (const row of formatted.encoded) if (row === undefined) await pause();
  } catch {
    return false;
  }
  const { duplicate, filtered, letters, rows } = formatted;
  return rows.length + letters.length + duplicate + filtered === records.length;
}
