import { ContractError } from '../contract/errors';
import type { Clock, DeadLetters, Log } from '../contract/run';
import type { SourceId } from '../contract/checkpoint';
import type { Sink } from '../contract/sink';
import type { HeldSpool, SpoolBlob } from '../contract/spool';
import type { Table } from '../contract/table';
import { inPieces } from '../values/in-pieces';
import type { Encoded } from '../rows/batch';
import type { BodyFormat, PushedRow } from './data-collector/rows';
import { remember, tellRepeated } from './repeated-bodies';
import { send } from '../rows/send';
import {
  countKeys,
  isSetAside,
  settle,
  tellFailed,
  tellNewer,
  type Item,
  type Round,
  type Taken,
} from './commit-batch';
import { storeDeadLetters } from './dead-letters';
import { unreadOf } from './unreadable';

/** Blobs that are read at once. */
const READ_AT_ONCE = 8;

/** What a round needs of its run. */
export interface RoundRun {
  readonly id: SourceId;
  readonly runId: string;
  readonly table: Table;
  /** A body that is byte for byte like one before is a duplicate. Absent: it is sent like any other. */
  readonly repeatedBodies?: 'drop';
  readonly deadLetters: DeadLetters;
  readonly clock: Clock;
  readonly log: Log;
}

/** Counts of one run, in records; what each round adds to. */
export interface Tally {
  fetched: number;
  accepted: number;
  duplicate: number;
  filtered: number;
  deadLettered: number;
  drifted: number;
  /** Bodies that were kept whole as dead letters. */
  setAside: number;
  rounds: number;
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
  const { newer, taken } = await readAll(held, blobs);
  tally.fetched += taken.reduce((sum, { body }) => sum + body.records, 0);
  const drops = run.repeatedBodies === 'drop';
  const { remembered = [], waiting: _, ...totals } = held.totals;
  const sound = taken.filter(({ body }) => body.isDamaged !== true && unreadOf(body) === undefined);
  const { fresh, repeated } = drops ? tellRepeated(sound, remembered) : { fresh: sound, repeated: [] };
  const { failed, items } = await formatAll(fresh, format);
  const unsound = [...failed, ...taken.flatMap(asDamaged), ...taken.flatMap(asUnread)];
  const round = await sendAll(sink, run.table, items, { failed: unsound, repeated });
  const counts = await storeDeadLetters(round, run, tally.rounds);
  const settled = settle(blobs, { ...round, newer }, run);
  const sent = round.sent.map(({ item }) => item.body);
  await held.save({
    ...totals,
    delivered: totals.delivered + counts.accepted,
    dead: totals.dead + counts.deadLettered,
    duplicate: totals.duplicate + counts.duplicate,
    filtered: totals.filtered + counts.filtered,
    settled,
    keys: countKeys(totals.keys, round),
    columns: { ...totals.columns, ...format.columns() },
    ...(drops ? { remembered: remember(remembered, sent) } : {}),
  });
  tellFailed(run, round);
  tellNewer(run, newer);
  tally.rounds++;
  tally.setAside += round.failed.filter(isSetAside).length;
  tally.accepted += counts.accepted;
  tally.duplicate += counts.duplicate;
  tally.filtered += counts.filtered;
  tally.drifted += counts.drifted;
  tally.deadLettered += counts.deadLettered;
  return Object.values(settled).some(({ left }) => left?.length !== 0);
}

/** Every body that is left in the blobs, oldest first; and the blobs that only a newer version can read. */
async function readAll(
  held: HeldSpool,
  blobs: readonly SpoolBlob[],
): Promise<{ readonly taken: readonly Taken[]; readonly newer: readonly SpoolBlob[] }> {
  const taken: Taken[] = [];
  const newer: SpoolBlob[] = [];
  for (let at = 0; at < blobs.length; at += READ_AT_ONCE) {
    const some = blobs.slice(at, at + READ_AT_ONCE);
    const read = await Promise.all(some.map(async (blob) => ({ blob, bodies: await held.read(blob) })));
    for (const { blob, bodies } of read)
      if (bodies === 'newer') newer.push(blob);
      else taken.push(...bodies.map((body) => ({ blob, body })));
  }
  return { taken, newer };
}

/** Formats every body; one that cannot be formatted fails alone. */
async function formatAll(
  taken: readonly Taken[],
  { format }: BodyFormat,
): Promise<Pick<Round, 'failed'> & { readonly items: readonly Item[] }> {
  const items: Item[] = [];
  const failed: Round['failed'][number][] = [];
  for (const { blob, body } of taken) {
    try {
      items.push({ blob, body, formatted: await inPieces(format(body)) });
    } catch (error) {
      failed.push({ blob, body, why: `reading the body: ${(error as Error).name}` });
    }
  }
  return { items, failed };
}

/** What is left of a blob from where it is damaged fails for that alone, whatever it looks like. */
function asDamaged({ blob, body }: Taken): Round['failed'] {
  if (body.isDamaged !== true) return [];
  return [{ blob, body, why: `reading ${blob.name}: it is damaged in storage` }];
}

/** What was taken though it cannot be read: another attempt would read no more of it. */
function asUnread({ blob, body }: Taken): Round['failed'] {
  const why = body.isDamaged === true ? undefined : unreadOf(body);
  return why === undefined ? [] : [{ blob, body, why: `reading the post: ${why}`, isFinal: true }];
}

/** Sends everything together; where the workspace refuses that, each body alone, to find out whose reason it is. */
async function sendAll(
  sink: Sink,
  table: Table,
  items: readonly Item[],
  before: Omit<Round, 'sent'>,
): Promise<Round> {
  try {
    return { ...before, sent: await sendTogether(sink, table, items) };
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
  }
  const sent: Round['sent'][number][] = [];
  const failed: Round['failed'][number][] = [...before.failed];
  for (const item of items) {
    try {
      sent.push(...(await sendTogether(sink, table, [item])));
    } catch (error) {
      if (!(error instanceof ContractError)) throw error;
      failed.push({ blob: item.blob, body: item.body, why: error.message });
    }
  }
  return { ...before, sent, failed };
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
