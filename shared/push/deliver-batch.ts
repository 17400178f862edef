import { ContractError } from '../contract/errors';
import type { Clock, DeadLetters, Log } from '../contract/run';
import type { SourceId } from '../contract/checkpoint';
import type { Sink } from '../contract/sink';
import type { LeasedSpool, SpoolBlob } from '../contract/spool';
import type { Table } from '../contract/table';
import { runCooperatively } from '../values/cooperative';
import type { Encoded } from '../rows/batch';
import type { BodyFormat, PushedRow } from './body-format';
import { remember, findRepeated } from './repeated-bodies';
import { send } from '../rows/send-rows';
import {
  countKeys,
  isQuarantinedBody,
  remainingByBlob,
  logFailedBodies,
  logNewerBlobs,
  type SentBody,
  type PushBatch,
  type ReadBody,
} from './commit-batch';
import { storeDeadLetters } from './batch-dead-letters';
import { whyUnreadable } from './webhook/parse-body';

/** Blobs that are read at once. */
const READ_AT_ONCE = 8;

/** The parts of a run that a batch uses. */
export interface BatchRun {
  readonly id: SourceId;
  readonly runId: string;
  readonly table: Table;
  /** A body whose bytes equal an earlier one's is a duplicate. Absent: it is sent again. */
  readonly repeatedBodies?: 'drop';
  readonly deadLetters: DeadLetters;
  readonly clock: Clock;
  readonly log: Log;
}

/** Counts of one run, in records. Each batch adds to them. */
export interface DeliveryCounts {
  fetched: number;
  accepted: number;
  duplicate: number;
  filtered: number;
  deadLettered: number;
  drifted: number;
  /** Bodies that were stored whole as dead letters. */
  quarantined: number;
  batches: number;
}

/** Delivers one batch: read, format, send, commit. @returns true when bodies are left to retry */
export async function deliverBatch(
  run: BatchRun,
  leased: LeasedSpool,
  {
    blobs,
    format,
    sink,
    tally,
  }: {
    readonly blobs: readonly SpoolBlob[];
    readonly format: BodyFormat;
    readonly sink: Sink;
    readonly tally: DeliveryCounts;
  },
): Promise<boolean> {
  const { newer, taken } = await readAll(leased, blobs);
  tally.fetched += taken.reduce((sum, { body }) => sum + body.records, 0);
  const drops = run.repeatedBodies === 'drop';
  const { remembered = [], waiting: _, ...totals } = leased.counters;
  const sound = taken.filter(({ body }) => body.isDamaged !== true && whyUnreadable(body) === undefined);
  const { fresh, repeated } = drops ? findRepeated(sound, remembered) : { fresh: sound, repeated: [] };
  const { failed, items } = await formatAll(fresh, format);
  const unsound = [...failed, ...taken.flatMap(damagedBody), ...taken.flatMap(unreadBody)];
  const batch = await sendAll(sink, run.table, items, { failed: unsound, repeated });
  const counts = await storeDeadLetters(batch, run, tally.batches);
  const settled = remainingByBlob(blobs, { ...batch, newer }, run);
  const sent = batch.sent.map(({ item }) => item.body);
  await leased.save({
    ...totals,
    accepted: totals.accepted + counts.accepted,
    deadLettered: totals.deadLettered + counts.deadLettered,
    duplicate: totals.duplicate + counts.duplicate,
    filtered: totals.filtered + counts.filtered,
    settled,
    keys: countKeys(totals.keys, batch),
    columns: { ...totals.columns, ...format.columns() },
    ...(drops ? { remembered: remember(remembered, sent) } : {}),
  });
  logFailedBodies(run, batch);
  logNewerBlobs(run, newer);
  tally.batches++;
  tally.quarantined += batch.failed.filter(isQuarantinedBody).length;
  tally.accepted += counts.accepted;
  tally.duplicate += counts.duplicate;
  tally.filtered += counts.filtered;
  tally.drifted += counts.drifted;
  tally.deadLettered += counts.deadLettered;
  return Object.values(settled).some(({ left }) => left?.length !== 0);
}

/** Reads the remaining bodies of the blobs, oldest first, and finds the blobs that only a newer version can read. */
async function readAll(
  leased: LeasedSpool,
  blobs: readonly SpoolBlob[],
): Promise<{ readonly taken: readonly ReadBody[]; readonly newer: readonly SpoolBlob[] }> {
  const taken: ReadBody[] = [];
  const newer: SpoolBlob[] = [];
  for (let at = 0; at < blobs.length; at += READ_AT_ONCE) {
    const some = blobs.slice(at, at + READ_AT_ONCE);
    const read = await Promise.all(some.map(async (blob) => ({ blob, bodies: await leased.read(blob) })));
    for (const { blob, bodies } of read)
      if (bodies === 'newer') newer.push(blob);
      else taken.push(...bodies.map((body) => ({ blob, body })));
  }
  return { taken, newer };
}

/** Formats every body. One that cannot be formatted fails alone. */
async function formatAll(
  taken: readonly ReadBody[],
  { format }: BodyFormat,
): Promise<Pick<PushBatch, 'failed'> & { readonly items: readonly SentBody[] }> {
  const items: SentBody[] = [];
  const failed: PushBatch['failed'][number][] = [];
  for (const { blob, body } of taken) {
    try {
      items.push({ blob, body, formatted: await runCooperatively(format(body)) });
    } catch (error) {
      failed.push({ blob, body, why: `reading the body: ${(error as Error).name}` });
    }
  }
  return { items, failed };
}

/** A damaged body fails even where its bytes look like records. */
function damagedBody({ blob, body }: ReadBody): PushBatch['failed'] {
  if (body.isDamaged !== true) return [];
  return [{ blob, body, why: `reading ${blob.name}: it is damaged in storage` }];
}

/** A body that was accepted although it cannot be read fails at once: a retry would read no more of it. */
function unreadBody({ blob, body }: ReadBody): PushBatch['failed'] {
  const why = body.isDamaged === true ? undefined : whyUnreadable(body);
  return why === undefined ? [] : [{ blob, body, why: `reading the post: ${why}`, isFinal: true }];
}

/** Sends all bodies together; if the workspace refuses that, each body alone, to find the one it refuses. */
async function sendAll(
  sink: Sink,
  table: Table,
  items: readonly SentBody[],
  before: Omit<PushBatch, 'sent'>,
): Promise<PushBatch> {
  try {
    return { ...before, sent: await sendTogether(sink, table, items) };
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
  }
  const sent: PushBatch['sent'][number][] = [];
  const failed: PushBatch['failed'][number][] = [...before.failed];
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

async function sendTogether(
  sink: Sink,
  table: Table,
  items: readonly SentBody[],
): Promise<PushBatch['sent']> {
  const rows = function* (): Generator<Encoded<PushedRow>> {
    for (const { formatted } of items) yield* formatted.rows;
  };
  const refusals = new Map((await send(sink, table, rows())).map((refusal) => [refusal.row, refusal]));
  return items.map((item) => ({
    item,
    refused: refusals.size === 0 ? [] : item.formatted.rows.flatMap(({ row }) => refusals.get(row) ?? []),
  }));
}
