import { ContractError } from '../contract/errors';
import type { Clock, DeadLetter, DeadLetters } from '../contract/run';
import type { SourceId } from '../contract/checkpoint';
import type { Sink } from '../contract/sink';
import type { HeldSpool, Remainder, SpoolBlob, SpoolTotals, SpooledBody } from '../contract/spool';
import type { Table } from '../contract/table';
import type { Encoded } from './batch';
import type { BodyFormat, FormattedBody, PushedRow } from './classic';
import { letter } from './row';
import { send, type Refusal } from './send';

/** Blobs that are read at once. */
const READ_AT_ONCE = 8;
/** A body that has failed so often for a reason of its own is kept as a dead letter. */
const MAX_FAILURES = 5;

/** What a round needs of its run. */
export interface RoundRun {
  readonly id: SourceId;
  readonly runId: string;
  readonly table: Table;
  readonly deadLetters: DeadLetters;
  readonly clock: Clock;
}

/** Counts of one run, in records; what each round adds to. */
export interface Tally {
  fetched: number;
  accepted: number;
  filtered: number;
  deadLettered: number;
  drifted: number;
  rounds: number;
}

/** A body on its way, beside its blob. */
interface Item {
  readonly blob: SpoolBlob;
  readonly body: SpooledBody;
  readonly formatted: FormattedBody;
}

/** What became of a round's bodies. */
interface Round {
  /** Sent, but for the rows that the workspace does not take even alone. */
  readonly sent: readonly { readonly item: Item; readonly refused: readonly Refusal<PushedRow>[] }[];
  /** Failed for a reason of their own, which never quotes them. */
  readonly failed: readonly { readonly blob: SpoolBlob; readonly body: SpooledBody; readonly why: string }[];
}

/** The walk of pushed records: take, format, send, count and settle. @returns true when something is left to try again */
export async function deliverRound(
  run: RoundRun,
  held: HeldSpool,
  {
    blobs,
    format,
    sink,
    tally,
  }: {
    readonly blobs: readonly SpoolBlob[];
    readonly format: BodyFormat;
    readonly sink: Sink;
    readonly tally: Tally;
  },
): Promise<boolean> {
  const { failed, items } = await formatAll(held, blobs, format);
  const records = items.reduce((sum, { body }) => sum + body.records, 0);
  tally.fetched += failed.reduce((sum, { body }) => sum + body.records, records);
  const round = await sendAll(sink, run.table, items);
  const all = { sent: round.sent, failed: [...failed, ...round.failed] };
  const counts = await bury(all, run, tally.rounds);
  const settled = settle(blobs, all.failed, run.clock.now());
  const { waiting: _, ...totals } = held.totals;
  await held.save({
    ...totals,
    delivered: totals.delivered + counts.accepted,
    dead: totals.dead + counts.deadLettered,
    ...(counts.filtered === 0 ? {} : { filtered: (totals.filtered ?? 0) + counts.filtered }),
    settled,
    keys: countKeys(totals.keys, all),
    columns: { ...totals.columns, ...format.columns() },
  });
  tally.rounds++;
  tally.accepted += counts.accepted;
  tally.filtered += counts.filtered;
  tally.deadLettered += counts.deadLettered;
  tally.drifted += counts.drifted;
  return Object.values(settled).some(({ left }) => left?.length !== 0);
}

/** Reads and formats every body that is left; one that cannot be formatted fails alone. */
async function formatAll(
  held: HeldSpool,
  blobs: readonly SpoolBlob[],
  { format }: BodyFormat,
): Promise<{ readonly items: readonly Item[]; readonly failed: Round['failed'] }> {
  const items: Item[] = [];
  const failed: Round['failed'][number][] = [];
  for (let at = 0; at < blobs.length; at += READ_AT_ONCE) {
    const some = blobs.slice(at, at + READ_AT_ONCE);
    const read = await Promise.all(some.map(async (blob) => ({ blob, bodies: await held.read(blob) })));
    for (const { blob, bodies } of read) {
      for (const body of bodies) {
        try {
          items.push({ blob, body, formatted: format(body) });
        } catch (error) {
          failed.push({ blob, body, why: `reading the body: ${(error as Error).name}` });
        }
      }
    }
  }
  return { items, failed };
}

/** Sends everything together; where the workspace refuses that, each body alone, to find out whose reason it is. */
async function sendAll(sink: Sink, table: Table, items: readonly Item[]): Promise<Round> {
  try {
    return { sent: await sendTogether(sink, table, items), failed: [] };
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
  }
  const sent: Round['sent'][number][] = [];
  const failed: Round['failed'][number][] = [];
  for (const item of items) {
    try {
      sent.push(...(await sendTogether(sink, table, [item])));
    } catch (error) {
      if (!(error instanceof ContractError)) throw error;
      failed.push({ blob: item.blob, body: item.body, why: error.message });
    }
  }
  return { sent, failed };
}

async function sendTogether(sink: Sink, table: Table, items: readonly Item[]): Promise<Round['sent']> {
  const rows = function* (): Generator<Encoded<PushedRow>> {
    for (const { formatted } of items) yield* formatted.rows;
  };
  const refusals = new Map((await send(sink, table, rows())).map((refusal) => [refusal.row, refusal]));
  return items.map((item) => ({
    item,
    refused: refusals.size === 0 ? [] : item.formatted.rows.flatMap(({ row }) => refusals.get(row) ?? []),
  }));
}

/** Makes a round's dead letters durable, in one blob, and counts what became of every record. */
async function bury(
  { failed, sent }: Round,
  run: RoundRun,
  round: number,
): Promise<Omit<Tally, 'fetched' | 'rounds'>> {
  const letters: DeadLetter[] = [];
  let [accepted, deadLettered, filtered, drifted] = [0, 0, 0, 0];
  for (const { item, refused } of sent) {
    const { letters: own, rows, filtered: turnedAway = 0 } = item.formatted;
    const notTaken = refused.map(({ cause, detail, row }) => letter(cause, detail, row.record));
    const isRefused = new Set(refused.map(({ row }) => row));
    const truncated = rows.flatMap(({ row }) => (isRefused.has(row) ? [] : (row.truncated ?? [])));
    letters.push(...own, ...notTaken, ...truncated);
    deadLettered += own.length + refused.length;
    filtered += turnedAway;
    drifted += item.formatted.drifted ?? 0;
    accepted += item.body.records - own.length - refused.length - turnedAway;
  }
  for (const { blob, body, why } of failed) {
    if (blob.failures + 1 < MAX_FAILURES) continue;
    letters.push({
      cause: 'body-set-aside',
      detail: `delivering it failed ${MAX_FAILURES} times: ${why}`,
      record: new TextDecoder().decode(body.bytes),
    });
    deadLettered += body.records;
  }
  if (letters.length > 0) await run.deadLetters.put(run.id, { runId: run.runId, page: round }, letters);
  return { accepted, deadLettered, filtered, drifted };
}

/** What each blob of a round is from now on: gone, or what is left of it. */
function settle(
  blobs: readonly SpoolBlob[],
  failed: Round['failed'],
  now: Date,
): Readonly<Record<string, Remainder>> {
  return Object.fromEntries(
    blobs.map((blob): [string, Remainder] => {
      const left = failed.filter((one) => one.blob === blob).map(({ body }) => body);
      const failures = blob.failures + 1;
      if (left.length === 0 || failures >= MAX_FAILURES)
        return [blob.name, { records: 0, left: [], failures: blob.failures }];
      const records = left.reduce((sum, body) => sum + body.records, 0);
      const places = left.map(({ place }) => place);
      return [blob.name, { records, left: places, failures, failedAt: now.toISOString() }];
    }),
  );
}

function countKeys(keys: SpoolTotals['keys'], { failed, sent }: Round): SpoolTotals['keys'] {
  const counts: Record<string, number> = { ...keys };
  const done = [
    ...sent.map(({ item }) => item.body),
    ...failed.filter(({ blob }) => blob.failures + 1 >= MAX_FAILURES).map(({ body }) => body),
  ];
  for (const { key, records } of done) if (key !== undefined) counts[key] = (counts[key] ?? 0) + records;
  return counts;
}
