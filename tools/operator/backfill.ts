import type { Backfill, BackfillProgress, PlannedBackfill } from '../../shared/contract/backfill';
import { stringifyJson } from '../../shared/values/json/json';
import { didYouMean } from '../../shared/values/did-you-mean';
import { EXIT } from '../cli/run';
import { withCompleteCommands, print } from '../cli/output';
import { textTable } from '../cli/text-table';
import { actor, withAdmin, idOf, idsOf, isConfirmed, type AdminCommand, type Session } from './admin-session';
import { parseTime } from './parse-time';
import { formatId } from '../../shared/contract/checkpoint';

/** The options of `tributary backfill`. */
export interface BackfillCommand extends AdminCommand {
  readonly from?: string;
  readonly to: string;
  readonly workers: number;
}

/** `tributary backfill`: estimates the cost of a past range, and starts a backfill. @returns the exit code */
export async function startBackfill(root: string, target: string, options: BackfillCommand): Promise<number> {
  const { from: since } = options;
  // `start` may be omitted, so a misspelt subcommand arrives here as a source.
  if (since === undefined)
    throw new Error(
      `Say from when to read ${target} again: --from 7d.${didYouMean(target, ['cancel', 'list', 'pause', 'resume', 'show', 'start'])}`,
    );
  return withAdmin(root, { ...options, target }, async (session) => {
    const { admin } = session;
    const id = await idOf(session, target);
    const now = new Date();
    const request = {
      from: parseTime(since, now),
      to: parseTime(options.to, now),
      workers: options.workers,
      by: actor(options),
    };
    const planned = await admin.backfills.plan(id, request);
    // The question goes to standard error: standard output stays one JSON text.
    if (options.json !== true) for (const line of estimateLines(planned)) print(line);
    const { from, to } = planned.backfill;
    if (!(await isConfirmed(`Read ${formatId(id)} again from ${from} to ${to}?`, options)))
      return EXIT.failed;
    const job = await admin.backfills.start(planned);
    print(
      options.json === true
        ? { ...planned, backfill: job }
        : `Backfill ${job.id} has started. The function app reads ${Math.min(job.workers, job.parts)} slices at once: see "npx tributary backfill show ${job.id}".`,
    );
    return EXIT.fine;
  });
}

function estimateLines({ backfill, estimate, warnings }: PlannedBackfill): string[] {
  const { atLeastMs, basis, calls, gigabytes, records } = estimate;
  const least =
    atLeastMs === undefined || atLeastMs < 60_000
      ? ''
      : `, ${Math.ceil(atLeastMs / 60_000)} minutes or more by the vendor’s rate limits`;
  return [
    `${formatId(backfill)} from ${backfill.from} to ${backfill.to}: about ${records} events, ${calls} calls, ${gigabytes} GB${least}.`,
    ...basis.map((sentence) => `  ${sentence}`),
    ...warnings.map((sentence) => `  ${sentence}`),
    '  Events that were delivered before come again with the same EventId. Query the table’s Unique function.',
  ];
}

/** `tributary backfill list`: the progress of each. @returns the exit code */
export function listBackfills(
  root: string,
  target: string | undefined,
  options: AdminCommand,
): Promise<number> {
  return withAdmin(root, { ...options, target, isReading: true }, async (session) => {
    const ids = target === undefined ? [undefined] : await idsOf(session, target);
    const all = (await Promise.all(ids.map((id) => session.admin.backfills.list(id)))).flat();
    print(options.json === true ? all : textTable(all.map(line)));
    return EXIT.fine;
  });
}

/** `tributary backfill show`: one whole backfill. @returns the exit code */
export function showBackfill(root: string, id: string, options: AdminCommand): Promise<number> {
  return withAdmin(root, { ...options, isReading: true }, async (session) => {
    const one = await find(session, id);
    print(options.json === true ? one : stringifyJson(withCompleteCommands(one), 2));
    return EXIT.fine;
  });
}

/** `tributary backfill pause`, `resume` and `cancel`. @returns the exit code */
export function changeBackfill(
  root: string,
  change: 'pause' | 'resume' | 'cancel',
  id: string,
  options: AdminCommand,
): Promise<number> {
  return withAdmin(root, options, async (session) => {
    const one = await find(session, id);
    const missed =
      one.isCatchUp === true
        ? ' The source missed this range while it was down, and nothing else reads the rest.'
        : '';
    const question = `Backfill ${one.id} of ${formatId(one)} will be cancelled permanently. Delivered events stay.${missed} Continue?`;
    if (change === 'cancel' && !(await isConfirmed(question, options))) return EXIT.failed;
    const made = await session.admin.backfills.change(one, actor(options), change);
    print(options.json === true ? made : sentence(made));
    return EXIT.fine;
  });
}

function sentence(backfill: Backfill): string {
  const at = backfill.state === 'paused' ? ' Slices in progress stop after at most two pages.' : '';
  return `Backfill ${backfill.id} of ${formatId(backfill)} is ${backfill.state}.${at}`;
}

/** Finds a backfill by its id or a prefix of it. @throws Error if none or several match */
async function find({ admin }: Session, id: string): Promise<BackfillProgress> {
  const all = await admin.backfills.list();
  const found = all.filter((one) => one.id.startsWith(id));
  const [first] = found;
  if (first !== undefined && found.length === 1) return first;
  const known = all.map((one) => `${one.id} of ${formatId(one)}`).join(', ');
  throw new Error(`${id} names ${found.length} backfills. Known: ${known || 'none'}.`);
}

function line(one: BackfillProgress): Readonly<Record<string, unknown>> {
  const { at, by, done, from, id, ledger, parts, state, to, worked } = one;
  return {
    id,
    source: formatId(one),
    from,
    to,
    state,
    parts: `${done} of ${parts} done`,
    'in progress': worked,
    fetched: ledger.fetched,
    accepted: ledger.accepted,
    'dead letters': ledger.deadLettered,
    ordered: `${at} by ${by}`,
  };
}
